"""What a change of each field does to the machines that are there, as the engine says it."""

from collections.abc import Callable, Mapping
from typing import Any

from dockyard import clouds
from rehearsal.inventory import Inventory, Record
from standin.stack_clone import StackClone

Described = dict[str, Any]
Key = tuple[str, str]
MACHINES = {clouds.load(name).machine for name in clouds.NAMES} - {""}
REFUSED = {"machines.name"}
LAST = "machines.disk, larger"
REGION = {"aws": "eu-west-1", "azure": "westeurope", "gcp": "europe-west1"}
ZONE = {"aws": "eu-west-3c", "azure": "2", "gcp": "europe-west9-c"}
NATIVE_SIZE = {"aws": "m7i.large", "azure": "Standard_D2s_v5", "gcp": "n2-standard-2"}


def _set(path: str, value: Any) -> Callable[[Described], None]:  # noqa: ANN401 - as YAML has it
    def change(described: Described) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            described = described.setdefault(parent, {})
        described[last] = value

    return change


def _machine(field: str, value: Any) -> Callable[[Described], None]:  # noqa: ANN401 - as above
    return lambda described: described["machines"][0].update({field: value})


def fields(target: str) -> Mapping[str, Callable[[Described], None]]:
    """Every field that a change of can reach a machine through, in the order of the docs."""
    other_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    return {
        "students": _set("students", 4),
        "spare": _set("spare", 1),
        "owner": _set("owner", "ada"),
        "name": _set("name", "other"),
        "machines.count": _machine("count", 2),
        "machines.name": _machine("name", "host"),
        "machines.size": _machine("size", "medium"),
        "machines.size (native:)": _machine("size", f"native:{NATIVE_SIZE[target]}"),
        "machines.image": _machine("image", "debian-12"),
        "docker.version": _set("docker.version", "28"),
        "docker.daemon": _set("docker.daemon", {"debug": True}),
        "docker.users": _set("docker.users", ["student", "ada"]),
        "access.cidrs": _set("access.cidrs", ["me", "198.18.7.0/24"]),
        "access.ports": _set("access.ports", [80]),
        "access.keys": _set("access.keys", [other_key]),
        "hours": _set("hours", 10),
        "language": _set("language", "fr"),
        "region": _set("region", REGION[target]),
        "zone": _set("zone", ZONE[target]),
        "tags": _set("tags", {"course": "docker"}),
        # at the end: no cloud makes a disk smaller again
        "machines.disk, larger": _machine("disk", 40),
    }


def measure(clone: StackClone, stack: str, inventory: Inventory) -> Mapping[str, str]:
    """What each field's change does to the first machine of a lab that is there.

    Each change is made, and taken back, by `pulumi up`; the cloud is asked what it has.
    """
    file = clone.root / "stacks" / f"Pulumi.{stack}.yaml"
    before = file.read_text(encoding="utf-8")
    found = {}
    for field, change in fields(stack.removesuffix("-lab")).items():
        was = _machines(inventory)
        clone.describe(stack, change)
        if field in REFUSED:
            clone.pulumi("up", "--yes", "--skip-preview", "-s", stack, code=1)
            found[field] = "refused"
        else:
            clone.up(stack)
            found[field] = _outcome(was, _machines(inventory))
        if field != LAST:
            file.write_text(before, encoding="utf-8")
            clone.up(stack)
    return found


def _machines(inventory: Inventory) -> dict[Key, Record]:
    """By id and moment: on Azure one made anew has the same id."""
    return {(one.id, one.created): one for one in inventory.all() if one.kind in MACHINES}


def _outcome(was: Mapping[Key, Record], is_now: Mapping[Key, Record]) -> str:
    kept = was.keys() & is_now.keys()
    if not kept:
        return "replaced"
    if kept != was.keys():
        return "some replaced"
    return "nothing" if all(was[id_].inputs == is_now[id_].inputs for id_ in kept) else "in place"


def row(field: str, outcomes: Mapping[str, str]) -> str:
    """A line of docs/changes.md."""
    return f"| `{field}` | " + " | ".join(outcomes.values()) + " |"
