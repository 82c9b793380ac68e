"""What one cloud has: its records, its clock, its settings, and the faults planned for it.

With a file it is shared: every process that opens the file sees the same cloud, also after a
kill. The file is a journal, a line of JSON a change, appended under a lock; a line cut off by a
kill never happened. Reading is catching up with the lines that others wrote.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import threading
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rehearsal.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self

    from rehearsal.plain import Plain


@dataclass(frozen=True)
class Record:
    """One thing in the cloud."""

    id: str
    kind: str
    name: str
    """its name in the program that made it, or in the cloud where it was found"""
    scope: str = ""
    """where names and ids are looked up: a region, a subscription, a project"""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """what was asked for"""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """what the cloud added"""
    tags: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    """its public address"""
    created: str = ""
    untold: Mapping[str, Any] = field(default_factory=dict)
    """what the cloud tells of it and no provider does: its power, when it was last stopped"""

    @property
    def properties(self) -> dict[str, Any]:
        return {**self.inputs, **self.outputs}


class Inventory:
    """Thread-safe; use `with inventory:` around what must be one step."""

    def __init__(self, path: Path | None = None, settings: Mapping[str, Any] | None = None) -> None:
        """`settings` are those that the cloud knows; None: any may be set."""
        self._known = settings
        self._lock = threading.RLock()
        self._depth = 0
        self._records: dict[str, dict[tuple[str, str], Record]] = {}
        self._settings: dict[str, Any] = {}
        self._faults: dict[int, Fault] = {}
        self._offset = 0.0
        self._read = 0
        self._file: int | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)

    def __enter__(self) -> Self:
        self._lock.acquire()
        self._depth += 1
        if self._depth == 1 and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            self._catch_up(self._file)
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0 and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._lock.release()

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    # --- records --------------------------------------------------------------------------------

    def put(self, record: Record) -> Record:
        """Add the record, or replace the one of its kind, scope and id."""
        if not record.created:
            record = replace(record, created=self.now().isoformat(timespec="seconds"))
        self._write("put", asdict(record))
        return record

    def remove(self, record: Record) -> None:
        self._write("remove", [record.kind, record.scope, record.id])

    def get(self, kind: str, id_: str, scope: str) -> Record | None:
        with self:
            return self._records.get(kind, {}).get((scope, id_))

    def all(self, *kinds: str) -> list[Record]:
        """Everything, or everything of these kinds."""
        with self:
            return [
                record
                for kind in kinds or self._records
                for record in self._records.get(kind, {}).values()
            ]

    def tagged(self, key: str, value: str | None = None) -> list[Record]:
        return [
            record
            for record in self.all()
            if key in record.tags and value in {None, record.tags[key]}
        ]

    # --- clock, settings, faults ----------------------------------------------------------------

    def now(self) -> dt.datetime:
        with self:
            return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self._offset)

    def advance(self, **duration: float) -> float:
        """Move the cloud's clock, by hours=9 for one; by how many seconds it then goes ahead."""
        with self:
            offset = self._offset + dt.timedelta(**duration).total_seconds()
            self._write("clock", offset)
            return offset

    def setting(self, name: str, default: Plain = None) -> Plain:
        with self:
            return self._settings.get(name, default)

    def set(self, **settings: Plain) -> None:
        for name, value in settings.items():
            if self._known is not None and name not in self._known:
                raise KeyError(f"no setting {name}; there are {', '.join(sorted(self._known))}")
            self._write("set", [name, value])

    def plan(self, fault: Fault) -> None:
        with self:
            self._write("fault", [len(self._faults), asdict(fault)])

    def calm(self) -> None:
        """Plan no faults any more."""
        self._write("calm", None)

    def struck(self, operation: str, kind: str, name: str) -> Fault | None:
        """Count the operation; the fault that strikes it, the first planned first."""
        with self:
            found = None
            for number, fault in list(self._faults.items()):
                if not fault.fits(operation, kind, name):
                    continue
                seen = replace(fault, seen=fault.seen + 1)
                self._write("fault", [number, asdict(seen)])
                if found is None and seen.strikes():
                    found = seen
            return found

    # --- the journal ----------------------------------------------------------------------------

    def _write(self, what: str, value: Plain) -> None:
        with self:
            self._apply(what, value)
            if self._file is not None:
                line = json.dumps([what, value], ensure_ascii=False).encode() + b"\n"
                os.write(self._file, line)
                self._read += len(line)

    def _catch_up(self, file: int) -> None:
        size = os.fstat(file).st_size
        if size <= self._read:
            return
        text = os.pread(file, size - self._read, self._read)
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < len(text):
            os.ftruncate(file, self._read + len(whole))  # its writer was killed
        for line in whole.splitlines():
            self._apply(*json.loads(line))
        self._read += len(whole)

    def _apply(self, what: str, value: Plain) -> None:
        match what:
            case "put":
                record = Record(**value)
                self._records.setdefault(record.kind, {})[record.scope, record.id] = record
            case "remove":
                self._records.get(value[0], {}).pop((value[1], value[2]), None)
            case "clock":
                self._offset = value
            case "set":
                self._settings[value[0]] = value[1]
            case "fault":
                self._faults[value[0]] = Fault(**value[1])
            case "calm":
                self._faults.clear()
