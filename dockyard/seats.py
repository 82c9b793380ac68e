"""From a description to named machines and private addresses: pure, and stable.

A seat is its number. A student more or fewer touches only the tail; a spare seat is a
student's seat with a higher number. Addresses come from seat and machine number alone:
one block of 16 a seat in 10.77.0.0/16, hosts 4 to 13 of it. Those are free on every
cloud even when a seat is a subnet of its own (AWS and Azure keep .0 to .3 and the last
one, GCP the last two), and the range lies outside Docker's own pools (172.17.0.0/12,
192.168.0.0/16) and the first networks that a swarm takes (10.0.0.0/24 and up).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockyard.spec import LabSpec

NETWORK = ipaddress.IPv4Network("10.77.0.0/16")
SEAT_BLOCK = 16
FIRST_HOST = 4
SSH_PORT = 22
SEAT_TYPE = "dockyard:index:Seat"
"""What Pulumi calls the type of a seat."""


@dataclass(frozen=True)
class SeatMachine:
    """One machine of one seat. `address` is private; `disk` in GB."""

    seat: int
    name: str
    address: str
    size: str
    image: str
    disk: int

    @property
    def host(self) -> str:
        """Unique in the lab, and the machine's host name: `seat01-node1`."""
        return f"{seat_name(self.seat)}-{self.name}"


@dataclass(frozen=True)
class Seat:
    """One student's place."""

    number: int
    spare: bool
    machines: tuple[SeatMachine, ...]

    @property
    def name(self) -> str:
        return seat_name(self.number)

    @property
    def subnet(self) -> str:
        """The seat's own block of addresses, as a CIDR."""
        return f"{_address(self.number, 0)}/28"


def seat_name(number: int) -> str:
    """`seat01`, `seat100`: never depends on how many seats there are."""
    return f"seat{number:02d}"


def seats(lab: LabSpec) -> tuple[Seat, ...]:
    """Every seat of the lab, students' first, numbered from 1."""
    return tuple(
        Seat(number, spare=number > lab.students, machines=_machines(lab, number))
        for number in range(1, lab.seats + 1)
    )


def machines(lab: LabSpec) -> tuple[SeatMachine, ...]:
    """Every machine of the lab, seat by seat."""
    return tuple(machine for seat in seats(lab) for machine in seat.machines)


def machine_names(lab: LabSpec) -> tuple[str, ...]:
    """The names inside a seat, in the order that gives them their addresses."""
    return tuple(
        f"{kind.name}{number}" for kind in lab.machines for number in range(1, kind.count + 1)
    )


def _machines(lab: LabSpec, seat: int) -> tuple[SeatMachine, ...]:
    kinds = [kind for kind in lab.machines for _ in range(kind.count)]
    return tuple(
        SeatMachine(
            seat, name, _address(seat, FIRST_HOST + index), kind.size, kind.image, kind.disk
        )
        for index, (name, kind) in enumerate(zip(machine_names(lab), kinds, strict=True))
    )


def _address(seat: int, host: int) -> str:
    return str(NETWORK[seat * SEAT_BLOCK + host])
