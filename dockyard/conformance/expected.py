"""What a machine of a described lab must be: plain, from the description alone."""

import json
from dataclasses import dataclass
from pathlib import Path

from dockyard import clouds
from dockyard.project import Project
from dockyard.public_keys import student_key
from dockyard.seats import Seat, SeatMachine, seats
from dockyard.spec import LabSpec


@dataclass(frozen=True)
class Expected:
    """`keys` of the accounts that Dockyard makes, as `type blob`; `names` of the seat with their
    private addresses.
    """

    host: str
    address: str
    users: tuple[str, ...]
    login: str
    keys: frozenset[str]
    names: dict[str, str]
    version: str
    source: str
    daemon: dict[str, object]
    cloud: bool

    @property
    def peers(self) -> tuple[str, ...]:
        """The addresses of the seat's other machines."""
        return tuple(sorted({one for one in self.names.values() if one != self.address}))


def expected(project: Project, lab: LabSpec, kept: Path) -> dict[str, Expected]:
    """By host; `kept` is what the lab keeps on this computer."""
    defaults = json.loads((project.provision / "daemon.json").read_text("ascii"))
    return {
        machine.host: _one(lab, kept / "keys", defaults, seat, machine)
        for seat in seats(lab)
        for machine in seat.machines
    }


def _one(
    lab: LabSpec, keys: Path, defaults: dict[str, object], seat: Seat, machine: SeatMachine
) -> Expected:
    login = clouds.load(lab.target).login
    student = student_key(keys, seat.name)
    names = {one.host: one.address for one in seat.machines}
    return Expected(
        host=machine.host,
        address=machine.address,
        users=tuple(sorted({login, *lab.docker.users})),
        login=login,
        keys=frozenset(filter(None, (*lab.access.keys, student))),
        names=names | {one.name: one.address for one in seat.machines},
        version=lab.docker.version or "",
        source=lab.docker.source,
        daemon={**defaults, **lab.docker.daemon},
        cloud=lab.target != "local",
    )
