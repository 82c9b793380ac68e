"""The report as one HTML file and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from dockyard.clouds import load
from dockyard.files import write_whole
from dockyard.show import MARKS
from rehearsal.report.timeline import PHASES, TITLES

if TYPE_CHECKING:
    from rehearsal.report.timeline import Command, Day

_TICKS = 6
_LAST = 12
"""lines in which a command says why it failed; those of what is well are left out"""


def write(day: Day, html: Path) -> None:
    """Writes the page, and the JSON beside it."""
    write_whole(html, page(day))
    plain = {**asdict(day), "phases": [asdict(one) for one in day.phases]}
    write_whole(html.with_suffix(".json"), json.dumps(plain, indent=2, ensure_ascii=False) + "\n")


def page(day: Day) -> str:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    end = max((seat.spans[-1].end for seat in day.seats if seat.spans), default=1.0) or 1.0
    return environment.get_template("page.html.j2").render(
        day=day,
        end=end,
        title=load(day.cloud).title,
        ticks=ticks(end),
        phases=PHASES,
        titles=TITLES,
        when=datetime.fromtimestamp(day.began).astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        ready=sum(seat.ready for seat in day.seats),
        bad=[(command, why(command)) for command in day.commands if command.code],
    )


def why(command: Command) -> list[str]:
    """The last lines of what it said, without those that say that something is well."""
    return [line for line in command.said if not line.startswith(MARKS["ok"])][-_LAST:]


def ticks(end: float) -> list[int]:
    """Round seconds along an axis that ends there."""
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600)
    step = next((one for one in steps if end / one <= _TICKS), steps[-1])
    return list(range(0, int(end) + 1, step))
