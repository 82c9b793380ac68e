"""From a LAB to the thing that makes it: Vagrant here, or a stack in a cloud."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dockyard import show
from dockyard.description import read
from dockyard.engine.lab import StackLab
from dockyard.errors import DescriptionError, DockyardError, MachineError, UsageError
from dockyard.project import LOCAL, Project
from dockyard.results import Reachable
from dockyard.seats import machine_names, seat_name
from dockyard.spec import LabSpec

if TYPE_CHECKING:
    from dockyard.local.lab import LocalLab


class Lab(Protocol):
    """What every lab has, wherever it was made."""

    kept: Path

    @property
    def lab(self) -> LabSpec:
        """What it is to be."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Its machines, by their host names."""

    def reachable(self, hosts: Sequence[str]) -> tuple[Reachable, ...]:
        """The way into each machine of `hosts` that is there."""


def any_lab(project: Project, name: str) -> Lab:
    """The lab, wherever it is made."""
    return local_lab(project) if name == LOCAL else stack_lab(project, name)


def local_lab(project: Project) -> "LocalLab":
    """The lab on this computer."""
    from dockyard.local import group
    from dockyard.local.lab import LocalLab

    group.take_up()
    return LocalLab(project, read(project.description(LOCAL), ended=True))


def stack_lab(project: Project, name: str) -> StackLab:
    """The lab of a stack.

    Raises DockyardError for the local one, which has none of what a stack has.
    """
    if name == LOCAL:
        raise UsageError(
            f"{LOCAL} is no stack: it has no cloud, no cluster and no address to allow.",
            "Name a stack; see them with: dockyard list",
        )
    return StackLab(project, name, read(project.description(name), ended=True))


def made_lab(project: Project, name: str) -> StackLab:
    """The lab of a stack, by its state alone where its file can't be read any more.

    Raises what is wrong with the file, or the name, when there is no such state either.
    """
    try:
        return stack_lab(project, name)
    except (DescriptionError, UsageError) as problem:
        lab = StackLab(project, name, None)
        if not lab.there():
            raise
        show.say(f"! {problem.message}")
        show.say(f"Its state is there: this is {name} as it was made.")
        return lab


def with_machines(lab: Lab, name: str) -> None:
    """Raises DockyardError for a lab described without machines, and a stack that made none yet."""
    if not lab.hosts:
        raise DockyardError(
            f"{name} has no machines, only what its cloud runs for it.",
            f"Look: dockyard check {name}. Use its cluster: dockyard kubeconfig {name}",
        )
    if isinstance(lab, StackLab):
        lab.need_result()


def reach(lab: Lab, hosts: Sequence[str], name: str) -> tuple[Reachable, ...]:
    """The way into those of `hosts` that are there.

    Raises MachineError when none is.
    """
    found = lab.reachable(hosts)
    if not found:
        raise MachineError(f"{', '.join(hosts)}: not running.", f"Type: dockyard up {name}")
    return found


def chosen(lab: Lab, words: Sequence[str]) -> list[str]:
    """The machines that words mean: `1`, `seat01` or `seat01-node2`.

    Raises DockyardError for a word that means none.
    """
    found = {word: [host for host in lab.hosts if _means(lab, word, host)] for word in words}
    lost = [word for word, hosts in found.items() if not hosts]
    if lost:
        raise UsageError(
            f"No machine matches {', '.join(lost)}.",
            f"Seats are 1 to {lab.lab.seats}, machines of a seat: "
            f"{', '.join(machine_names(lab.lab))}.",
        )
    return [host for host in lab.hosts if any(host in hosts for hosts in found.values())]


def _means(lab: Lab, word: str, host: str) -> bool:
    seat = host.split("-", 1)[0]
    return word in (host, seat) or seat_of(lab, word) == seat


def seat_of(lab: Lab, word: str) -> str:
    """The seat of a word: `2` and `02` are seat02."""
    numbers = {str(number): number for number in range(1, lab.lab.seats + 1)}
    number = numbers.get(word.lstrip("0"))
    return seat_name(number) if number else word
