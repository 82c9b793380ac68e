"""The machines of a stack, by its state alone.

A command on a class asks where its machines are, and no more: to read the description and to start
the engine would take as long as the command itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockyard.engine import peek, settings
from dockyard.public_keys import own_private_key
from dockyard.results import Reachable
from dockyard.seats import SSH_PORT
from dockyard.stack_result import StackResult, stack_result

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from dockyard.project import Project


@dataclass(frozen=True)
class MadeLab:
    """What was made; `kept` is the folder of what the lab keeps on this computer."""

    kept: Path
    hosts: tuple[str, ...]
    ways: tuple[Reachable, ...]

    @property
    def known_hosts(self) -> Path:
        """The lab's own, which ssh reads too."""
        return self.kept / "known_hosts"


def look(project: Project, name: str) -> MadeLab | None:
    """The machines that a stack made; None where there are none, or its state says too little."""
    found = result(name)
    if not found or not found.machines or found.keys is None:
        return None
    hosts = tuple(one.host for one in found.machines)
    return MadeLab(project.kept(name), hosts, reachable(found, hosts, found.keys))


def result(name: str) -> StackResult | None:
    """What a stack says that it made; None where only the engine can read it, or nothing was."""
    exported = peek.exported(settings.backend(), name, "lab")
    return stack_result(exported) if exported else None


def reachable(
    found: StackResult, hosts: Collection[str], keys: Sequence[str]
) -> tuple[Reachable, ...]:
    """The way into each of `hosts` that was made; `keys` are the public ones that are let in."""
    key = own_private_key(keys)
    return tuple(
        Reachable(one.host, one.address, SSH_PORT, one.user, key, one.identity)
        for one in found.machines
        if one.host in hosts and one.address
    )
