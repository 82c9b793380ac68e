"""Deletes in the cloud's order, asks again what is in use, and then looks whether all is gone."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from dockyard import at_once
from dockyard.errors import DockyardError
from dockyard.sweep.things import (
    BusyError,
    Cloud,
    CloudError,
    CredentialsError,
    Look,
    Thing,
    Wanted,
)

AT_ONCE = 12
"""Calls at a time: below the clouds' own limits, which their SDKs keep to besides."""
PATIENCE = 900.0
"""Seconds for what is in use: an address or a card is let go minutes after its machine."""
HELD = 200.0
"""Seconds that a cloud keeps what another one let go, and some more: Azure's card, 180."""
_FIRST, _LONGEST = 1.0, 15.0

Told = Callable[[str, str], None]
"""Gets a thing's name and what happened to it."""


class Clock:
    """Time, as it passes for a sweep; a test lets a stand-in's pass."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass
class Outcome:
    """What a sweep did: `left` is what a look afterwards still saw, with the reason if known."""

    deleted: list[Thing] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    """the ids of what the cloud agreed to delete"""
    refused: dict[str, str] = field(default_factory=dict)
    look: Look = field(default_factory=lambda: Look((), (), ()))

    @property
    def left(self) -> list[Thing]:
        return list(self.look.things)

    def why(self, thing: Thing) -> str:
        """Why it is still there."""
        known = thing.by_hand or self.refused.get(thing.id, "")
        return known or ("it is still being deleted" if thing.going else "")

    def is_gone(self, thing: Thing) -> bool:
        """Not seen any more; where nobody could look, what the cloud agreed to delete alone."""
        if self.look.failed and not self.taken & {thing.id, thing.along}:
            return False
        return thing.id not in {one.id for one in self.look.things}

    @property
    def is_empty(self) -> bool:
        """Nothing is left, and every look for it succeeded."""
        return not self.look.things and not self.look.failed


@dataclass(frozen=True)
class Sweep:
    """One cloud being swept of some labs; `of` says which of what is seen afterwards are meant."""

    cloud: Cloud
    wanted: Wanted
    told: Told
    patience: float = PATIENCE
    of: Callable[[Thing], bool] = lambda _: True
    clock: Clock = field(default_factory=Clock)

    def run(self, things: Iterable[Thing]) -> Outcome:
        """Deletes the things, then looks again.

        Raises CredentialsError when the cloud no longer knows who asks; what was deleted stays so.
        """
        outcome = Outcome()
        end = self.clock.now() + self.patience
        listed = list(things)
        for stage in sorted({one.stage for one in listed}):
            mine = [one for one in listed if one.stage == stage and _ours(one)]
            if self._delete(mine, outcome, end):
                # what it holds is in use for good; what others held is let go by then
                end = min(end, self.clock.now() + HELD)
        asked = {one.id for one in listed if not one.by_hand}

        def hoped(thing: Thing) -> bool:
            return thing.id in asked and (thing.along or thing.id) not in outcome.refused

        outcome.look = self.look(end, hoped)
        outcome.deleted = [one for one in listed if outcome.is_gone(one)]
        return outcome

    def look(self, end: float = 0.0, hoped: Callable[[Thing], bool] = lambda _: False) -> Look:
        """Looks until nothing is there but what stays: lists may be late, deletions take time."""
        pause = _FIRST
        while True:
            look = self.cloud.look(self.wanted)
            things = tuple(one for one in look.things if self.of(one))
            coming = any(one.going or hoped(one) for one in things)
            if not coming or look.failed or self.clock.now() + pause > end:
                return Look(things, look.asked, look.unseen, look.failed)
            self.clock.wait(pause)
            pause = min(pause * 2, _LONGEST)

    def _delete(self, things: Sequence[Thing], outcome: Outcome, end: float) -> bool:
        """Rounds: what is in use is asked again, later and later, until the end.

        Whether something was refused for good.
        """
        refused = False
        pause = _FIRST
        left = self.cloud.batches(things)
        while left:
            with at_once.pool(AT_ONCE) as pool:
                said = list(pool.map(self._try, left))
            late = self.clock.now() + pause > end
            again: list[Sequence[Thing]] = []
            for batch, error in zip(left, said, strict=True):
                if isinstance(error, CredentialsError):
                    raise error
                if isinstance(error, BusyError) and not late:
                    again.append(batch)
                refused |= bool(error) and not isinstance(error, BusyError)
                self._note(batch, error, outcome)
            left = again
            if left:
                self.clock.wait(pause)
                pause = min(pause * 2, _LONGEST)
        return refused

    def _note(self, batch: Sequence[Thing], error: DockyardError | None, outcome: Outcome) -> None:
        for one in batch:
            if error is None:
                outcome.taken.add(one.id)
                outcome.refused.pop(one.id, None)
                self.told(one.name or one.id, f"{one.kind} deleted")
            else:
                outcome.refused[one.id] = error.message
                self.told(one.name or one.id, f"{one.kind}: {error.message}")

    def _try(self, batch: Sequence[Thing]) -> DockyardError | None:
        try:
            self.cloud.delete(batch)
        except (CloudError, CredentialsError) as error:
            return error
        return None


def _ours(thing: Thing) -> bool:
    return not (thing.along or thing.by_hand or thing.going)
