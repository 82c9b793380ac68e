"""From a LAB to the thing that makes it: Vagrant here, or a stack in a cloud."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from dockyard.description import read
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError
from dockyard.local import group
from dockyard.local.lab import LocalLab
from dockyard.project import LOCAL, Project
from dockyard.results import Reachable
from dockyard.spec import LabSpec


class Lab(Protocol):
    """What every lab has, wherever it was made."""

    lab: LabSpec
    hosts: tuple[str, ...]
    kept: Path

    def reachable(self, hosts: Sequence[str]) -> tuple[Reachable, ...]:
        """The way into each machine of `hosts` that is there."""


def any_lab(project: Project, name: str) -> Lab:
    """The lab, wherever it is made."""
    return local_lab(project) if name == LOCAL else stack_lab(project, name)


def local_lab(project: Project) -> LocalLab:
    """The lab on this computer."""
    group.take_up()
    return LocalLab(project, read(project.description(LOCAL), ended=True))


def stack_lab(project: Project, name: str) -> StackLab:
    """The lab of a stack.

    Raises DockyardError for the local one, which has none of what a stack has.
    """
    if name == LOCAL:
        raise DockyardError(
            f"{LOCAL} is no stack: it has no cloud, no cluster and no address to allow.",
            "Name a stack; see them with: dockyard list",
        )
    return StackLab(project, name, read(project.description(name), ended=True))


def with_machines(lab: Lab, name: str) -> None:
    """Raises DockyardError for a lab described without machines, and a stack that made none yet."""
    if not lab.hosts:
        raise DockyardError(
            f"{name} has no machines, only what its cloud runs for it.",
            f"Look: dockyard check {name}. Use its cluster: dockyard kubeconfig {name}",
        )
    if isinstance(lab, StackLab):
        lab.need_result()
