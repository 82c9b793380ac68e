"""`dockyard ssh`: into a machine."""

import os
import sys

from dockyard import doors, show
from dockyard.commands import standing
from dockyard.commands.target import Lab, any_lab, reach, seat_of, with_machines
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError, UsageError
from dockyard.problems import did_you_mean
from dockyard.project import Project
from dockyard.seats import machine_names


def run_ssh(project: Project, name: str, seat: str, machine: str) -> None:
    """Replaces this process by ssh."""
    lab = any_lab(project, name)
    with_machines(lab, name)
    host = _host(lab, seat, machine)
    ways = lab.reachable([host])
    if isinstance(lab, StackLab) and not (ways and doors.opens(ways[0].address, ways[0].port)):
        why = standing.why_silent(lab, [host])
        if why:
            raise why
    reached = reach(lab, [host], name)[0]
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
