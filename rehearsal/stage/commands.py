"""What a person types after `dockyard rehearse`."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from dockyard import project as projects
from dockyard import show
from dockyard.engine import cli, settings
from dockyard.errors import EXIT_INTERRUPTED, DockyardError, UsageError
from rehearsal import catalogue, serve
from rehearsal.machines import docker
from rehearsal.stage import run
from rehearsal.stage.folder import Folder, all_of
from rehearsal.stage.rehearsal import Asked, advance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dockyard.project import Project

_DURATION = re.compile(r"\+?(\d+)(s|min|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}


def _the_one(project: Project, stack: str) -> Folder:
    """The rehearsal that is meant, or the only one there is."""
    alive = [one for one in all_of(project) if one.keeper]
    found = [one for one in alive if stack in ("", one.stack)]
    if len(found) == 1:
        return found[0]
    if not alive:
        raise DockyardError("Nothing is being rehearsed.", "Type: dockyard rehearse STACK --keep")
    names = ", ".join(one.stack for one in alive)
    raise UsageError(f"Which one? Being rehearsed: {names}.", "Name it behind the word.")


def _stop(project: Project, words: Sequence[str]) -> None:
    run.sweep()
    found = [one for one in all_of(project) if not words or one.stack in words]
    if not found:
        show.say("Nothing to do: nothing is being rehearsed.")
    for folder in found:
        count = run.stop(folder)
        show.say(f"Ended {folder.stack}: {show.count(count, 'machine')} removed, nothing is left.")


def _inventory(project: Project, words: Sequence[str]) -> None:
    as_json = "--json" in words
    folder = _the_one(project, "".join(word for word in words if word != "--json"))
    inventory = serve.opened(folder.plan().cloud, folder.inventory)
    rows = [(one.kind, one.name, one.id, one.address) for one in inventory.all()]
    inventory.close()
    if as_json:
        show.data([dict(zip(("kind", "name", "id", "address"), row, strict=True)) for row in rows])
        return
    show.table(("kind", "name", "id", "address"), rows)
    show.say(
        f"{len(rows)} things, {len(docker.machines(folder.path))} of them run on this computer."
    )


def _clock(project: Project, words: Sequence[str]) -> None:
    moved = _DURATION.fullmatch(words[0]) if words else None
    if not moved:
        raise UsageError("The clock goes forward by a time.", "Type: dockyard rehearse clock +9h")
    folder = _the_one(project, "".join(words[1:]))
    now = advance(folder, **{_UNITS[moved[2]]: float(moved[1])}).astimezone()
    show.say(f"In the rehearsed cloud it is {now:%Y-%m-%d %H:%M}; what was due ends now.")


def _env(project: Project, words: Sequence[str]) -> None:
    folder = _the_one(project, "".join(words))
    for name in folder.forgotten():
        show.line(f"unset {name}")
    for name, value in folder.variables().items():
        show.line(f"export {name}={shlex.quote(value)}")
    engine = cli.look(project).engine
    show.line(settings.path_line(engine.folders if engine else ()))
    show.line(f"cd {shlex.quote(str(folder.clone.root))}")


def _faults(_: Project, words: Sequence[str]) -> None:
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
    got = parser.parse_args(words)
    changes = {
        place: yaml.safe_load(value) for place, _, value in (s.partition("=") for s in got.set)
    }
    asked = Asked(
        got.stack,
        got.students,
        got.keep,
        got.wait,
        got.baked,
        not got.no_machines,
        changes,
        got.fault,
    )
    return run.rehearse(project, asked)


def main(words: Sequence[str]) -> int:
    """`python -m rehearsal WORD…`; the clone is where we are."""
    try:
        project = projects.find(Path())
        if words and words[0] in _VERBS:
            _VERBS[words[0]](project, words[1:])
            return 0
        return _rehearse(project, words)
    except DockyardError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
