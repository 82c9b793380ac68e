"""What ends the lab on this computer: a timer of its systemd, which types `dockyard down local`.

The timer is systemd's alone, without a file: nothing is left on the host when it has fired or was
stopped, and a restart of the computer forgets it. The instant is kept beside the machines, so that
it stays what it was as long as the description says the same.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from dockyard import clock, deadline, files
from dockyard.spec import LabSpec

_RUNS = Path("/run/systemd/system")
"""There where systemd is what started this computer."""
_KEPT = "deadline.json"
_TOLD = ("PATH", "HOME", "VAGRANT_HOME", "DOCKER_HOST", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
"""What Vagrant and Docker need of this shell: systemd starts without, as root even without HOME."""
_NOBODY = "On this computer nothing ends a lab by itself: type `dockyard down` when it is over."


@dataclass(frozen=True)
class Kept:
    """What was decided when the lab was first made: `made` and `expires` in epoch seconds, `asked`
    in the description's own words.
    """

    made: int
    asked: str
    expires: int


def sentence() -> str:
    """What ends a lab that has a deadline, before it is made."""
    if not _is_there():
        return _NOBODY
    return "A timer of this computer takes it down then, if it was not restarted meanwhile."


def arm(lab: LabSpec, kept: Path, root: Path, *, new: bool) -> str:
    """Sets the timer to the lab's deadline, in place of an earlier one; what was done, in words.

    `kept` is the lab's folder on this computer, `root` the clone; `new`: none of its machines is
    there. Nothing is raised: where no timer can be set that is what is said.
    """
    if new or not deadline.written(lab):
        disarm(kept, root)
    if not deadline.written(lab):
        return ""
    return _set(_decided(lab, kept), root)


def _set(ends: int, root: Path) -> str:
    _stop(root)
    if ends <= clock.now():
        return f"Its time is over since {deadline.shown(ends)}: dockyard down local"
    if not _is_there():
        return _NOBODY
    when = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    said = _ask(
        "systemd-run",
        f"--unit={_unit(root)}",
        f"--on-calendar={when}",
        # gone when it has fired, and with what it started, also after a failure
        "--timer-property=RemainAfterElapse=no",
        "--timer-property=AccuracySec=1s",
        "--collect",
        f"--working-directory={root}",
        *(f"--setenv={key}={os.environ[key]}" for key in _TOLD if key in os.environ),
        *(sys.executable, "-m", "dockyard.cli", "down", "local", "--yes"),
    )
    if said:
        return f"No timer could be set ({said}): type `dockyard down local` when it is over."
    return f"A timer of this computer takes it down {deadline.shown(ends)}."


def move(found: Kept, ends: int, kept: Path, root: Path) -> str:
    """Sets the timer to another instant, which then stays; what was done, in words."""
    _keep(replace(found, expires=ends), kept)
    return _set(ends, root)


def standing(root: Path) -> str:
    """What ends a lab that is there, as it is now."""
    if not _is_there():
        return _NOBODY
    if is_set(root):
        return "A timer of this computer takes it down then."
    return "No timer is set: a restart of this computer forgets it. Again: dockyard up local"


def is_set(root: Path) -> bool:
    """Whether systemd has the timer of this clone now."""
    return _is_there() and not _ask("systemctl", "is-active", "--quiet", f"{_unit(root)}.timer")


def read(kept: Path) -> Kept | None:
    """None: the lab was made without a deadline, or not at all."""
    try:
        said = json.loads((kept / _KEPT).read_text(encoding="utf-8"))
        return Kept(int(said["made"]), str(said["asked"]), int(said["expires"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(found: Kept, kept: Path) -> None:
    files.write_whole(kept / _KEPT, json.dumps(asdict(found)))


def disarm(kept: Path, root: Path) -> None:
    """Takes the timer and its instant away; none is nothing to say."""
    _stop(root)
    (kept / _KEPT).unlink(missing_ok=True)


def _stop(root: Path) -> None:
    if _is_there():
        _ask("systemctl", "stop", f"{_unit(root)}.timer")


def _decided(lab: LabSpec, kept: Path) -> int:
    """The instant, decided when the lab is first made; other words count from then, too."""
    found = read(kept) or Kept(int(clock.now()), "", 0)
    asked = deadline.written(lab)
    if found.asked != asked:
        found = Kept(found.made, asked, deadline.instant(lab, found.made))
        _keep(found, kept)
    return found.expires


def _unit(root: Path) -> str:
    """One a clone: two clones on one computer have two."""
    return f"dockyard-local-{hashlib.sha256(str(root).encode()).hexdigest()[:12]}"


def _is_there() -> bool:
    return _RUNS.is_dir() and shutil.which("systemd-run") is not None


def _ask(command: str, *words: str) -> str:
    """The last thing that it said against it; empty: it was done."""
    own = ["--user"] if os.geteuid() else []
    done = subprocess.run([command, *own, *words], capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return (lines or [f"{command} failed"])[-1] if done.returncode else ""
