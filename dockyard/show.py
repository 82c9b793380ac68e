"""What a person sees: sentences, tables, progress; plain lines when it is no terminal.

Words go to stderr, data (tables asked for, JSON) to stdout. rich is imported only for a
terminal, since it costs more than the rest of a command.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO

MARKS = {"ok": "✓", "bad": "✗", "warn": "!"}
MANY = 12
"""More things than a person reads are counted, not listed."""
_STYLES = {"✓": "green", "✗": "red", "!": "yellow"}


def say(text: str = "") -> None:
    """One line for the person, after what was printed before."""
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


def line(text: str) -> None:
    """One line of what was asked for, on stdout."""
    print(text)


def data(value: object) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, indent=2, default=str))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO | None = None) -> None:
    """A table on stdout, or `out`: drawn on a terminal, aligned plain columns elsewhere."""
    out = out or sys.stdout
    if out.isatty():
        _draw(columns, rows, out)
        return
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip(), file=out)


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    # a name or an address that is cut short is none: a narrow terminal breaks it
    drawn = Table(
        *(Column(one, overflow="fold") for one in columns), box=box.SIMPLE_HEAD, pad_edge=False
    )
    for row in rows:
        drawn.add_row(*(Text(cell, _STYLES.get(cell[:1], "")) for cell in row))
    Console(file=out).print(drawn)


def confirm(question: str, *, yes: bool) -> bool:
    """Asks on a terminal. Without one, or with --yes, the answer is what `yes` says."""
    if yes or not sys.stdin.isatty():
        return yes
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes", "o", "oui"}


def ask(question: str) -> str:
    """A line from the person, who sits at a terminal."""
    print(f"{question} ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


@dataclass
class Progress:
    """What each machine is doing: a line a change, with the seconds since the start."""

    started: float = field(default_factory=time.monotonic)
    doing: dict[str, str] = field(default_factory=dict)

    def set(self, name: str, what: str) -> None:
        """Says `what` of `name`, once."""
        if self.doing.get(name) == what:
            return
        self.doing[name] = what
        say(f"  {self.seconds:5.0f} s  {name}: {what}")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


def count(number: int, word: str) -> str:
    """`1 machine`, `3 machines`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
