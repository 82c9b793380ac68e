"""An entry of the catalogue, and one that was chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rehearsal.faults import Fault
    from rehearsal.stage.rehearsal import Rehearsal

EVERY = ("aws", "azure", "gcp")
NOTHING = "nothing"


@dataclass(frozen=True)
class Entry:
    """One thing that can go wrong. `code` and `sees` are of the first command that fails."""

    family: str
    name: str
    title: str
    sees: str | Mapping[str, str]
    """words that the trainer reads, or those of each cloud; {host} is a machine that it strikes"""
    code: int
    """0: Dockyard copes, the lab is ready"""
    do: str
    left: str = NOTHING
    """after `down`: what is still there"""
    clouds: tuple[str, ...] = EVERY
    value: str = ""
    """what stands behind the colon, when nothing does"""
    down: bool = False
    """it strikes at `down`"""
    again: bool = False
    """the remedy is to type `up` again, and the rehearsal does"""
    over: bool = False
    """then there is no machine to look at any more"""
    recovers: bool = False
    """and before that `recover`"""
    plans: Callable[[Chosen, str], Planned] | None = None
    """of a cloud, by its name"""
    after: bool = False
    """of a machine: it happens when the machine was ready"""
    script: str = ""
    """of a machine: the entry whose script it has, with another `value`"""
    host: str = ""
    """of a machine: what this computer does to it (vanish, cut-power, silence)"""
    acts: Callable[[Rehearsal, Chosen], None] | None = None
    """of a trainer: what happens in place of, or around, `up`"""

    def seen(self, target: str) -> str:
        """What the trainer reads on this target."""
        return self.sees if isinstance(self.sees, str) else self.sees[target]


@dataclass(frozen=True)
class Planned:
    """What a cloud's inventory is told."""

    faults: tuple[Fault, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Chosen:
    """An entry for some machines. `times`: None: as often as the entry says; 0: for good."""

    entry: Entry
    value: str
    hosts: tuple[str, ...]
    everywhere: bool
    times: int | None

    @property
    def names(self) -> str:
        """What a plan strikes, as a pattern of names in the program."""
        return "*" if self.everywhere else self.hosts[0]

    def often(self, usual: int) -> int:
        return usual if self.times is None else self.times
