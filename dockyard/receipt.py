"""What is written down of a lab that is gone: what it was, how long, what went, who looked."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from dockyard import clouds, deadline
from dockyard.errors import DockyardError
from dockyard.files import write_whole
from dockyard.project import Project

VERSION = 1
_CUT_OFF = "what was not deleted yet when `dockyard down` was cut off: type it again"
_MINUTE = 60
_SHOWN = 30
"""Machines that are named on a screen; the file names all."""


@dataclass
class Receipt:
    """All that is said of one `down`; times are epoch seconds, 0 where nobody knows.

    `left` are sentences. `empty` is True only when the cloud was looked at afterwards, every list
    to its end, and nothing of the lab was there.
    """

    stack: str
    lab: str
    owner: str
    target: str
    account: str
    region: str
    made: int
    ended: int = 0
    machines: list[dict[str, str]] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    """beside machines: `cluster NAME`, `registry NAME`"""
    price: str = ""
    by_engine: dict[str, int] = field(default_factory=dict)
    """kinds and how many of each the engine deleted"""
    by_sweep: list[str] = field(default_factory=list)
    """what it had left, or never knew, and the sweep deleted"""
    asked: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    empty: bool = False
    version: int = VERSION

    @property
    def hours(self) -> float:
        return max(self.ended - self.made, 0) / 3600 if self.made else 0.0

    @property
    def _length(self) -> str:
        seconds = self.ended - self.made
        return deadline.length(seconds) if seconds >= _MINUTE else "less than a minute"

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "hours": round(self.hours, 2)}

    def lines(self) -> Iterator[str]:
        """As a person reads it."""
        where = clouds.load(self.target).title
        yield f"Receipt: {self.lab} of {self.owner}, on {where} in {self.region}"
        yield f"  account   {self.account}"
        if self.made:
            yield f"  made      {_when(self.made)}"
        yield f"  ended     {_when(self.ended)}" + (f", after {self._length}" if self.made else "")
        names = _names(self.machines)
        if names or not self.products:
            yield f"  machines  {len(self.machines)}" + (f": {names}" if names else "")
        if self.products:
            yield f"  products  {', '.join(self.products)}"
        yield from self._price_lines()
        gone = ", ".join(
            kind if number == 1 else f"{number} x {kind}" for kind, number in self.by_engine.items()
        )
        yield f"  deleted   by Pulumi: {gone or 'nothing'}"
        for sentence in self.by_sweep:
            yield f"            by its tags: {sentence}"
        for sentence in self.asked:
            yield f"  looked at {sentence}"
        for sentence in self.unseen:
            yield f"  not seen  {sentence}"
        for sentence in self.left:
            yield f"  LEFT      {sentence}"
        yield f"  empty     {'yes, read back from the cloud' if self.empty else 'NOT PROVEN'}"

    def _price_lines(self) -> Iterator[str]:
        """What it is made of, and what it leaves out, below it."""
        unknown = "not known" if self.made else "not known, for nobody noted when it was made"
        price, *more = (self.price or unknown).split("; ")
        yield f"  price     {price}"
        for sentence in more:
            yield f"            {sentence}"


def _names(machines: list[dict[str, str]]) -> str:
    names = ", ".join(map(_called, machines[:_SHOWN]))
    more = len(machines) - _SHOWN
    return f"{names} and {more} more, named in the receipt's file" if more > 0 else names


def _called(machine: Mapping[str, str]) -> str:
    """By its name, and by the cloud's where that is another."""
    id_ = machine["id"].rpartition("/")[2]
    return machine["host"] if id_ in {"", machine["host"]} else f"{machine['host']} ({id_})"


def _when(epoch: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(epoch))


def write(project: Project, receipt: Receipt, file: Path | None = None) -> Path:
    """Keeps it in `file`, or beside those of before."""
    # UTC, by which names sort as time goes: a person's clock goes back once a year
    name = f"{receipt.stack}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(receipt.ended))}.json"
    file = file or _folder(project) / name
    write_whole(file, json.dumps(receipt.plain(), indent=2, ensure_ascii=False) + "\n")
    return file


def begin(project: Project, receipt: Receipt, ended: int) -> Path:
    """What stays of a `down` that is killed: what the lab was, and that nobody looked."""
    return write(project, replace(receipt, ended=ended, left=[_CUT_OFF]))


def last(project: Project, stack: str) -> tuple[Path, Receipt]:
    """The newest receipt of a stack.

    Raises DockyardError when there is none.
    """
    files = sorted(_folder(project).glob(f"{stack}-*T*.json"))
    files = [one for one in files if one.stem.rpartition("-")[0] == stack]
    if not files:
        raise DockyardError(
            f"There is no receipt of {stack} in {_folder(project)}.",
            f"It is written by: dockyard down {stack}",
        )
    return files[-1], _read(files[-1])


def _read(file: Path) -> Receipt:
    try:
        found = json.loads(file.read_text("utf-8"))
        found.pop("hours", None)
        return Receipt(**found)
    except (ValueError, TypeError, AttributeError):
        raise DockyardError(
            f"{file} can't be read: it was cut off, or another version wrote it.",
            "Look at it yourself, or move it away to see the one before.",
        ) from None


def _folder(project: Project) -> Path:
    return project.root / ".dockyard" / "receipts"
