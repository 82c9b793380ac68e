"""What `make lab` put on this computer, kept in a file so that `make undo` takes just that back."""

import json
from collections.abc import Iterable
from pathlib import Path

from dockyard.files import write_whole
from dockyard.project import Project

Made = dict[str, list[str]]
"""`packages`, `folders` and `groups` that were not there before."""


def remembered(project: Project) -> Made:
    file = _file(project)
    found: Made = {"packages": [], "folders": [], "groups": []}
    if file.exists():
        found.update(json.loads(file.read_text(encoding="ascii")))
    return found


def remember(project: Project, kind: str, names: Iterable[str]) -> None:
    """Adds to what is remembered."""
    made = remembered(project)
    replace(project, {**made, kind: [*made[kind], *names]})


def replace(project: Project, made: Made) -> None:
    """In one step: a process that is killed leaves the old file or the new one."""
    tidy = {kind: sorted(set(names)) for kind, names in made.items()}
    write_whole(_file(project), json.dumps(tidy, indent=2) + "\n")


def _file(project: Project) -> Path:
    return project.root / ".dockyard" / "installed.json"
