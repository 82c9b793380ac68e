"""From the journal and the machines' own marks to phases: where each seat's time went."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from rehearsal.machines.journal import Event

PHASES = ("plan", "make", "boot", "provision", "verify")
TITLES = {
    "plan": "from `up` until the cloud is asked for the machine",
    "make": "until the cloud has it running",
    "boot": "until its user data begin",
    "provision": "until its user data end",
    "verify": "until Dockyard has seen it",
}


@dataclass(frozen=True)
class Span:
    """One phase of one machine; seconds since the first command was typed."""

    phase: str
    begin: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


@dataclass(frozen=True)
class Command:
    """What was typed, when, for how long, how it ended, and what it said that is no progress."""

    words: str
    begin: float
    seconds: float
    code: int
    said: tuple[str, ...]


@dataclass(frozen=True)
class Seat:
    """One machine's way to ready. `why` is what was wrong with it in the end, or empty."""

    host: str
    spans: tuple[Span, ...]
    why: str
    docker: str = ""

    @property
    def ready(self) -> bool:
        return not self.why


@dataclass(frozen=True)
class Phase:
    """What a phase took, over all machines; seconds."""

    name: str
    title: str
    p50: float
    p95: float
    most: float


@dataclass(frozen=True)
class Day:
    """A whole rehearsal, plain."""

    stack: str
    cloud: str
    began: float
    seconds: float
    seats: tuple[Seat, ...]
    commands: tuple[Command, ...]
    faults: tuple[str, ...]
    left: tuple[str, ...]
    kept: bool = False
    """it was not taken down"""
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Of the phases that any machine went through."""
        found = []
        for name in PHASES:
            values = sorted(s.seconds for seat in self.seats for s in seat.spans if s.phase == name)
            if values:
                found.append(Phase(name, TITLES[name], at(values, 50), at(values, 95), values[-1]))
        return tuple(found)


def at(values: Sequence[float], percent: int) -> float:
    """The value that so many percent do not exceed, of sorted ones (nearest rank)."""
    return values[max(0, math.ceil(len(values) * percent / 100) - 1)]


def commands(events: Iterable[Event]) -> tuple[Command, ...]:
    """What was typed, in order; one that never ended is left out."""
    found: list[Command] = []
    begun: list[tuple[str, float, list[str]]] = []
    for event in events:
        if event.what == "typed":
            begun.append((event.more, event.at, []))
        elif event.what == "said" and begun:
            begun[-1][2].append(event.more)
        elif event.what == "ended" and begun:
            words, at_, said = begun.pop()
            code = int(event.more.rpartition(" ")[2])
            found.append(Command(words, at_, event.at - at_, code, tuple(said)))
    return tuple(sorted(found, key=lambda one: one.begin))


def seats(
    events: Sequence[Event], hosts: Sequence[str], marks: Mapping[str, Mapping[str, Any]]
) -> tuple[Seat, ...]:
    """Every machine that was described, also one that was never made."""
    begin = next((one.at for one in events if one.what == "typed"), 0.0)
    return tuple(_seat(host, begin, events, marks.get(host, {})) for host in hosts)


def _seat(host: str, begin: float, events: Sequence[Event], mark: Mapping[str, Any]) -> Seat:
    up, first = _way(host, begin, events)
    moments = [first.get("asked"), first.get("running")]
    moments += [_by(mark, key, first.get("asked", 0.0)) for key in ("started", "finished")]
    moments.append(first.get("seen ready"))
    spans: list[Span] = []
    last = up
    for phase, moment in zip(PHASES, moments, strict=True):
        if moment is None:
            break
        end = max(last, moment)
        spans.append(Span(phase, last - begin, end - begin))
        last = end
    return Seat(host, tuple(spans), _why(mark, first), str(mark.get("docker", "")))


def _way(host: str, begin: float, events: Sequence[Event]) -> tuple[float, dict[str, float]]:
    """When the `up` was typed that made the machine that is there now, or was last; and when what
    was first said of that one.
    """
    up, typed, first = begin, begin, dict[str, float]()
    for event in events:
        if event.what == "typed" and event.more.startswith("up "):
            typed = event.at
        if event.name != host:
            continue
        if event.what == "asked":
            up, first = typed, {}
        said = f"{event.what} {event.more}" if event.what == "seen" else event.what
        first.setdefault(said, event.at)
    return up, first


def _by(mark: Mapping[str, Any], key: str, asked: float) -> float | None:
    """A time by the machine's own clock; None where that one is wrong."""
    # a mark has whole seconds, and a machine may be ready sooner than it was running for us
    return float(mark[key]) if mark.get(key) and mark[key] > asked - 1 else None


def _why(mark: Mapping[str, Any], first: Mapping[str, float]) -> str:
    state = str(mark.get("state", ""))
    if state == "ready":
        return ""
    if not state:
        return "no machine was made" if "asked" not in first else "it said nothing of itself"
    at_ = f" at {mark['step']}" if mark.get("step") else ""
    return f"{state}{at_}: {mark.get('reason', '')}".rstrip(": ")
