"""`dockyard ssh` and `exec`: into the machines."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from dockyard import fleet, show
from dockyard.commands.target import Lab, any_lab, chosen, seat_of, with_machines
from dockyard.errors import DockyardError, MachineError, UsageError
from dockyard.problems import did_you_mean
from dockyard.project import Project
from dockyard.results import Reachable
from dockyard.seats import machine_names


def run_ssh(project: Project, name: str, seat: str, machine: str) -> None:
    """Replaces this process by ssh."""
    lab = any_lab(project, name)
    with_machines(lab, name)
    host = _host(lab, seat, machine)
    reached = _reach(lab, [host], name)[0]
    known = lab.kept / "known_hosts"
    options = {
        "HostKeyAlias": reached.alias,
        "UserKnownHostsFile": str(known),
        "StrictHostKeyChecking": "accept-new",
        "IdentitiesOnly": "yes",
        "LogLevel": "ERROR",
    }
    words = [word for option, value in options.items() for word in ("-o", f"{option}={value}")]
    key = ["-i", str(reached.key)] if reached.key else []
    login = f"{reached.user}@{reached.address}"
    show.say(f"{host} ({lab.lab.name}); leave with `exit`")
    sys.stderr.flush()
    command = ["ssh", *words, *key, "-p", str(reached.port), login]
    try:
        os.execvp("ssh", command)  # noqa: S606 - this process becomes ssh
    except FileNotFoundError:
        raise DockyardError(
            "There is no `ssh` on this computer.", "Type `dockyard doctor --fix`."
        ) from None


@dataclass(frozen=True)
class Wanted:
    """Which machines (`only`: seats or machines; none: all), for how long each, said how."""

    only: Sequence[str] = ()
    seconds: float = 300
    as_json: bool = False


def run_exec(project: Project, name: str, command: str, wanted: Wanted) -> None:
    """One command on every machine (or those of some seats), output as it comes."""

    def work(machines: Sequence[Reachable], known: fleet.KnownHosts) -> list[fleet.Answer]:
        watch = fleet.UNSEEN if wanted.as_json else fleet.Watch(_done, _heard)
        return fleet.run(machines, command, known, wanted.seconds, watch)

    _on_each(project, name, wanted, work)


def run_copy(
    project: Project, name: str, files: Sequence[Path], place: str, wanted: Wanted
) -> None:
    """Files to a place on every machine (or those of some seats)."""
    missing = [str(file) for file in files if not file.exists()]
    if missing:
        raise UsageError(f"There is no {', '.join(missing)}.", "Name a file that is here.")

    def work(machines: Sequence[Reachable], known: fleet.KnownHosts) -> list[fleet.Answer]:
        watch = fleet.UNSEEN if wanted.as_json else fleet.Watch(_done)
        return fleet.copy(machines, fleet.Parcel(files, place), known, wanted.seconds, watch)

    _on_each(project, name, wanted, work)


Work = Callable[[Sequence[Reachable], fleet.KnownHosts], list[fleet.Answer]]


def _on_each(project: Project, name: str, wanted: Wanted, work: Work) -> None:
    """Does it, and judges: a table at the end, or JSON.

    Raises MachineError when it failed anywhere.
    """
    lab = any_lab(project, name)
    with_machines(lab, name)
    hosts = chosen(lab, wanted.only) if wanted.only else list(lab.hosts)
    machines = _reach(lab, hosts, name)
    answers = work(machines, fleet.KnownHosts(lab.kept / "known_hosts"))
    gone = sorted(set(hosts) - {machine.host for machine in machines})
    answers += [fleet.Answer(host, problem="not running") for host in gone]
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


def _outcome(answer: fleet.Answer) -> str:
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


def _done(answer: fleet.Answer) -> None:
    """What a machine did not say itself."""
    if answer.problem:
        show.say(f"{answer.host}: {answer.problem}")
    elif answer.status:
        show.say(f"{answer.host}: exit {answer.status}")


def _reach(lab: Lab, hosts: Sequence[str], name: str) -> tuple[Reachable, ...]:
    found = lab.reachable(hosts)
    if not found:
        raise MachineError(f"{', '.join(hosts)}: not running.", f"Type: dockyard up {name}")
    return found


def _host(lab: Lab, seat: str, machine: str) -> str:
    """`1`, `seat01` or `seat01-node2`, and a machine's name in the seat, as a host."""
    names = machine_names(lab.lab)
    host = seat if seat in lab.hosts else f"{seat_of(lab, seat)}-{machine or names[0]}"
    if host not in lab.hosts:
        raise UsageError(
            f"There is no machine `{host}` in this lab: {did_you_mean(host, lab.hosts)}"
            if len(lab.hosts) <= 12  # noqa: PLR2004 - a list that still can be read
            else f"There is no machine `{host}` among the {len(lab.hosts)} of this lab.",
            f"Seats are 1 to {lab.lab.seats}, machines of a seat: {', '.join(names)}",
        )
    return host
