"""What a stack exports as `lab`, read back as plain data (stacks/program.py writes it)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockyard import sizes
from dockyard.errors import DockyardError

VERSION = 1
"""Raised when a reader of the old one would misread the new one."""


@dataclass(frozen=True)
class CloudMachine:
    """One machine: `address` is where it is reached, `id` and `size` are the cloud's own names.

    `identity` is another when the machine is made anew under the same name; `size` is empty where
    an older stack did not say it.
    """

    seat: int
    host: str
    private: str
    address: str
    id: str
    user: str
    identity: str
    size: str = ""


@dataclass(frozen=True)
class StackResult:
    """One lab in a cloud. `made`, `expires` and `latest` are epoch seconds, `allowed` CIDRs.

    `asked` is what the description said of the deadline when it was last made, `keys` the public
    keys that open its machines as `type blob`; None where an older stack did not say them.
    """

    name: str
    owner: str
    target: str
    region: str
    made: int
    expires: int
    latest: int
    asked: str
    me: str
    allowed: tuple[str, ...]
    machines: tuple[CloudMachine, ...]
    cluster: Mapping[str, Any] | None
    registry: Mapping[str, str] | None
    taken: sizes.Taken
    keys: tuple[str, ...] | None = None
    rebuilt: bool | None = None
    """of a state that `dockyard recover` made anew and no `up` has seen: whether to its end"""


def stack_result(exported: Mapping[str, Any]) -> StackResult:
    """The exported `lab`; of an older stack, too.

    Raises DockyardError for one that a newer Dockyard made.
    """
    version = exported.get("version")
    if not isinstance(version, int | float) or version > VERSION:
        raise DockyardError(
            f"The stack was made by another Dockyard: its `lab` has version {version}, "
            f"this one reads {VERSION}.",
            "Use the newer clone; `git pull` brings it.",
        )
    return StackResult(
        name=exported["name"],
        owner=exported["owner"],
        target=exported["target"],
        region=exported["region"],
        made=int(exported["made"]),
        expires=int(exported["expires"]),
        # older stacks say neither
        latest=int(exported.get("latest") or exported["expires"]),
        asked=exported.get("asked", ""),
        me=exported.get("me", ""),
        allowed=tuple(exported.get("allowed", ())),
        machines=tuple(_machine(one) for one in exported["machines"]),
        cluster=exported.get("cluster"),
        registry=exported.get("registry"),
        taken=sizes.taken(exported),
        keys=tuple(exported["keys"]) if "keys" in exported else None,
        rebuilt=exported.get("rebuilt"),
    )


def _machine(one: Mapping[str, Any]) -> CloudMachine:
    return CloudMachine(
        seat=int(one["seat"]),
        host=one["host"],
        private=one["private"],
        # of one that could not be made, the cloud has said neither
        address=one.get("address") or "",
        id=one.get("id") or "",
        user=one["user"],
        # a stack of before says none
        identity=one.get("identity") or (one.get("id") or "").rpartition("/")[2],
        size=one.get("size", ""),
    )
