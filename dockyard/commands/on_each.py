"""`dockyard exec` and `copy`: one thing on every machine, or on those of some seats.

Where the machines are is known first, and they are knocked at; only then is read in what speaks
with them.
"""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from dockyard import doors, show
from dockyard.engine import made
from dockyard.errors import MachineError, UsageError
from dockyard.project import LOCAL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import TextIO

    from dockyard.fleet import Answer, KnownHosts, Watch
    from dockyard.project import Project


@dataclass(frozen=True)
class Wanted:
    """Which machines (`only`: seats or machines; none: all), for how long each, said how: as it
    comes, `as_json`, or `gathered`: what several say alike once. `given` is a file that the command
    reads as its standard input.
    """

    only: Sequence[str] = ()
    seconds: float = 300
    as_json: bool = False
    gathered: bool = False
    given: Path | None = None


def run_exec(project: Project, name: str, command: str, wanted: Wanted) -> None:
    """One command, output as it comes."""
    given = _read(wanted.given) if wanted.given else ""
    there = _there(project, name, wanted.only)
    from dockyard import fleet

    def work(known: fleet.KnownHosts) -> list[Answer]:
        asked = fleet.Command(command, given, ends=True)
        return fleet.run(there.ways, asked, known, wanted.seconds, _watch(wanted))

    words = ["--input", str(wanted.given)] if wanted.given else []
    _on_each(project, there, wanted, work, ("exec", name, *words, "--", command))


def run_copy(
    project: Project, name: str, files: Sequence[Path], place: str, wanted: Wanted
) -> None:
    """Files to a place."""
    missing = [str(file) for file in files if not file.exists()]
    if missing:
        raise UsageError(f"There is no {', '.join(missing)}.", "Name a file that is here.")
    there = _there(project, name, wanted.only)
    from dockyard import fleet

    # a path begins in the login's home anyhow, and nobody there reads a tilde
    parcel = fleet.Parcel(files, re.sub(r"^~(/|$)", "", place) or ".")

    def work(known: fleet.KnownHosts) -> list[Answer]:
        told = _watch(wanted)
        watch = replace(told, done=lambda answer: told.done(_explained(answer)))
        return [*map(_explained, fleet.copy(there.ways, parcel, known, wanted.seconds, watch))]

    _on_each(project, there, wanted, work, ("copy", name, "--to", place, "--", *map(str, files)))


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{file} is no text.", "Take files there with: dockyard copy") from None


def _explained(answer: Answer) -> Answer:
    """A copy has no output: what it says is why it failed."""
    return replace(answer, problem=answer.problem or answer.err)


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


def _on_each(
    project: Project,
    there: made.MadeLab,
    wanted: Wanted,
    work: Callable[[KnownHosts], list[Answer]],
    typed: Sequence[str],
) -> None:
    """Does it, and judges; `typed` is what was, but for the machines.

    Raises MachineError when it failed anywhere.
    """
    from dockyard import fleet

    gone = sorted(set(there.hosts) - {machine.host for machine in there.ways})
    missing = [fleet.Answer(host, problem="not running", reached=False) for host in gone]
    try:
        answers = work(fleet.KnownHosts(there.known_hosts)) + missing
    except fleet.CutOff as cut:
        _show([*cut.answers, *missing], wanted)
        raise
    _show(answers, wanted)
    bad = [answer.host for answer in answers if not answer.ok]
    if bad:
        verb, name, *words = typed
        _say_why(project, name, [answer.host for answer in answers if not answer.reached])
        only = [word for host in bad for word in ("--only", host)]
        raise MachineError(
            f"{len(bad)} of {len(answers)} failed: {', '.join(bad)}",
            f"Only those again: {shlex.join(['dockyard', verb, name, *only, *words])}",
        )


def _say_why(project: Project, name: str, hosts: Sequence[str]) -> None:
    """What their cloud says of machines that were not reached."""
    if name == LOCAL or not hosts:
        return
    from dockyard.commands import standing
    from dockyard.commands.target import made_lab

    why = standing.why_silent(made_lab(project, name), hosts)
    if why:
        show.say(f"{why.message}\n  {why.hint}")


def _watch(wanted: Wanted) -> Watch:
    """Who is told meanwhile."""
    from dockyard import fleet

    if wanted.as_json:
        return fleet.UNSEEN
    if wanted.gathered:
        return fleet.Watch(busy=_busy)
    return fleet.Watch(_done, _heard, _busy, keeps=False)


# --- what is said -------------------------------------------------------------------------------


def _show(answers: Sequence[Answer], wanted: Wanted) -> None:
    """JSON; or a table where they did not all do well."""
    if wanted.as_json:
        show.data([asdict(answer) for answer in answers])
        return
    if wanted.gathered:
        _say_gathered(answers)
    sys.stdout.flush()
    if all(answer.ok for answer in answers):
        slowest = max(answer.seconds for answer in answers)
        show.say(f"{show.count(len(answers), 'machine')}, the slowest in {slowest:.1f} s.")
        return
    rows = [(a.host, f"{a.seconds:.1f}", _outcome(a)) for a in answers]
    # stdout is what the machines said
    show.table(("machine", "seconds", "outcome"), rows, sys.stderr)


def _say_gathered(answers: Sequence[Answer]) -> None:
    """Each output once, under the machines that gave it; what most gave last."""
    alike: dict[tuple[str, str], list[str]] = {}
    for answer in answers:
        alike.setdefault((answer.out, answer.err), []).append(answer.host)
    for (out, err), hosts in sorted(alike.items(), key=lambda one: len(one[1])):
        if out or err:
            many = len(hosts) > show.MANY
            names = show.count(len(hosts), "machine") if many else ", ".join(hosts)
            show.line(f"--- {names}")
            for line in [*out.splitlines(), *err.splitlines()]:
                show.line(_harmless(line, sys.stdout))


def _outcome(answer: Answer) -> str:
    if answer.ok:
        return f"{show.MARKS['ok']} 0"
    return f"{show.MARKS['bad']} {answer.problem or answer.status}"


def _heard(host: str, stream: str, line: str) -> None:
    """A line as it comes, under its machine's name."""
    out = sys.stdout if stream == "out" else sys.stderr
    out.write(f"{host}: {_harmless(line, out)}\n")
    out.flush()


def _harmless(line: str, out: TextIO) -> str:
    """As a terminal may have it: a student is root there, and could write over what others said."""
    if line.isprintable() or not out.isatty():
        return line
    return "".join(c if c.isprintable() or c == "\t" else "·" for c in line.rstrip("\r"))


def _done(answer: Answer) -> None:
    """What a machine did not say itself."""
    if answer.problem:
        show.say(f"{answer.host}: {answer.problem}")
    elif answer.status:
        show.say(f"{answer.host}: exit {answer.status}")


def _busy(hosts: Sequence[str]) -> None:
    many = len(hosts) > show.MANY
    show.say(f"… waiting for {show.count(len(hosts), 'machine') if many else ', '.join(hosts)}")
