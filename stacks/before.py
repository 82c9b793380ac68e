"""What the stack itself said at its last update: the only memory that the program has.

A deadline counted in hours, an image that a cloud moves on, an address that was let in: each
is decided once and then read back from here, so that an `up` an hour later changes nothing.
"""

from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime.sync_await import _sync_await  # as the SDK itself does for an invoke

from dockyard import sizes

_READ = "pulumi:pulumi:readStackOutputs"


@dataclass(frozen=True)
class Before:
    """The `lab` that was exported by the last update; empty before the first one.

    `made`, `expires` and `latest` are in epoch seconds, `asked` is what the description said of
    the deadline, `images` is what each image by meaning was in `region`, `allowed`
    are the CIDRs that were let in beyond the description, `hosts` which machine had which private
    address, `taken` which sizes it took, `project` is Google Cloud's.
    """

    made: int = 0
    expires: int = 0
    latest: int = 0
    asked: str = ""
    region: str = ""
    me: str = ""
    images: dict[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    hosts: dict[str, str] = field(default_factory=dict)
    project: str = ""
    taken: sizes.Taken = field(default_factory=sizes.Taken)


def before() -> Before:
    """Read before any resource is declared, and after the stack itself is: in between the engine
    writes nothing, and what it is writing can't be read.

    A StackReference to itself would be refreshed in the middle of such a writing.
    """
    stack: Any = pulumi.runtime.get_root_resource()
    _sync_await(stack.urn.future())
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    found: Any = pulumi.runtime.invoke(_READ, {"name": name}).value
    lab = found.get("outputs", {}).get("lab") or {}
    return Before(
        made=int(lab.get("made", 0)),
        expires=int(lab.get("expires", 0)),
        latest=int(lab.get("latest", 0)),
        asked=lab.get("asked", ""),
        region=lab.get("region", ""),
        me=lab.get("me", ""),
        images=lab.get("images", {}),
        allowed=tuple(lab.get("allowed", ())),
        hosts={one["private"]: one["host"] for one in lab.get("machines", ())},
        project=lab.get("project", ""),
        taken=sizes.taken(lab),
    )
