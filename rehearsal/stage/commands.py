"""What a person types after `dockyard rehearse`."""

from __future__ import annotations

import argparse
import re
import shlex
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from dockyard import project as projects
from dockyard import show, times, yaml_file
from dockyard.cli import said
from dockyard.engine import cli, settings
from dockyard.errors import EXIT_INTERRUPTED, DockyardError, Terminated, UsageError
from rehearsal import catalogue, serve
from rehearsal.machines import docker
from rehearsal.stage import run
from rehearsal.stage.folder import Folder, all_of, of_others, person
from rehearsal.stage.rehearsal import Asked, advance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dockyard.project import Project

_SHORT = re.compile(r"([0-9]{1,6})(s|min)")


def _the_one(project: Project, words: Sequence[str]) -> Folder:
    """The rehearsal that is meant, or the only one there is."""
    alive = [one for one in all_of(project) if one.keeper]
    found = [one for one in alive if not words or [one.stack] == list(words)]
    if len(found) == 1:
        return found[0]
    if not alive:
        for one in all_of(project):
            if not words or [one.stack] == list(words):
                _refuse_dead(project, one.stack)
        hidden = of_others(project)
        if hidden:
            raise DockyardError(
                f"{', '.join(hidden)}: root's rehearsal, which you may not look into.",
                "Type the same in a shell of root's: sudo -s",
            )
        raise DockyardError("Nothing is being rehearsed.", "Type: dockyard rehearse STACK --keep")
    names = ", ".join(one.stack for one in alive)
    for word in words if len(words) == 1 else ():
        _refuse_dead(project, word)
        raise UsageError(f"{word} is not being rehearsed; {names} is.", "Name that one.")
    raise UsageError(f"Which one? Being rehearsed: {names}.", "Name it behind the word.")


def _refuse_dead(project: Project, stack: str) -> None:
    """Raises DockyardError for a rehearsal that stays, and whose cloud is played by nobody."""
    if stack in {one.stack for one in all_of(project) if not one.keeper}:
        raise DockyardError(
            f"What played the cloud for {stack} was ended: that rehearsal is over.",
            f"Take away what is left: dockyard rehearse stop {stack}",
        )


def _stop(project: Project, words: Sequence[str]) -> None:
    run.sweep()
    there = all_of(project)
    names = {one.stack for one in there}
    for word in words:
        if word not in names:
            project.description(word)  # says what there is
    found = [one for one in there if not words or one.stack in words]
    if not found:
        said = (
            f"being rehearsed: {', '.join(sorted(names))}"
            if names
            else "nothing is being rehearsed"
        )
        show.say(f"Nothing to do: {said}.")
    for folder in found:
        leave = _leave(project, folder)
        count = run.end(folder)
        show.say(f"Ended {folder.stack}: {show.count(count, 'machine')} removed, nothing is left.")
        if leave:
            show.say("This shell still speaks with it alone. Open another one, or type:")
            show.say(f"  {leave}")


def _leave(project: Project, folder: Folder) -> str:
    """What frees a shell that `env` has led into a rehearsal; empty in another one."""
    if not Path.cwd().is_relative_to(folder.clone.root.resolve()):
        return ""
    return f"cd {shlex.quote(str(project.root))} && unset {' '.join(folder.variables())}"


def _inventory(project: Project, words: Sequence[str]) -> None:
    as_json = "--json" in words
    folder = _the_one(project, [word for word in words if word != "--json"])
    plan = folder.plan()
    inventory = serve.opened(plan.cloud, folder.inventory)
    rows = [(one.kind, one.name, one.id, one.address) for one in inventory.all()]
    inventory.close()
    if as_json:
        show.data([dict(zip(("kind", "name", "id", "address"), row, strict=True)) for row in rows])
        return
    show.table(("kind", "name", "id", "address"), rows)
    # without machines Docker is not asked: there need not be one
    running = len(docker.running(folder.path)) if plan.images else 0
    show.say(f"{len(rows)} things, {running} of them run on this computer.")


