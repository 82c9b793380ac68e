"""One operation of a cloud, as the functions of a kind see it: who asks for what."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rehearsal.faults import Refused
from rehearsal.plain import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.inventory import Inventory, Record
    from rehearsal.kinds import Cloud, Inputs, Kind
    from rehearsal.plain import Plain


class Hooks(Protocol):
    """Where real machines are bound to the records that stand for them."""

    def address(self, scene: Scene) -> str:
        """A public address for what the scene makes."""

    def happened(self, what: str, record: Record) -> None:
        """create, update, delete, stop, start or reboot: recorded, and to be done."""

    def console(self, record: Record) -> str:
        """What it said to its console; nothing where it is no real machine."""


@dataclass
class Scene:
    """One operation: who asks for what, of which cloud. What the functions of a kind get."""

    cloud: Cloud
    inventory: Inventory
    hooks: Hooks
    config: Inputs
    inputs: Inputs
    name: str = ""
    """in the program"""
    kind: Kind | None = None
    old: Record | None = None
    """what is there: at update and delete"""
    changed: frozenset[str] = frozenset()
    """the places that an update changes"""
    id: str = ""
    scope: str = ""
    address: str = ""
    """its public address"""
    dropped: list[Record] = field(default_factory=list)
    """what went along"""
    waits: Callable[[float], bool] = threading.Event().wait
    """wait some seconds; whether the engine hung up meanwhile"""

    def __post_init__(self) -> None:
        self.scope = self.scope or self.cloud.scope(self)

    @property
    def made_of(self) -> Kind:
        assert self.kind is not None  # noqa: S101 - a question has no kind, and does not ask
        return self.kind

    @property
    def existing(self) -> Record:
        assert self.old is not None  # noqa: S101 - only what exists is changed
        return self.old

    def stands_for(self, record: Record, changed: frozenset[str]) -> None:
        """From here on this is about something that is there."""
        self.old, self.changed = record, changed
        self.id, self.scope, self.address = record.id, record.scope, record.address

    def drop(self, record: Record) -> None:
        """Another one that goes along."""
        self.inventory.remove(record)
        self.dropped.append(record)

    def ends(self, record: Record) -> None:
        """The cloud itself deletes another one, with what goes along; what must stay, stays."""
        kind = self.cloud.by_token[record.kind]
        other = Scene(
            self.cloud, self.inventory, self.hooks, self.config, record.inputs, record.name, kind
        )
        other.stands_for(record, frozenset())
        try:
            kind.keeps(other)
        except Refused:
            return
        kind.unmakes(other)
        self.dropped += other.dropped
        self.drop(record)

    def drawn(self, template: str) -> str:
        """An id nobody has: {hex} becomes the digits."""
        return template.replace("{hex}", hexadecimal())

    def setting(self, name: str) -> Plain:
        return self.inventory.setting(name, self.cloud.settings[name])

    def others(self, kind: str) -> list[Record]:
        """All of a kind within the scope, but not the one that this is about."""
        return [
            record
            for record in self.inventory.all(kind)
            if record.scope == self.scope and record.id != self.id
        ]

    def find(self, kind: str, value: Plain, by: str = "id") -> Record | None:
        """The one of a kind that a reference means."""
        if by == "id" and not self.cloud.alike:
            return self.inventory.get(kind, str(value), self.scope)
        return next((one for one in self.others(kind) if self.means(one, value, by)), None)

    def means(self, record: Record, value: Plain, by: str = "id") -> bool:
        """Whether a reference with this value is to this record."""
        if by == "id":
            return self.same(record.id, value)
        return any(self.same(one, value) for one in at(record.properties, by))

    def same(self, one: Plain, other: Plain) -> bool:
        """Equal names, as this cloud reads them."""
        if self.cloud.alike and isinstance(one, str) and isinstance(other, str):
            return self.cloud.alike(one, other)
        return bool(one == other)

    def get(self, place: str) -> Plain:
        """The first value at the place, or None."""
        return next(at(self.inputs, place), None)

    def to(self, place: str) -> Record:
        """What the reference at this place refers to; it was looked up before."""
        ref = self.made_of.refers[place]
        found = self.find(ref.kind, self.get(place), ref.by)
        if found is None:
            raise LookupError(f"{place} refers to nothing")
        return found


def hexadecimal(digits: int = 17) -> str:
    return secrets.token_hex(digits)[:digits]
