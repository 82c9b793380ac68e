"""What every maker is handed: the description, and what is decided once for the whole lab."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pulumi

from dockyard import clouds
from dockyard.errors import DockyardError
from dockyard.public_keys import student_key
from dockyard.seats import Seat, SeatMachine, seats
from dockyard.spec import LabSpec
from dockyard.user_data import UserData
from stacks.before import Before
from stacks.failed import or_nothing

SSH = 22


@dataclass(frozen=True)
class Made:
    """A machine as its maker hands it back: the cloud's own id, and where it is reached."""

    machine: SeatMachine
    id: pulumi.Input[str]
    address: pulumi.Input[str]

    def result(self, user: str) -> dict[str, object]:
        """Its entry in the exported `lab`."""
        return {
            "seat": self.machine.seat,
            "host": self.machine.host,
            "private": self.machine.address,
            "id": or_nothing(self.id),
            "address": or_nothing(self.address),
            "user": user,
        }


@dataclass(frozen=True, eq=False)
class Making:
    """One lab that is being made.

    `expires` is in epoch seconds, `cidrs` are who may connect, `kept` is the folder of what the
    lab keeps on this computer.
    """

    lab: LabSpec
    before: Before
    expires: int
    cidrs: list[str]
    provision: Path
    kept: Path
    images: dict[str, pulumi.Input[str]] = field(default_factory=dict)

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
        return [str(port) for port in (SSH, *self.lab.access.ports)]

    @cached_property
    def lasting_tags(self) -> dict[str, str]:
        """Those that never change, for what is replaced when a tag of it changes."""
        own = {"dockyard-lab": self.lab.name, "dockyard-owner": self.lab.owner or ""}
        return {**self.lab.tags, **own}

    @cached_property
    def tags(self) -> dict[str, str]:
        """On everything that takes tags, so that a lab is found without its state."""
        return {**self.lasting_tags, "dockyard-expires": str(self.expires)}

    def named(self, name: str) -> dict[str, str]:
        """The tags of one that a person looks at by name."""
        return {**self.tags, "Name": f"{self.prefix}-{name}"}

    @cached_property
    def _user_data(self) -> UserData:
        return UserData(self.provision)

    def user_data(self, seat: Seat, machine: SeatMachine) -> str:
        """The same text on every target."""
        key = ""
        if self.lab.access.per_student_keys:
            key = student_key(self.kept / "keys", seat.name)
            if not key:
                raise DockyardError(
                    f"The lab has a key for each student, but {seat.name} has none yet.",
                    "Make the missing ones: dockyard keys LAB",
                )
        return self._user_data.of(self.lab, seat, machine, key)
