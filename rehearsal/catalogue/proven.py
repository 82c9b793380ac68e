"""On which targets a line of the catalogue was tried, and was so: `proven.json`.

Written by tools/proven.py from the reports of the tests. Each with a mark of what the line then
said, and of what was done for it: a line that says or does something else by now counts as not
tried.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.catalogue.entry import Chosen
from rehearsal.catalogue.machine import script

if TYPE_CHECKING:
    from rehearsal.catalogue.entry import Entry

FILE = Path(__file__).with_name("proven.json")


def read() -> dict[str, dict[str, str]]:
    """The marks of a fault, by target."""
    found: dict[str, dict[str, str]] = json.loads(FILE.read_text("ascii"))
    return found


def targets(entry: Entry) -> list[str]:
    """Where what the line says now was seen."""
    marks = read().get(entry.name, {})
    return [target for target in entry.clouds if marks.get(target) == mark(entry, target)]


def mark(entry: Entry, target: str) -> str:
    """Changes with all that the tests prove of a line. Of `do` they prove no word but `again`."""
    said = (entry.seen(target), entry.code, entry.left, entry.again, entry.value, entry.after)
    more = ("recovers",) if entry.recovers else ()
    return hashlib.sha256(repr((*said, *more, _done(entry, target))).encode()).hexdigest()[:8]


def _done(entry: Entry, target: str) -> str:
    """What makes it go wrong: what the cloud is told, or the script, or the trainer's day."""
    if entry.plans:
        chosen = Chosen(entry, entry.value, ("HOST",), everywhere=False, times=None)
        return repr(entry.plans(chosen, target))
    if entry.acts:
        return inspect.getsource(entry.acts)
    return entry.host or script(entry)
