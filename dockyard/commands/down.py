"""`dockyard down`: destroys, then reads back that nothing is left."""

import shutil
from pathlib import Path

from dockyard import show
from dockyard.commands import teardown
from dockyard.commands.target import made_lab
from dockyard.errors import LeftoverError, RefusedError
from dockyard.local import made, timer
from dockyard.project import LOCAL, Project
from dockyard.stack_result import StackResult
from dockyard.sweep.sweeping import PATIENCE


def run(project: Project, name: str, *, minutes: float = PATIENCE / 60, yes: bool) -> None:
    if name == LOCAL:
        _local(project, yes=yes)
    else:
        _stack(project, name, minutes, yes=yes)


def _local(project: Project, *, yes: bool) -> None:
    lab = made.made_lab(project)
    there = lab.leftovers()
    strays = [name for name in lab.strays() if not any(name.endswith(h) for h in there)]
    there += strays
    if not there:
        timer.disarm(lab.kept, project.root)
        show.say(f"Nothing to do: {LOCAL} has no machines.")
        return
    show.say(f"This destroys {show.count(len(there), 'machine')}: {', '.join(there)}")
    _agreed("What students did on them is lost. Destroy?", LOCAL, yes=yes)
    progress = show.Progress()
    lab.down(lambda host, _: progress.set(host, "destroying") if host in there else None)
    lab.remove_strays()
    _judge(lab.leftovers() + lab.strays(), lab.log)
    timer.disarm(lab.kept, project.root)
    _forget(lab.kept)
    show.say(f"Gone in {progress.seconds:.0f} s: Vagrant was asked again and has no machine left.")


def _stack(project: Project, name: str, minutes: float, *, yes: bool) -> None:
    lab = made_lab(project, name)
    try:
        there = lab.leftovers() if lab.there() else []
    except OSError as error:
        raise teardown.unwritable(lab, error) from None
    if not there:
        show.say(f"Nothing to do: the stack {name} has nothing.")
        teardown.nothing(project, lab)
        return
    lab.stack.refuse_cut_off()  # before anybody is asked anything
    result = lab.result()
    show.say(f"This destroys all of {name}: {_named(result, sorted(lab.made_hosts()))}.")
    _agreed("What students did there is lost. Destroy?", name, yes=yes)
    progress = show.Progress()
    teardown.run(project, lab, progress.set, teardown.Asked(minutes, yes=yes))
    _forget(lab.kept)
    show.say(f"Gone in {progress.seconds:.0f} s: the stack was read again and has nothing left.")


def _named(result: StackResult | None, machines: list[str]) -> str:
    """What a person knows of a lab, and what carries it."""
    products = [word for word in ("cluster", "registry") if result and getattr(result, word)]
    known = [show.count(len(machines), "machine")] if machines else []
    if 0 < len(machines) <= show.MANY:
        known = [f"{known[0]} ({', '.join(machines)})"]
    known += [f"the {word}" for word in products]
    return " and ".join([*known, "all that carries them"]) if known else "what is left of it"


def _agreed(question: str, name: str, *, yes: bool) -> None:
    if not show.confirm(question, yes=yes):
        raise RefusedError("Nothing was destroyed.", f"Without asking: dockyard down {name} --yes")


def _judge(left: list[str], log: Path) -> None:
    if left:
        raise LeftoverError(
            f"{len(left)} left: {', '.join(left)}",
            f"See why in {log}; then type the same again.",
        )


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
