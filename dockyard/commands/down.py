"""`dockyard down`: destroys, then reads back that nothing is left."""

import shutil
from pathlib import Path

from dockyard import show
from dockyard.commands.target import local_lab
from dockyard.errors import LeftoverError, RefusedError
from dockyard.project import Project


def run(project: Project, name: str, *, yes: bool) -> None:
    lab = local_lab(project, name)
    there = lab.leftovers()
    strays = [name for name in lab.strays() if not any(name.endswith(h) for h in there)]
    there += strays
    if not there:
        show.say(f"Nothing to do: {name} has no machines.")
        return
    show.say(f"This destroys {show.count(len(there), 'machine')}: {', '.join(there)}")
    if not show.confirm("What students did on them is lost. Destroy?", yes=yes):
        raise RefusedError("Nothing was destroyed.", f"Without asking: dockyard down {name} --yes")
    progress = show.Progress()
    lab.down(lambda host, _: progress.set(host, "destroying") if host else None)
    lab.remove_strays()
    left = lab.leftovers() + lab.strays()
    if left:
        raise LeftoverError(
            f"{show.count(len(left), 'machine')} left: {', '.join(left)}",
            f"See why in {lab.log}; then type the same again.",
        )
    _forget(lab.kept)
    show.say(f"Gone in {progress.seconds:.0f} s: Vagrant was asked again and has no machine left.")


def _forget(kept: Path) -> None:
    """What is kept of machines goes with them; the students' keys are people's, and stay."""
    for path in kept.glob("*"):
        if path.is_dir() and path.name != "keys":
            shutil.rmtree(path)
        elif not path.is_dir():
            path.unlink()
    if (kept / "keys").exists():
        show.say(f"The students' keys stay, for the next time: {kept / 'keys'}")
    elif kept.exists():
        kept.rmdir()
