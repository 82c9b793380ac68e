"""Runs the definition of a Logic App, as far as the stand-in knows its language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_FILE = "rehearsal/clouds/azure/logic.py"
_URI = re.compile(
    r"https://management\.azure\.com(?P<id>/subscriptions/[^/]+/resourceGroups/[^?]+)"
    r"\?api-version=\d{4}-\d\d-\d\d"
)
_UNITS = {"Minute": "minutes", "Hour": "hours", "Day": "days"}
_STATUS = re.compile(r"@outputs\('(\w+)'\)\?\['statusCode'\]")
_PROPERTY = re.compile(r"@body\('(\w+)'\)\?\['properties'\]\?\['(\w+)'\]")
_NOW = "@ticks(utcNow())"
_INSTANT = re.compile(r"@ticks\('([^']+)'\)")
_GOOD = 400
"""From here on what HTTP answers is a failure."""


@dataclass(frozen=True)
class Answer:
    """What an action of the type Http was answered."""

    status: int
    body: Mapping[str, Any]


Actions = Mapping[str, Mapping[str, Any]]
Ask = Callable[[dict[str, Any]], Answer]


def strange(definition: Mapping[str, Any]) -> str:
    """Why the stand-in can't run it; empty: it can."""
    try:
        when(definition)
        _refuse_strange(definition["actions"])
    except (KeyError, ValueError, TypeError, AttributeError) as why:
        return f"the stand-in can't run this definition ({why}): add to {_FILE}"
    return ""


def _refuse_strange(actions: Actions) -> None:
    for action in actions.values():
        match action["type"]:
            case "Http":
                target(action["inputs"])
                if action["inputs"]["method"] not in {"GET", "DELETE"}:
                    raise ValueError(action["inputs"]["method"])
            case "If":
                for one in _operands(action["expression"]):
                    _read(one)
                _refuse_strange(action["actions"])
                _refuse_strange(action["else"]["actions"])
            case "Terminate":
                if action["inputs"]["runStatus"] not in {"Succeeded", "Failed"}:
                    raise ValueError(action["inputs"]["runStatus"])
            case other:
                raise ValueError(other)


def when(definition: Mapping[str, Any]) -> tuple[dt.datetime, dt.timedelta]:
    """The first time, and how long from one to the next."""
    (trigger,) = definition["triggers"].values()
    every = trigger["recurrence"]
    if trigger["type"] != "Recurrence":
        raise ValueError(trigger["type"])
    step = dt.timedelta(**{_UNITS[every["frequency"]]: int(every["interval"])})
    return dt.datetime.fromisoformat(every["startTime"]), step


def target(ask: Mapping[str, Any]) -> str:
    """The id of what it asks for."""
    found = _URI.fullmatch(ask["uri"])
    if not found:
        raise ValueError(ask["uri"])
    return found["id"]


# --- running ------------------------------------------------------------------------------------


class _Ended(Exception):  # noqa: N818 - what Terminate does
    """The run is over, and how."""


def run(definition: Mapping[str, Any], now: dt.datetime, ask: Ask) -> str:
    """Once: Succeeded, or Failed."""
    run_ = _Run(now, ask)
    try:
        run_.each(definition["actions"])
    except _Ended as ended:
        return str(ended)
    last = definition["actions"].keys() - {
        name for one in definition["actions"].values() for name in one.get("runAfter") or {}
    }
    return "Failed" if any(run_.ends[name] == "Failed" for name in last) else "Succeeded"


@dataclass
class _Run:
    now: dt.datetime
    ask: Ask
    answers: dict[str, Answer] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)

    def each(self, actions: Actions) -> None:
        """Every action after those that it waits for."""
        left = dict(actions)
        while left:
            ready = [n for n, one in left.items() if not (one.get("runAfter") or {}).keys() & left]
            if not ready:
                raise ValueError(f"actions that wait for each other: {sorted(left)}")
            for name in ready:
                action = left.pop(name)
                after = action.get("runAfter") or {}
                fits = all(self.ends[one] in statuses for one, statuses in after.items())
                self.ends[name] = self._end(name, action) if fits else "Skipped"

    def _end(self, name: str, action: Mapping[str, Any]) -> str:
        if action["type"] == "Http":
            self.answers[name] = said = self.ask(dict(action["inputs"]))
            return "Succeeded" if said.status < _GOOD else "Failed"
        if action["type"] == "Terminate":
            raise _Ended(action["inputs"]["runStatus"])
        holds = self._holds(action["expression"])
        self.each(action["actions"] if holds else action["else"]["actions"])
        return "Succeeded"

    def _holds(self, expression: Mapping[str, Any]) -> bool:
        ((operator, given),) = expression.items()
        match operator:
            case "and":
                return all(self._holds(one) for one in given)
            case "or":
                return any(self._holds(one) for one in given)
            case "not":
                return not self._holds(given)
        left, right = (self._value(one) for one in given)
        return bool(left == right if operator == "equals" else left > right)

    def _value(self, operand: Any) -> Any:  # noqa: ANN401 - JSON
        what, names = _read(operand)
        match what:
            case "status":
                found = self.answers.get(names[0])
                return found.status if found else None
            case "property":
                found = self.answers.get(names[0])
                return (found.body.get("properties") or {}).get(names[1]) if found else None
            case "now":
                return self.now
            case "instant":
                return dt.datetime.fromisoformat(names[0])
        return operand


def _operands(expression: Mapping[str, Any]) -> Iterator[Any]:
    ((operator, given),) = expression.items()
    if operator not in {"and", "or", "not", "equals", "greater"}:
        raise ValueError(operator)
    if operator in {"equals", "greater"}:
        yield from given
        return
    for one in [given] if operator == "not" else given:
        yield from _operands(one)


def _read(operand: object) -> tuple[str, tuple[str, ...]]:
    """What it means, and of what."""
    if not isinstance(operand, str) or not operand.startswith("@"):
        return "plain", ()
    if operand == _NOW:
        return "now", ()
    for what, pattern in (("status", _STATUS), ("property", _PROPERTY), ("instant", _INSTANT)):
        if found := pattern.fullmatch(operand):
            return what, found.groups()
    raise ValueError(operand)
