"""What the machines say of themselves, asked in parallel and shown as a table."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from dockyard import fleet, show
from dockyard.commands.target import Lab
from dockyard.description import Description
from dockyard.errors import MachineError
from dockyard.project import Project
from dockyard.public_keys import student_key
from dockyard.results import MARK, Mark, mark
from dockyard.seats import seats
from dockyard.user_data import UserData, provision_sum

SECONDS = 60.0
# it looks again and changes nothing; it prints the same JSON as the mark
CHECK = "sudo -n sh /var/lib/dockyard/provision/check.sh | head -c 20000"
READ = f"head -c 20000 {MARK}"


def ask(lab: Lab, hosts: Sequence[str], command: str) -> dict[str, Mark]:
    """The mark of every machine named, in the order of the lab."""
    machines = lab.reachable(hosts)
    known = fleet.KnownHosts(lab.kept / "known_hosts")
    answers = {a.host: a for a in fleet.run(machines, command, known, SECONDS)}
    return {host: _mark(answers.get(host)) for host in hosts}


def wait(
    lab: Lab, hosts: Sequence[str], minutes: float, seen: Callable[[str, str], None]
) -> dict[str, Mark]:
    """The mark of every machine named, asked for until it is ready or failed, or time is up.

    `seen` gets a machine and what it is doing, as that changes.
    """

    def settled(answer: fleet.Answer) -> bool:
        found = _mark(answer)
        seen(answer.host, _doing(found))
        return found.state in ("ready", "failed")

    known = fleet.KnownHosts(lab.kept / "known_hosts")
    answers = {
        a.host: a for a in fleet.wait(lab.reachable(hosts), READ, known, minutes * 60, settled)
    }
    return {host: _mark(answers.get(host)) for host in hosts}


def _doing(found: Mark) -> str:
    """What a person wants to know of a machine that is not ready yet."""
    if found.state in ("unreachable", "missing"):
        return "booting"
    return f"at {found.step}" if found.state == "running" and found.step else found.sentence


def _mark(answer: fleet.Answer | None) -> Mark:
    if answer is None:
        return Mark("missing", reason="the machine is not running")
    if answer.problem:
        return Mark("unreachable", reason=answer.problem)
    found = mark(answer.out)
    if found.state == "missing" and answer.err.strip():
        said = answer.err.strip().splitlines()[-1]
        return Mark("missing", reason="".join(c for c in said[:300] if c.isprintable()))
    return found


def table(marks: dict[str, Mark], addresses: dict[str, str]) -> None:
    """One line a machine."""
    rows = [
        (
            f"{show.MARKS['ok' if found.ready else 'bad']} {found.state}",
            host,
            addresses.get(host, ""),
            found.docker or "-",
            found.system or "-",
            "" if found.ready else found.sentence,
        )
        for host, found in marks.items()
    ]
    show.table(("state", "machine", "address", "docker", "system", "why"), rows)


def judge(marks: dict[str, Mark], hint: str) -> None:
    """Raises MachineError when a machine is not ready."""
    bad = [host for host, found in marks.items() if not found.ready]
    if bad:
        hints = {found.hint for found in marks.values() if not found.ready and found.hint}
        # of one that is only switched off, its cloud's own command is all there is to type
        general = [] if all(marks[host].state == "stopped" for host in bad) else [hint]
        raise MachineError(
            f"{len(bad)} of {show.count(len(marks), 'machine')} not ready: {', '.join(bad)}",
            "\n  ".join(dict.fromkeys((*sorted(hints), *general))),
        )


_OLD = "it is as an earlier run left it"


def as_described(
    project: Project, description: Description, found: dict[str, Mark]
) -> dict[str, Mark]:
    """The marks; one that speaks of other settings or files is not ready, whatever it says."""
    wanted = _settings_sums(project, description)
    made = provision_sum(project.provision, description.lab.language)
    return {
        host: replace(mark, state="failed", step="start", reason=_OLD)
        if mark.ready and (mark.settings, mark.provision) != (wanted[host], made)
        else mark
        for host, mark in found.items()
    }


def _settings_sums(project: Project, description: Description) -> dict[str, str]:
    """sha256 of each machine's settings, as its mark has it."""
    made = UserData(project.provision)
    folder = project.kept(description.kept) / "keys"
    return {
        machine.host: hashlib.sha256(
            made.settings(description.lab, seat, machine, student_key(folder, seat.name)).encode()
        ).hexdigest()
        for seat in seats(description.lab)
        for machine in seat.machines
    }


def what_next(name: str, lab: Lab) -> None:
    """The commands that a person wants after `up`."""
    seat = "" if len(lab.hosts) == 1 else " SEAT"
    show.say(f"Get in:    dockyard ssh {name}{seat}")
    show.say(f"Look:      dockyard check {name}")
    show.say(f"Take down: dockyard down {name}")
