"""Plain results: how a machine is reached, and what it says of itself.

`Reachable` comes from `vagrant ssh-config` (later from the stack's `lab` output), `Mark`
from /var/lib/dockyard/result.json on the machine. Neither cloud-init's nor Vagrant's word
counts: both call a machine ready that was cut off.
"""

import json
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal

MARK = "/var/lib/dockyard/result.json"
State = Literal["ready", "failed", "running", "missing", "unreachable", "stopped"]
"""`stopped`: by its cloud's own word, switched off there"""


@dataclass(frozen=True)
class Reachable:
    """One machine and the way in.

    `identity` changes when the machine is made anew; it names the machine's host key.
    """

    host: str
    address: str
    port: int
    user: str
    key: Path | None
    identity: str

    @property
    def alias(self) -> str:
        """The name under which the machine's host key is kept."""
        return f"{self.host}-{self.identity}" if self.identity else self.host


@dataclass(frozen=True)
class Mark:
    """What a machine says of itself."""

    state: State
    step: str = ""
    reason: str = ""
    hint: str = ""
    docker: str = ""
    compose: str = ""
    buildx: str = ""
    system: str = ""
    source: str = ""
    settings: str = ""
    provision: str = ""
    started: int = 0
    finished: int = 0

    @property
    def ready(self) -> bool:
        return self.state == "ready"

    @property
    def sentence(self) -> str:
        """`ready`, or at which step it failed and why."""
        if self.ready:
            return "ready"
        at = f" at {self.step}" if self.step else ""
        why = f": {self.reason}" if self.reason else ""
        return f"{self.state}{at}{why}"


def mark(text: str) -> Mark:
    """A machine's mark, from its file. What is no mark is said to be missing.

    A student is root on the machine, so nothing in it is trusted: no other types than a mark's,
    no control characters, nothing long.
    """
    try:
        found = json.loads(text[:_MOST])
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return Mark("missing", reason="the machine has no mark: provisioning never ran to an end")
    state = found.pop("state", None)
    if state not in ("ready", "failed", "running"):
        return Mark("missing", reason=f"the mark says {_clean(str(state))!r}, which is no state")
    return Mark(state, **{name: _plain(found.get(name), kind) for name, kind in _FIELDS.items()})


_MOST = 20_000
_LINE = 300
_FIELDS: dict[str, type] = {
    one.name: type(one.default) for one in fields(Mark) if one.default is not MISSING
}


def _plain(value: object, kind: type) -> Any:  # noqa: ANN401 - str or int, as the field is
    if kind is str:
        return _clean(value) if isinstance(value, str) else ""
    return value if type(value) is int else 0


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:_LINE])
