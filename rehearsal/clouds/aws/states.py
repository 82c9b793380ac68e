"""Runs a state machine of Step Functions, as far as the stand-in knows its language.

What Amazon's States Language does not allow is refused as AWS refuses it; what only the stand-in
can't run, too, and this file named.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.faults import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE = "rehearsal/clouds/aws/states.py"
_MOST = 100
"""States that a run goes through, before the stand-in calls it endless."""

Call = Callable[[str, Mapping[str, Any]], Any]
"""Asked with a task's resource and its parameters; raises Refused."""
State = dict[str, Any]

_TYPES = {
    "Task": {"Resource", "Parameters", "ResultPath", "Retry", "Catch", "Next"},
    "Choice": {"Choices", "Default"},
    "Succeed": set(),
    "Fail": {"Error", "Cause"},
}
_TESTS = {"IsPresent", "StringEquals", "TimestampLessThanPath"}


def read(definition: str, resources: set[str]) -> State:
    """The machine.

    Raises Refused for one that AWS does not take, or that the stand-in can't run.
    """
    try:
        machine = dict(json.loads(definition))
        states = dict(machine["States"])
        start = machine["StartAt"]
    except (ValueError, KeyError, TypeError):
        raise _invalid("there is no StartAt, or no States") from None
    if lost := {start, *(one for state in states.values() for one in _nexts(state))} - {*states}:
        raise _invalid(f"MISSING_TRANSITION_TARGET: {min(lost)}")
    for name, state in states.items():
        _refuse_strange(name, state, resources)
    return machine


def _invalid(why: str) -> Refused:
    return Refused("InvalidDefinition", f"Invalid State Machine Definition: {why}")


def _nexts(state: State) -> Iterator[str]:
    branches = [*(state.get("Catch") or []), *(state.get("Choices") or [])]
    yield from (one["Next"] for one in (state, *branches) if "Next" in one)
    if "Default" in state:
        yield state["Default"]


def _refuse_strange(name: str, state: State, resources: set[str]) -> None:
    if state.get("Type") == "Task" and "Next" not in state:
        raise _invalid(f"MISSING_TERMINAL_STATE: {name} has no Next")
    strange = state.keys() - {"Type"} - _TYPES.get(state.get("Type", ""), set())
    if state.get("Type") not in _TYPES or strange:
        raise Refused("", f"the stand-in can't run the state {name}: add to {_FILE}")
    if state["Type"] == "Task" and state["Resource"] not in resources:
        raise Refused("", f"the stand-in doesn't know {state['Resource']}: add to {_FILE}")
    for rule in _rules(state.get("Choices") or []):
        if not rule.keys() & _TESTS:
            raise Refused("", f"the stand-in can't decide {rule}: add to {_FILE}")


def _rules(choices: list[State]) -> Iterator[State]:
    for one in choices:
        if "Or" in one:
            yield from _rules(one["Or"])
        else:
            yield one


@dataclass(frozen=True)
class Run:
    """One execution."""

    machine: State
    started: dt.datetime
    call: Call

    def end(self, given: Mapping[str, Any]) -> str:
        """Where it ends: Succeed or Fail."""
        said, name = dict(given), self.machine["StartAt"]
        for _ in range(_MOST):
            state = self.machine["States"][name]
            match state["Type"]:
                case "Task":
                    name = self._task(state, said)
                case "Choice":
                    fits = (one["Next"] for one in state["Choices"] if self._holds(one, said))
                    name = next(fits, state["Default"])
                case _:
                    return str(state["Type"])
        raise Refused("", f"the stand-in gave up an endless state machine: {_FILE}")

    def _task(self, state: State, said: State) -> str:
        """The next state. Retries ask a stand-in the same, and are not played."""
        try:
            found = self.call(state["Resource"], state.get("Parameters") or {})
        except Refused as refused:
            for one in state.get("Catch") or []:
                if set(one["ErrorEquals"]) & {"States.ALL", refused.code}:
                    _put(said, one.get("ResultPath"), {"Error": refused.code})
                    return str(one["Next"])
            raise
        _put(said, state.get("ResultPath"), found)
        return str(state["Next"])

    def _holds(self, rule: State, said: State) -> bool:
        if "Or" in rule:
            return any(self._holds(one, said) for one in rule["Or"])
        value = self._at(rule["Variable"], said)
        if "IsPresent" in rule:
            return bool(rule["IsPresent"]) == (value is not None)
        if "StringEquals" in rule:
            return bool(value == rule["StringEquals"])
        other = self._at(rule["TimestampLessThanPath"], said)
        return dt.datetime.fromisoformat(str(value)) < dt.datetime.fromisoformat(str(other))

    def _at(self, path: str, said: State) -> Any:  # noqa: ANN401 - JSON
        """What is at a path; None: nothing is."""
        if path == "$$.Execution.StartTime":
            return self.started.isoformat()
        found: Any = said
        for name, number in re.findall(r"\.(\w+)(?:\[(\d+)\])?", path.removeprefix("$")):
            found = found.get(name) if isinstance(found, dict) else None
            if number and isinstance(found, list):
                found = found[int(number)] if len(found) > int(number) else None
        return found


def _put(said: State, path: str | None, value: Any) -> None:  # noqa: ANN401 - JSON
    """Beside what was said, at `$.name`; without a path in its place."""
    if path is None:
        said.clear()
        said.update(value)
    else:
        said[path.removeprefix("$.")] = value
