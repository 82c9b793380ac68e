"""On which targets a line of the catalogue was tried, and was so: `proven.json`.

Written by tools/proven.py from the reports of the tests. Each with a mark of what the line then
said: a line that says something else by now counts as not tried.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.catalogue.entry import Entry

FILE = Path(__file__).with_name("proven.json")
MACHINES_ON = "azure"
"""Where the machines' lines are tried: a machine is the same on each target."""


def read() -> dict[str, dict[str, str]]:
    """The marks of a fault, by target."""
    found: dict[str, dict[str, str]] = json.loads(FILE.read_text("ascii"))
    return found


def targets(entry: Entry) -> list[str]:
    """Where what the line says now was seen."""
    marks = read().get(entry.name, {})
    return [target for target in entry.clouds if marks.get(target) == mark(entry, target)]


def mark(entry: Entry, target: str) -> str:
    """Changes with all that the tests prove of a line."""
    said = (entry.seen(target), entry.code, entry.left, entry.again, entry.value, entry.after)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:8]
