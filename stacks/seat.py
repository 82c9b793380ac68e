"""A seat as Pulumi sees it: what belongs to one student comes and goes together."""

from typing import Any

import pulumi

from dockyard.seats import SEAT_TYPE, Seat
from stacks.making import Made


class SeatResource(pulumi.ComponentResource):
    """The parent of all that a seat has; its name never depends on how many seats there are."""

    def __init__(self, seat: Seat, provider: pulumi.ProviderResource | None = None) -> None:
        options = pulumi.ResourceOptions(providers=[provider] if provider else None)
        super().__init__(SEAT_TYPE, seat.name, {}, options)
        self.seat = seat

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """The options of a resource that belongs to this seat."""
        return pulumi.ResourceOptions(parent=self, **options)

    def done(self, made: list[Made]) -> list[Made]:
        """Says that all of the seat is declared.

        Nothing that a machine must be made for: the engine writes the whole state for it, early
        when it is small, and not once more for each seat when it holds hundreds of machines.
        """
        self.register_outputs({one.machine.host: one.machine.address for one in made})
        return made
