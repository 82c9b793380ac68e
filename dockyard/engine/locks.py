"""A stack that another operation has, or had when it was killed: who, since when, still alive?"""

import os
import re
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dockyard.errors import DockyardError


@dataclass(frozen=True)
class Lock:
    """Who has a stack. `alive` is None when its process is on another computer."""

    user: str
    host: str
    pid: int
    since: datetime
    file: str = field(default="", compare=False)
    """Its URL, where the engine has said it."""

    @property
    def alive(self) -> bool | None:
        if self.host != socket.gethostname():
            return None
        return is_alive(self.pid) and _is_pulumi(self.pid)

    @property
    def whose(self) -> str:
        return f"{self.user}@{self.host} (process {self.pid}), for {self.age}"

    @property
    def seconds(self) -> float:
        return (datetime.now(UTC) - self.since).total_seconds()

    @property
    def age(self) -> str:
        minutes = int(self.seconds // 60)
        if minutes < 1:
            return "less than a minute"
        return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"  # noqa: PLR2004 - two hours


def is_alive(pid: int) -> bool:
    """Whether a process of this computer is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_pulumi(pid: int) -> bool:
    """False where another program has got the number since; True where nobody can say."""
    try:
        return Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").startswith("pulumi")
    except OSError:
        return True


class LockedError(DockyardError):
    """Another operation has the stack, or had it when it was killed."""

    def __init__(self, stack: str, lock: Lock | None) -> None:
        self.lock = lock
        super().__init__(*_locked(stack, lock))


def _locked(stack: str, lock: Lock | None) -> tuple[str, str]:
    wait = "Let it end, then type this again."
    if lock is None:
        return f"Another operation has the stack {stack}.", wait
    if lock.alive:
        return f"The stack {stack} is being worked on by {lock.whose}.", wait
    unlock = f"dockyard recover {stack} --take-over"
    return f"The stack {stack} is locked by {lock.whose}.", f"If that one is gone: {unlock}"


def parse_lock(text: str) -> Lock | None:
    """The first lock of the engine's message."""
    found = re.search(r"(\S+): created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)", text)
    if not found:
        return None
    file, user, host, pid, since = found.groups()
    return Lock(user, host, int(pid), datetime.fromisoformat(since), file)
