"""What can happen to one lab, in any order: made, killed, its state lost, swept, taken down.

A history is drawn by its number, so that one that failed is played again by it, alone. Whenever
Dockyard says that nothing is left, the stand-in's own inventory must say so, too.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rehearsal import serve
from rehearsal.faults import Fault
from rehearsal.inventory import Record
from standin.killed import kill_when
from standin.stack_clone import StackClone

ACCOUNTS = {
    "aws": "123456789012",
    "azure": "11111111-2222-3333-4444-555555555555",
    "gcp": "course",
}
SLOW = 0.2
"""Seconds of each creation while the engine is killed: so that it is killed in the middle."""


@dataclass(frozen=True)
class History:
    """A cloud, and what happens, each with a number that says how much of it."""

    cloud: str
    steps: tuple[tuple[str, int], ...]

    @classmethod
    def drawn(cls, number: int) -> "History":
        """Always the same one of a number."""
        chance = random.Random(number)  # noqa: S311 - no secret
        cloud = chance.choice(sorted(ACCOUNTS))
        first = (chance.choice(["up", "kill"]), 7)
        more = [
            (chance.choice(sorted(HAPPENS)), chance.randint(0, 12))
            for _ in range(chance.randint(1, 4))
        ]
        return cls(cloud, (first, *more))

    def __str__(self) -> str:
        """As a test is named."""
        return " ".join([self.cloud, *(f"{what}-{number}" for what, number in self.steps)])


@dataclass
class Story:
    """One lab while things happen to it."""

    cloud: str
    clone: StackClone
    clouds: serve.Running

    @property
    def stack(self) -> str:
        return f"{self.cloud}-lab"

    @property
    def there(self) -> list[Record]:
        return self.clouds.inventory[self.cloud].all()

    def play(self, history: History) -> None:
        """However it goes, a person comes to nothing with three words."""
        self.clone.describe(self.stack, lambda lab: lab.update(students=1))
        self.clone.pulumi("stack", "init", self.stack)
        for happens, number in history.steps:
            HAPPENS[happens](self, number)
        self.recover(0)
        self.down(0)
        self.sweep(0)
        assert self.there == []

    def type(self, *words: str) -> tuple[int, str]:
        said = self.clone.dockyard(*words, code=None)
        return said.code, said.out

    # --- what happens ---------------------------------------------------------------------------

    def up(self, _: int) -> None:
        self.type("up", self.stack, "--wait", "0", "--yes")

    def plain_up(self, _: int) -> None:
        """What a person types who knows Pulumi alone; it may forget what was cut off."""
        self.clone.pulumi("cancel", "--yes", "-s", self.stack, code=None)
        self.clone.pulumi("up", "--yes", "--skip-preview", "-s", self.stack, code=None)

    def grow(self, number: int) -> None:
        self.clone.describe(self.stack, lambda lab: lab.update(students=1 + number % 3))
        self.up(0)

    def kill(self, number: int) -> None:
        """With -9, as soon as there are so many things more."""
        inventory, before = self.clouds.inventory[self.cloud], len(self.there)
        inventory.plan(Fault("create", delay=SLOW, times=0))
        words = ["up", "--yes", "--skip-preview", "-s", self.stack]
        kill_when(self.clone, words, lambda: len(self.there) > before + number)
        inventory.calm()

    def kill_down(self, number: int) -> None:
        inventory, before = self.clouds.inventory[self.cloud], len(self.there)
        inventory.plan(Fault("delete", delay=SLOW, times=0))
        words = ["destroy", "--yes", "--skip-preview", "-s", self.stack]
        kill_when(self.clone, words, lambda: len(self.there) < before - number)
        inventory.calm()

    def truncate(self, number: int) -> None:
        for file in self._states(""):
            text = file.read_text("utf-8")
            file.write_text(text[: len(text) * (number % 10) // 10], "utf-8")

    def lose(self, _: int) -> None:
        for file in self._states("*"):
            file.unlink()

    def clock(self, number: int) -> None:
        self.clouds.advance(self.cloud, hours=number)

    def recover(self, _: int) -> None:
        self.type("recover", self.stack, "--yes", "--take-over")

    def down(self, _: int) -> None:
        code, _said = self.type("down", self.stack, "--yes", "--wait", "0.3")
        if code == 0:
            assert self.there == []

    def sweep(self, _: int) -> None:
        words = ("--cloud", self.cloud, "--yes", "--confirm", ACCOUNTS[self.cloud], "--wait", "0.3")
        code, _said = self.type("sweep", *words)
        if code == 0:
            assert self.there == []

    def _states(self, ends: str) -> list[Path]:
        folder = self.clone.root.parent / "state" / ".pulumi" / "stacks" / "dockyard"
        return [one for one in folder.glob(f"{self.stack}.json{ends}") if one.is_file()]


HAPPENS: dict[str, Callable[[Story, int], None]] = {
    "clock": Story.clock,
    "down": Story.down,
    "grow": Story.grow,
    "kill": Story.kill,
    "kill_down": Story.kill_down,
    "lose": Story.lose,
    "plain_up": Story.plain_up,
    "recover": Story.recover,
    "sweep": Story.sweep,
    "truncate": Story.truncate,
    "up": Story.up,
}
