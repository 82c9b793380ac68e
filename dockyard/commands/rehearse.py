"""`dockyard rehearse`: hands over to rehearsal/, which the product itself knows nothing of."""

import os
import sys
from collections.abc import Sequence

from dockyard.description import read
from dockyard.engine import packages
from dockyard.errors import UsageError
from dockyard.project import LOCAL, Project


def run(project: Project, words: Sequence[str]) -> None:
    """Replaces this process. What a cloud's SDK is missing is installed first."""
    first = words[0]
    if first == LOCAL:
        raise UsageError(
            f"{LOCAL} needs no rehearsal: its machines are real, and here.",
            f"Type: dockyard up {LOCAL}. Labs in clouds: dockyard list",
        )
    if first in project.labs():
        packages.ensure(project, read(project.description(first), ended=True).lab.target)
    elif first not in VERBS:
        project.description(first)  # says what there is
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(project.root)
    os.execv(sys.executable, [sys.executable, "-m", "rehearsal", *words])  # noqa: S606 - on purpose


VERBS = ("stop", "inventory", "clock", "faults", "env")
