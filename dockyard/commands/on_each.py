"""`dockyard exec` and `copy`: one thing on every machine, or on those of some seats.

Where the machines are is known first, and they are knocked at; only then is read in what speaks
with them.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from dockyard import doors, show
from dockyard.engine import made
from dockyard.errors import MachineError, UsageError
from dockyard.project import LOCAL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dockyard.fleet import Answer
    from dockyard.project import Project


@dataclass(frozen=True)
class Wanted:
    """Which machines (`only`: seats or machines; none: all), for how long each, said how."""

    only: Sequence[str] = ()
    seconds: float = 300
    as_json: bool = False


def run_exec(project: Project, name: str, command: str, wanted: Wanted) -> None:
    """One command, output as it comes."""
    there = _there(project, name, wanted.only)
    from dockyard import fleet

    watch = fleet.UNSEEN if wanted.as_json else fleet.Watch(_done, _heard)
    known = fleet.KnownHosts(there.known_hosts)
    _judge(there, fleet.run(there.ways, command, known, wanted.seconds, watch), wanted)


def run_copy(
    project: Project, name: str, files: Sequence[Path], place: str, wanted: Wanted
) -> None:
    """Files to a place."""
    missing = [str(file) for file in files if not file.exists()]
    if missing:
        raise UsageError(f"There is no {', '.join(missing)}.", "Name a file that is here.")
    there = _there(project, name, wanted.only)
    from dockyard import fleet

    watch = fleet.UNSEEN if wanted.as_json else fleet.Watch(_done)
    known = fleet.KnownHosts(there.known_hosts)
    parcel = fleet.Parcel(files, place)
    _judge(there, fleet.copy(there.ways, parcel, known, wanted.seconds, watch), wanted)


def _there(project: Project, name: str, only: Sequence[str]) -> made.MadeLab:
    """The machines that are meant, knocked at: by the state alone where it says enough."""
    there = None if name == LOCAL or only else made.look(project, name)
    there = there or _described(project, name, only)
    doors.knock((machine.address, machine.port) for machine in there.ways)
    return there


def _described(project: Project, name: str, only: Sequence[str]) -> made.MadeLab:
    from dockyard.commands.target import any_lab, chosen, reach, with_machines

    lab = any_lab(project, name)
    with_machines(lab, name)
    hosts = tuple(chosen(lab, only) if only else lab.hosts)
    return made.MadeLab(lab.kept, hosts, reach(lab, hosts, name))


def _judge(there: made.MadeLab, answers: list[Answer], wanted: Wanted) -> None:
    """A table at the end, or JSON.

    Raises MachineError when it failed anywhere.
    """
    from dockyard.fleet import Answer

    gone = sorted(set(there.hosts) - {machine.host for machine in there.ways})
    answers += [Answer(host, problem="not running") for host in gone]
    if wanted.as_json:
        show.data([asdict(answer) for answer in answers])
    bad = [answer for answer in answers if not answer.ok]
    if not bad:
        slowest = max(answer.seconds for answer in answers)
        show.say(f"{show.count(len(answers), 'machine')}, the slowest in {slowest:.1f} s.")
        return
    if not wanted.as_json:
        rows = [(a.host, f"{a.seconds:.1f}", _outcome(a)) for a in answers]
        sys.stderr.flush()
        show.table(("machine", "seconds", "outcome"), rows)
    names = ", ".join(answer.host for answer in bad)
    raise MachineError(f"{len(bad)} of {len(answers)} failed: {names}")


def _outcome(answer: Answer) -> str:
    if answer.ok:
        return f"{show.MARKS['ok']} 0"
    return f"{show.MARKS['bad']} {answer.problem or answer.status}"


def _heard(host: str, stream: str, line: str) -> None:
    """A line as it comes, under its machine's name."""
    if stream == "out":
        sys.stdout.write(f"{host}: {line}\n")
        sys.stdout.flush()
    else:
        show.say(f"{host}: {line}")


def _done(answer: Answer) -> None:
    """What a machine did not say itself."""
    if answer.problem:
        show.say(f"{answer.host}: {answer.problem}")
    elif answer.status:
        show.say(f"{answer.host}: exit {answer.status}")
