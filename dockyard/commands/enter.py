"""`dockyard ssh` and `exec`: into the machines."""

import os
import sys
from collections.abc import Sequence

from dockyard import fleet, show
from dockyard.commands.target import Lab, any_lab, chosen, seat_of, with_machines
from dockyard.errors import DockyardError, MachineError
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


def run_exec(
    project: Project, name: str, only: Sequence[str], command: str, seconds: float
) -> None:
    """One command on every machine (or those of some seats), output as it comes."""
    lab = any_lab(project, name)
    with_machines(lab, name)
    wanted = chosen(lab, only) if only else list(lab.hosts)
    machines = _reach(lab, wanted, name)
    known = fleet.KnownHosts(lab.kept / "known_hosts")
    answers = fleet.run(machines, command, known, seconds, _print)
    bad = [a.host for a in answers if not a.ok] + sorted(set(wanted) - {m.host for m in machines})
    if bad:
        raise MachineError(f"{len(bad)} of {len(wanted)} failed: {', '.join(bad)}")


def _print(answer: fleet.Answer) -> None:
    for line in answer.out.splitlines():
        sys.stdout.write(f"{answer.host}: {line}\n")
    for line in (answer.problem or answer.err).splitlines():
        show.say(f"{answer.host}: {line}")
    if answer.status:
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
        raise DockyardError(
            f"There is no machine `{host}` in this lab: {did_you_mean(host, lab.hosts)}"
            if len(lab.hosts) <= 12  # noqa: PLR2004 - a list that still can be read
            else f"There is no machine `{host}` among the {len(lab.hosts)} of this lab.",
            f"Seats are 1 to {lab.lab.seats}, machines of a seat: {', '.join(names)}",
        )
    return host
