"""What every maker is handed: the description, and what is decided once for the whole lab."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pulumi

from dockyard import clouds
from dockyard.errors import DockyardError
from dockyard.public_keys import student_key
from dockyard.seats import SSH_PORT, Seat, SeatMachine, seats
from dockyard.spec import LabSpec
from dockyard.user_data import UserData
from stacks.before import Before
from stacks.failed import or_nothing


@dataclass(frozen=True)
class Made:
    """A machine as its maker hands it back: the cloud's own id, and where it is reached."""

    machine: SeatMachine
    id: pulumi.Input[str]
    address: pulumi.Input[str]
    identity: pulumi.Input[str] | None = None
    """What is another when the machine is made anew; None: the id is."""

    def result(self, facts: clouds.Facts) -> dict[str, object]:
        """Its entry in the exported `lab`."""
        # one that is being made has none yet
        address = pulumi.Output.from_input(self.address).apply(lambda found: found or "")
        return {
            "seat": self.machine.seat,
            "host": self.machine.host,
            "private": self.machine.address,
            "id": or_nothing(self.id),
            "address": or_nothing(address),
            "user": facts.login,
            "size": facts.size(self.machine.size),
            **({"identity": or_nothing(self.identity)} if self.identity is not None else {}),
        }


@dataclass(frozen=True, eq=False)
class Making:
    """One lab that is being made.

    `made`, `expires` and `latest` are in epoch seconds, `cidrs` are who may connect, `kept` is the
    folder of what the lab keeps on this computer.
    """

    lab: LabSpec
    before: Before
    made: int
    expires: int
    latest: int
    cidrs: list[str]
    provision: Path
    kept: Path
    images: dict[str, pulumi.Input[str]] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    """What else a maker has the exported `lab` say, to be read back by `before`."""
    guards: list[pulumi.Resource] = field(default_factory=list)
    """What must be there before anything that costs money."""

    def __post_init__(self) -> None:
        """All that can be wrong is known before anything is made."""
        self._refuse_moves()
        _ = self._user_data

    def _refuse_moves(self) -> None:
        """A cloud makes no machine at an address that another one has, and Pulumi makes first."""
        for seat in self.seats:
            for machine in seat.machines:
                there = self.before.hosts.get(machine.address, machine.host)
                if there != machine.host:
                    raise DockyardError(
                        f"{machine.host} would get the address {machine.address} of {there}: "
                        "machines can't be renamed or change places while the lab is there.",
                        "Take it down first (dockyard down LAB), or name them as they were.",
                    )

    def lasting_image(
        self, meaning: str, current: Callable[[], pulumi.Output[str]]
    ) -> pulumi.Input[str]:
        """What `meaning` was when the lab was made; `current` is asked when it is made now.

        A cloud's newest image moves on in the middle of a course; no machine is replaced for that.
        """
        known = self.before.images.get(meaning) if self.before.region == self.region else None
        self.images[meaning] = known or current()
        return self.images[meaning]

    @cached_property
    def seats(self) -> tuple[Seat, ...]:
        return seats(self.lab)

    @cached_property
    def facts(self) -> clouds.Facts:
        return clouds.load(self.lab.target)

    @property
    def region(self) -> str:
        return self.lab.region or self.facts.default_region

    @property
    def prefix(self) -> str:
        """A lab is (owner, name): what the cloud wants unique begins with both."""
        return f"{self.lab.owner}-{self.lab.name}"

    @property
    def ports(self) -> list[str]:
        """What is open to `cidrs`: ports, or ranges as `8000-8100`."""
        return [str(port) for port in (SSH_PORT, *self.lab.access.ports)]

    @cached_property
    def identity(self) -> dict[str, str]:
        """The tags that never change, for what is replaced when a tag of it does."""
        return {"dockyard-lab": self.lab.name, "dockyard-owner": self.lab.owner or ""}

    @property
    def whose(self) -> str:
        """For the description of what takes no tags; the sweep reads it."""
        return " ".join(f"{key}={value}" for key, value in self.identity.items())

    @cached_property
    def tags(self) -> dict[str, str]:
        """On everything that takes tags, so that a lab is found without its state."""
        return {**self.lab.tags, **self.identity, "dockyard-expires": str(self.expires)}

    def named(self, name: str) -> dict[str, str]:
        """The tags of one that a person looks at by name."""
        return {**self.tags, "Name": f"{self.prefix}-{name}"}

    def user_data(self, machine: SeatMachine) -> str:
        """The same text on every target."""
        return self._user_data[machine.host]

    @cached_property
    def _user_data(self) -> dict[str, str]:
        """Of every machine, by its host name."""
        made = UserData(self.provision)
        return {
            machine.host: made.of(self.lab, seat, machine, self._student_key(seat))
            for seat in self.seats
            for machine in seat.machines
        }

    def _student_key(self, seat: Seat) -> str:
        if not self.lab.access.per_student_keys:
            return ""
        key = student_key(self.kept / "keys", seat.name)
        if not key:
            raise DockyardError(
                f"The lab has a key for each student, but {seat.name} has none yet.",
                "Make the missing ones: dockyard keys LAB",
            )
        return key
