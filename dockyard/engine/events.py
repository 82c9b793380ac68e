"""The engine's events as small plain records. It writes one JSON object a line (--event-log)."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dockyard.seats import SEAT_TYPE


@dataclass(frozen=True)
class Step:
    """A resource begins to be worked on, or is done, or failed.

    `operation` is the engine's word: create, update, delete, replace, same, read, refresh…
    `seat` is empty for what belongs to no seat; `seconds` count from when it began.
    """

    phase: Literal["begins", "done", "failed"]
    operation: str
    type: str
    name: str
    seat: str
    seconds: float = 0.0
    asks: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What the program asks of the cloud, for the rules of policy/."""
    says: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What came of it; of the stack itself, what the program exports."""

    @property
    def kind(self) -> str:
        """The type without its package: `Instance`."""
        return kind_of(self.type)


@dataclass(frozen=True)
class Said:
    """What the program, the engine, a cloud or a rule says: `info`, `warning` or `error`."""

    severity: str
    text: str
    name: str = ""
    seat: str = ""


@dataclass(frozen=True)
class Summary:
    """The end of an operation: how many resources by the engine's word for it."""

    changes: Mapping[str, int]
    seconds: float


Event = Step | Said | Summary

_PHASES: dict[str, Literal["begins", "done", "failed"]] = {
    "resourcePreEvent": "begins",
    "resOutputsEvent": "done",
    "resOpFailedEvent": "failed",
}


@dataclass
class Reader:
    """Makes records of lines; remembers who is whose parent and when what began."""

    parents: dict[str, str] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)
    errors: list[Said] = field(default_factory=list)
    summary: Summary | None = None
    cut_off: bool = False
    """a line was not whole, as on a full disk"""

    @property
    def is_whole(self) -> bool:
        """Whether all was told, to the end."""
        return self.summary is not None and not self.cut_off

    def read(self, line: str) -> Iterator[Event]:
        """The record of a line, if it is one that a person cares for."""
        try:
            event = json.loads(line)
        except ValueError:
            self.cut_off = True
            return
        for key, phase in _PHASES.items():
            if key in event:
                yield self._step(phase, event[key]["metadata"])
        if "diagnosticEvent" in event:
            yield from self._said(event["diagnosticEvent"])
        if "policyEvent" in event:
            yield self._broken_rule(event["policyEvent"])
        if "summaryEvent" in event:
            found = event["summaryEvent"]
            changes = found.get("resourceChanges") or {}
            self.summary = Summary(changes, float(found.get("durationSeconds", 0)))
            yield self.summary

    def _step(self, phase: Literal["begins", "done", "failed"], about: Mapping[str, Any]) -> Step:
        urn = about["urn"]
        parent = (about.get("new") or about.get("old") or {}).get("parent", "")
        self.parents[urn] = parent
        now = time.monotonic()
        began = self.began.setdefault(urn, now)
        return Step(
            phase=phase,
            operation=about["op"],
            type=about["type"],
            name=name_of(urn),
            seat=self.seat_of(urn),
            seconds=round(now - began, 1),
            asks=(about.get("new") or {}).get("inputs") or {},
            says=(about.get("new") or {}).get("outputs") or {},
        )

    def _said(self, about: Mapping[str, Any]) -> Iterator[Said]:
        severity = about.get("severity", "info").partition("#")[0]
        text = about.get("message", "").strip()
        if severity == "debug" or about.get("ephemeral") or not text:
            return
        urn = about.get("urn", "")
        said = Said(severity, text, name_of(urn), self.seat_of(urn))
        if severity == "error":
            self.errors.append(said)
        yield said

    def _broken_rule(self, about: Mapping[str, Any]) -> Said:
        urn = about.get("resourceUrn", "")
        severity = "error" if about.get("enforcementLevel") == "mandatory" else "warning"
        # the rule's description, then what it says of this resource
        text = f"{about['policyName']}: {about['message'].strip().splitlines()[-1]}"
        said = Said(severity, text, name_of(urn), self.seat_of(urn))
        if severity == "error":
            self.errors.append(said)
        return said

    def seat_of(self, urn: str) -> str:
        """The name of the seat above a resource; empty when there is none."""
        while urn:
            if type_of(urn) == SEAT_TYPE:
                return name_of(urn)
            urn = self.parents.get(urn, "")
        return ""


def kind_of(type_: str) -> str:
    """`aws:ec2/instance:Instance`: the last of it."""
    return type_.rpartition(":")[2]


def name_of(urn: str) -> str:
    """`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`; a name may hold colons."""
    parts = urn.split("::", 3)
    return parts[3] if len(parts) == 4 else ""  # noqa: PLR2004 - the four parts named above


def type_of(urn: str) -> str:
    """A resource's own type, without its parents'."""
    parts = urn.split("::", 3)
    return parts[2].rpartition("$")[2] if len(parts) == 4 else ""  # noqa: PLR2004 - as above
