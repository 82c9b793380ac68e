"""Keeps the clone clean although Pulumi writes `encryptionsalt` into a committed stack file.

A filter in this clone's own .git leaves that line out of what git compares and commits. Edits
of a person show as ever, and a pull meets no conflict. (--skip-worktree would hide both.)
"""

import subprocess
import time
from pathlib import Path

from dockyard.project import Project

_FILTER = "dockyard-salt"
_CLEAN = "sed '/^encryptionsalt:/d'"
_TRIES, _PAUSE = 50, 0.1
_LINE = f"Pulumi.*.yaml filter={_FILTER}"


def keep_clean(project: Project, stack: str) -> None:
    """Makes the filter, once, and lets git look at the file again.

    Nothing happens where there is no git, no clone, or a file that git does not track.
    """
    file = project.stacks / f"Pulumi.{stack}.yaml"
    tracked = _git(project, "ls-files", "--stage", "--", str(file))
    if not tracked:
        return
    _make_filter(project)
    # git takes a file of another size for changed without looking; added again, it knows better.
    # What a person changed is not added.
    committed = tracked.split()[1]
    if _git(project, "hash-object", "--path", str(file), str(file)) == committed:
        _add(project, file)


def _add(project: Project, file: Path) -> None:
    """Adds a file; another process that has git's index right now is waited for."""
    for _ in range(_TRIES):
        command = ["git", "add", "--", str(file)]
        done = subprocess.run(
            command, cwd=project.root, capture_output=True, text=True, check=False
        )
        if "index.lock" not in done.stderr:
            return
        time.sleep(_PAUSE)


def restore(project: Project, stack: str) -> None:
    """Takes Pulumi's line out of the file again."""
    file = project.stacks / f"Pulumi.{stack}.yaml"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("encryptionsalt:")]
    if kept != lines:
        file.write_text("".join(kept), "utf-8")
    keep_clean(project, stack)


def _make_filter(project: Project) -> None:
    if _git(project, "config", "--get", f"filter.{_FILTER}.clean") != _CLEAN:
        _git(project, "config", f"filter.{_FILTER}.clean", _CLEAN)
    named = _git(project, "rev-parse", "--git-path", "info/attributes")
    if not named:
        return
    attributes = Path(project.root, named)
    lines = attributes.read_text("utf-8").splitlines() if attributes.exists() else []
    if _LINE not in lines:
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text("\n".join([*lines, _LINE]) + "\n", "utf-8")


def _git(project: Project, *words: str) -> str:
    """What git says, or nothing when it can't: a clean `git status` is a kindness, not a need."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=project.root, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
