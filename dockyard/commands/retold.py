"""What a stack says of itself, where the engine was killed before the program could say it.

Without it nobody is told where the machines are: `status`, `ssh` and `check` read it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dockyard import clock, clouds, deadline, show, sizes, times
from dockyard.commands import plan_live, up_stack
from dockyard.engine.events import name_of
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError
from dockyard.seats import machines
from dockyard.spec import LabSpec
from dockyard.stack_result import VERSION


def run(lab: StackLab, expires: int | None) -> None:
    """Has the stack export what `up` would, as far as it is there; `expires` is what tags say.

    Raises nothing: where the program can't say it now, that is told, and `up` will.
    """
    if not lab.is_described:
        return  # nothing runs without it, and the state alone is no lab
    try:
        if lab.result() is None:
            if expires is None or expires <= clock.now():
                return  # the program would refuse it, too
            # so that the program knows when the lab ends, and what its machines are made of
            lab.tell(begun(lab.lab, expires, lab.resources()))
        more = {**up_stack.own_address(lab.lab), **sizes.told(plan_live.begun(lab))}
        lab.tell(made(lab.exports(more)))
    except DockyardError as problem:
        show.say(f"! Where the machines are is not known before the next `up`: {problem.message}")


def made(exported: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a preview says, without a product that is not there."""
    missing = {
        word
        for word in ("cluster", "registry")
        if word in exported and not (exported[word] or {}).get("id")
    }
    return {key: value for key, value in exported.items() if key not in missing}


def begun(lab: LabSpec, expires: int, resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the program reads back of itself (stacks/before.py), as far as the cloud knows it."""
    now = int(clock.now())
    made = now if lab.hours is None else min(now, expires - times.seconds(lab.hours))
    return {
        "version": VERSION,
        "name": lab.name,
        "owner": lab.owner,
        "target": lab.target,
        "region": lab.region or clouds.load(lab.target).default_region,
        "made": made,
        "expires": expires,
        "latest": deadline.latest(lab, expires),
        "asked": deadline.written(lab),
        "me": "",
        "allowed": [],
        "keys": list(lab.access.keys),
        "images": _images(lab, resources),
        "machines": [],
    }


def _images(lab: LabSpec, resources: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The AMI of each image by meaning, by a machine that has it; elsewhere nobody asks."""
    found = {
        name_of(one["urn"]): str(one["outputs"]["ami"])
        for one in resources
        if (one.get("outputs") or {}).get("ami")
    }
    return {one.image: found[one.host] for one in machines(lab) if one.host in found}
