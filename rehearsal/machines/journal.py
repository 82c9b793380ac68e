"""What happened when, in the rehearsal of a lab: one line of JSON each, appended."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Event:
    """`at` is epoch seconds; `name` the machine, or empty for the lab."""

    at: float
    what: str
    name: str = ""
    more: str = ""


class Journal:
    """Thread-safe; several processes may append."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._one = threading.Lock()

    def add(self, what: str, name: str = "", more: str = "", at: float | None = None) -> None:
        event = Event(time.time() if at is None else at, what, name, more)
        line = json.dumps(asdict(event), ensure_ascii=False)
        with self._one, self._file.open("a", encoding="utf-8") as out:
            out.write(line + "\n")

    def read(self) -> Iterable[Event]:
        if not self._file.exists():
            return []
        lines = self._file.read_text(encoding="utf-8").splitlines()
        return [Event(**json.loads(line)) for line in lines]
