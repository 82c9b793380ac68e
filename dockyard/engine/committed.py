"""Keeps the clone clean although Pulumi writes `encryptionsalt` into a committed stack file.

A filter in this clone's own .git leaves that line out of what git compares and commits, and puts
it back where git writes the file anew (checkout, stash, pull): git takes a file of another size
for changed without looking. Edits of a person show as ever, and a pull meets no conflict.
(--skip-worktree would hide both.)
"""

import subprocess
import time
from pathlib import Path

from dockyard.files import write_whole
from dockyard.project import Project

_SALT = "encryptionsalt:"
_FILTER = "dockyard-salt"
_KEPT = "dockyard-salt"
"""the folder in .git: for each file the line that Pulumi wrote into it last"""
_CLEAN = f"sed '/^{_SALT}/d'"
_SMUDGE = (
    f'f="$(git rev-parse --git-path {_KEPT})/"%f; if [ -f "$f" ]; then awk 1 - "$f"; else cat; fi'
)
_TRIES, _PAUSE = 50, 0.1
_LINE = f"Pulumi.*.yaml filter={_FILTER}"


def keep_clean(project: Project, stack: str) -> None:
    """Makes the filter, once, and lets git look at the file again.

    Nothing happens where there is no git, no clone, or a file that git does not track.
    """
    file = project.stacks / f"Pulumi.{stack}.yaml"
    tracked = _git(project, "ls-files", "--stage", "--full-name", "--", str(file)).splitlines()
    if len(tracked) != 1:  # several: a merge is at work
        return
    what, name = tracked[0].split("\t")
    _make_filter(project)
    _keep_line(project, file, name)
    mode, committed, _ = what.split()
    _look_again(project, mode, committed, name)


def _keep_line(project: Project, file: Path, name: str) -> None:
    """Keeps the line for the filter, or forgets it when the file has none."""
    kept = Path(project.root, _git(project, "rev-parse", "--git-path", _KEPT), name)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    salt = next((line for line in lines if line.startswith(_SALT)), None)
    if salt is None:
        kept.unlink(missing_ok=True)
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_whole(kept, salt + "\n")


def _look_again(project: Project, mode: str, committed: str, name: str) -> None:
    """Enters what is staged already once more, without a size: now git must compare the content.

    Another process that has git's index right now is waited for.
    """
    entry = f"{mode},{committed},{name}"
    for _ in range(_TRIES):
        command = ["git", "update-index", "--cacheinfo", entry, "-q", "--refresh"]
        done = subprocess.run(
            command, cwd=project.root, capture_output=True, text=True, check=False
        )
        if "index.lock" not in done.stderr:
            return
        time.sleep(_PAUSE)


def take_out(project: Project, stack: str) -> None:
    """Takes Pulumi's line out of the file, unless secrets in it are locked with it."""
    file = project.stacks / f"Pulumi.{stack}.yaml"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(_SALT)]
    if kept != lines and not any("secure:" in line for line in kept):
        file.write_text("".join(kept), "utf-8")


def restore(project: Project, stack: str) -> None:
    """Leaves the file as it was before Pulumi wrote into it."""
    take_out(project, stack)
    keep_clean(project, stack)


def _make_filter(project: Project) -> None:
    for way, command in (("clean", _CLEAN), ("smudge", _SMUDGE)):
        if _git(project, "config", "--get", f"filter.{_FILTER}.{way}") != command:
            _git(project, "config", f"filter.{_FILTER}.{way}", command)
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
