"""Random histories of a lab, on the real engine: whenever Dockyard says empty, it is empty.

`make soak` plays 200 of them (DOCKYARD_HISTORIES), the other tests a few. One that fails is kept by
hypothesis in .hypothesis/ and played first the next time; it then becomes an @example here.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dockyard.engine.cli import Engine
from rehearsal import serve
from rehearsal.faults import Fault
from rehearsal.inventory import Record
from standin.killed import kill_when
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

HOW_MANY = int(os.environ.get("DOCKYARD_HISTORIES", "1"))
ACCOUNTS = {
    "aws": "123456789012",
    "azure": "11111111-2222-3333-4444-555555555555",
    "gcp": "course",
}
GUARDS = ("aws:iam/", "aws:scheduler/", "gcp:service", "gcp:projects/", "gcp:workflows/")
GUARDS += ("gcp:cloudscheduler/",)
"""What a sweep leaves to the state: a guard costs nothing, and goes by `down`."""


@dataclass
class Story:
    """One lab while things happen to it."""

    cloud: str
    clone: StackClone
    clouds: serve.Running
    lost: bool = False
    """its state, and with it what names a guard of AWS or Google"""

    @property
    def stack(self) -> str:
        return f"{self.cloud}-lab"

    @property
    def there(self) -> list[Record]:
        return self.clouds.inventory[self.cloud].all()

    def type(self, *words: str) -> tuple[int, str]:
        said = self.clone.dockyard(*words, code=None)
        return said.code, said.out

    # --- what happens ---------------------------------------------------------------------------

    def up(self, _: int) -> None:
        self.type("up", self.stack, "--wait", "0", "--yes")

    def grow(self, number: int) -> None:
        self.clone.describe(self.stack, lambda lab: lab.update(students=1 + number % 3))
        self.up(0)

    def kill(self, number: int) -> None:
        """With -9, as soon as there are so many things more."""
        inventory, before = self.clouds.inventory[self.cloud], len(self.there)
        inventory.plan(Fault("create", delay=0.3, times=0))
        words = ["up", "--yes", "--skip-preview", "-s", self.stack]
        kill_when(self.clone, words, lambda: len(self.there) > before + number)
        inventory.calm()

    def kill_down(self, number: int) -> None:
        inventory, before = self.clouds.inventory[self.cloud], len(self.there)
        inventory.plan(Fault("delete", delay=0.3, times=0))
        words = ["destroy", "--yes", "--skip-preview", "-s", self.stack]
        kill_when(self.clone, words, lambda: len(self.there) < before - number)
        inventory.calm()

    def truncate(self, number: int) -> None:
        for file in self._states(""):
            text = file.read_text("utf-8")
            file.write_text(text[: len(text) * (number % 10) // 10], "utf-8")

    def lose(self, _: int) -> None:
        for file in self._states("*"):
            self.lost = True
            file.unlink()

    def clock(self, number: int) -> None:
        self.clouds.advance(self.cloud, hours=number)

    def recover(self, _: int) -> None:
        self.type("recover", self.stack, "--yes", "--take-over")

    def down(self, _: int) -> None:
        code, _said = self.type("down", self.stack, "--yes")
        if code == 0 and not self.lost:
            assert self.there == []
        elif code == 0:
            assert self.machines() == []

    def sweep(self, _: int) -> None:
        words = ("--cloud", self.cloud, "--yes", "--confirm", ACCOUNTS[self.cloud], "--wait", "0.3")
        code, _said = self.type("sweep", *words)
        if code == 0:
            assert self.machines() == []

    def machines(self) -> list[Record]:
        """All that is no guard."""
        return [one for one in self.there if not one.kind.startswith(GUARDS)]

    def end(self) -> None:
        """However it went, a person comes to nothing with three words."""
        self.recover(0)
        self.down(0)
        self.sweep(0)
        assert self.machines() == []

    def _states(self, ends: str) -> list[Path]:
        folder = self.clone.root.parent / "state" / ".pulumi" / "stacks" / "dockyard"
        return [one for one in folder.glob(f"{self.stack}.json{ends}") if one.is_file()]


HAPPENS: dict[str, Callable[[Story, int], None]] = {
    "up": Story.up,
    "grow": Story.grow,
    "kill": Story.kill,
    "kill down": Story.kill_down,
    "truncate": Story.truncate,
    "lose": Story.lose,
    "clock": Story.clock,
    "recover": Story.recover,
    "down": Story.down,
    "sweep": Story.sweep,
}
STEPS = st.tuples(st.sampled_from(sorted(HAPPENS)), st.integers(0, 12))


@settings(
    max_examples=HOW_MANY,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    report_multiple_bugs=False,
)
@given(
    cloud=st.sampled_from(sorted(ACCOUNTS)),
    first=st.sampled_from(["up", "kill"]),
    steps=st.lists(STEPS, min_size=1, max_size=4),
)
@example(cloud="aws", first="kill", steps=[("kill", 9), ("down", 0)])
@example(cloud="azure", first="up", steps=[("lose", 0), ("up", 0), ("sweep", 0)])
def test_what_is_called_empty_is_empty(
    engine: Engine, cloud: str, first: str, steps: list[tuple[str, int]]
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        serve.running("aws", "azure", "gcp") as clouds,
    ):
        story = Story(cloud, StackClone.make(Path(folder), engine, clouds.environment), clouds)
        story.clone.describe(story.stack, lambda lab: lab.update(students=1))
        story.clone.pulumi("stack", "init", story.stack)
        for happens, number in [(first, 7), *steps]:
            HAPPENS[happens](story, number)
        story.end()