def _clock(project: Project, words: Sequence[str]) -> None:
    seconds = _seconds(words[0].removeprefix("+")) if words else 0
    if not seconds:
        raise UsageError(
            "The clock goes forward by a time: +9h, +1h30, +20min, +30s, +2d.",
            "Type: dockyard rehearse clock +9h [STACK]",
        )
    folder = _the_one(project, words[1:])
    now = advance(folder, seconds=seconds).astimezone()
    show.say(f"In the rehearsed cloud it is {now:%Y-%m-%d %H:%M}; what was due ends now.")


def _seconds(said: str) -> int:
    """As `hours` of a description has it, and by the minute or the second; 0: no time."""
    found = _SHORT.fullmatch(said)
    return int(found[1]) * {"s": 1, "min": 60}[found[2]] if found else times.seconds(said)


def _env(project: Project, words: Sequence[str]) -> None:
    folder = _the_one(project, words)
    for name in folder.forgotten():
        show.line(f"unset {name}")
    for name, value in folder.variables().items():
        show.line(f"export {name}={shlex.quote(value)}")
    engine = cli.look(project).engine
    show.line(settings.path_line(engine.folders if engine else ()))
    show.line(f"cd {shlex.quote(str(folder.clone.root))}")


def _faults(_: Project, words: Sequence[str]) -> None:
    odd = [word for word in words if word != "--json"]
    if odd:
        raise UsageError(
            f"`{odd[0]}` says nothing to `faults`, which lists all of them.",
            "Type: dockyard rehearse faults",
        )
    if "--json" in words:
        show.data([catalogue.plain(entry) for entry in catalogue.ALL.values()])
        return
    rows = [(one.family, one.name, one.title) for one in catalogue.ALL.values()]
    show.table(("family", "name", "what goes wrong"), rows)
    show.say("Try one: dockyard rehearse aws-lab --fault NAME[:VALUE][@SEAT][*TIMES]")


_VERBS: dict[str, Callable[[Project, Sequence[str]], None]] = {
    "stop": _stop,
    "inventory": _inventory,
    "clock": _clock,
    "env": _env,
    "faults": _faults,
}


def _rehearse(project: Project, words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dockyard rehearse", add_help=False)
    parser.add_argument("stack")
    parser.add_argument("--students", type=int)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--wait", type=float, default=15.0)
    parser.add_argument("--baked", action="store_true")
    parser.add_argument("--no-machines", action="store_true")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--fault", action="append", default=[])
    got, odd = parser.parse_known_args(words)
    if odd:
        raise UsageError(
            f"`{odd[0]}` says nothing to a rehearsal of {got.stack}.",
            "See: dockyard rehearse --help",
        )
    asked = Asked(
        got.stack,
        got.students,
        got.keep,
        got.wait,
        got.baked,
        not got.no_machines,
        dict(_set(one) for one in got.set),
        got.fault,
    )
    return run.rehearse(project, asked)


def _set(words: str) -> tuple[str, object]:
    """FIELD=VALUE; the value is read as it would be in the description."""
    place, equals, value = words.partition("=")
    if not place or not equals:
        raise UsageError(
            f"`--set {words}` sets nothing.", "Type: --set FIELD=VALUE, as --set docker.version=28"
        )
    return place, yaml_file.parse(value, f"--set {words}").data if value else None


def main(words: Sequence[str]) -> int:
    """`python -m rehearsal WORD…`; the clone is where we are."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        project = person(projects.find(Path()))
        if words and words[0] in _VERBS:
            _refuse_options(words)
            _VERBS[words[0]](project, words[1:])
            return 0
        return _rehearse(project, words)
    except (DockyardError, OSError) as error:
        return said(error)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _terminated(*_: object) -> None:
    raise Terminated


def _refuse_options(words: Sequence[str]) -> None:
    """Those of a rehearsal, behind another word."""
    takes = {"--json"} if words[0] in ("inventory", "faults") else set()
    odd = [word for word in words if word.startswith("--") and word not in takes]
    if odd:
        raise UsageError(
            f"`{odd[0]}` says nothing to `{words[0]}`.", "See: dockyard rehearse --help"
        )
