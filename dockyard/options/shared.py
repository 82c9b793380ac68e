"""The words that several commands take, and the clone that all of them act in."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dockyard.project import Project

Lab = Annotated[str, typer.Argument(metavar="LAB", help="`local`, or a stack's name")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask")]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="SEAT|MACHINE", help="not on all: 1, seat01, seat01-node2"),
]


def time(given: float) -> float:
    """An option's minutes or seconds: `nan` of them would be waited for for ever."""
    if not math.isfinite(given) or given < 0:
        raise typer.BadParameter("is no length of time; write a number, as 15 or 0.5")
    return given


Seconds = Annotated[float, typer.Option(callback=time, help="time limit for each machine")]

_folder = Path()


def act_in(folder: Path) -> None:
    """`-C DIR`: the clone is there, or above it."""
    global _folder  # noqa: PLW0603 - one process, one folder
    _folder = folder


def project() -> "Project":
    from dockyard import project

    return project.find(_folder)
