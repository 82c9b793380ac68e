"""What was found in a cloud, lab by lab."""

from collections.abc import Iterable
from dataclasses import dataclass

from dockyard.sweep.things import EXPIRES, PROTECTED, Thing

Key = tuple[str, str]
"""A lab is (owner, name)."""


@dataclass(frozen=True)
class FoundLab:
    """One lab as its tags tell of it."""

    owner: str
    name: str
    things: tuple[Thing, ...]

    @property
    def inner(self) -> tuple[Thing, ...]:
        """What carries no tag of the lab, and lies inside what does."""
        return tuple(one for one in self.things if one.inside)

    @property
    def expires(self) -> int | None:
        """The latest deadline; None when one of them can't be read: tags are edited by hand."""
        said = {one.tags[EXPIRES] for one in self.things if not one.inside and EXPIRES in one.tags}
        if not said or not all(text.isdecimal() for text in said):
            return None
        return max(map(int, said))

    @property
    def is_protected(self) -> bool:
        return any(PROTECTED in one.tags for one in self.things if not one.inside)

    @property
    def sentence(self) -> str:
        """`course of trainer`."""
        return f"{self.name} of {self.owner or 'nobody named'}"


def by_lab(things: Iterable[Thing]) -> list[FoundLab]:
    """Sorted; what lies inside a lab's thing is that lab's."""
    listed = list(things)
    known = {one.id: one for one in listed}
    found: dict[Key, list[Thing]] = {}
    for one in listed:
        found.setdefault(lab_of(one, known), []).append(one)
    return [FoundLab(*key, tuple(found[key])) for key in sorted(found)]


def lab_of(thing: Thing, known: dict[str, Thing]) -> Key:
    """The lab of what it lies in, else its own."""
    home = known.get(thing.inside, thing)
    return home.owner, home.lab
