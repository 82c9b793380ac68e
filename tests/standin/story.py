"""A history, played: on the real engine, before a stand-in cloud, by one trainer or by two.

Whenever Dockyard says that nothing is left, the stand-in's own inventory must say so, too; and
nobody's words touch what is the other's. However it goes, three words bring each one to nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rehearsal import serve
from rehearsal.faults import Fault
from rehearsal.inventory import Record
from standin.history import History, Step
from standin.killed import kill_when
from standin.stack_clone import StackClone

CLOUDS = {"aws": "aws", "azure": "azure", "gcp": "gcp", "aks": "azure"}
ACCOUNTS = {
    "aws": "123456789012",
    "azure": "11111111-2222-3333-4444-555555555555",
    "gcp": "course",
}
OWNERS = ("ada", "grace")
SLOW = 0.2
"""Seconds of each call while the engine is killed: so that it is killed in the middle."""
HOURS = 9
"""A lab's life, as its description has it."""
_MUTE = ("diagnosticEvent",)
"""Events that tell a person something, and change nothing."""

Key = tuple[str, str, str]


@dataclass
class Trainer:
    """Who has a lab, and what the cloud has of it."""

    owner: str
    clone: StackClone
    students: int = 1
    mine: set[Key] = field(default_factory=set)
    before: list[dict[Path, bytes]] = field(default_factory=list)
    """the state's files, as they were after each step"""


@dataclass
class Story:
    """Two trainers, one account, one lab's name."""

    lab: str
    trainers: Sequence[Trainer]
    clouds: serve.Running
    clock: Path
    """The trainers' clock: seconds that it goes ahead, as the cloud's does."""
    hours: int = 0

    @classmethod
    def tell(cls, history: History, clones: Sequence[StackClone]) -> None:
        """Plays it; fails where it came out otherwise than Dockyard said."""
        cloud = CLOUDS[history.lab]
        with serve.running(cloud) as clouds:
            clock = clones[0].root.parent / "clock"
            clock.write_text("0", "ascii")
            known = {**clouds.environment, "DOCKYARD_CLOCK": str(clock)}
            trainers = [
                Trainer(owner, clone.anew(known))
                for owner, clone in zip(OWNERS, clones, strict=True)
            ]
            cls(history.lab, trainers, clouds, clock).play(history)

    def play(self, history: History) -> None:
        here = [self.trainers[one] for one in sorted({step.other for step in history.steps})]
        for trainer in here:
            self._describe(trainer)
        for step in history.steps:
            self.take(step)
        for trainer in here:
            for word in ("recover", "down"):
                self.take(Step(word, other=trainer is self.trainers[1]))
        self.take(Step("sweep_all"))
        self._judge("the end")

    def take(self, step: Step) -> None:
        """One step; what is new in the cloud is of who took it, what is gone was theirs."""
        trainer, other = self.trainers[step.other], self.trainers[not step.other]
        before = self.there
        HAPPENS[step.word](self, trainer, step.number or 0)
        trainer.mine |= self.there.keys() - before.keys()
        trainer.before.append({file: file.read_bytes() for file in self._states(trainer)})
        if step.word != "sweep_all" and self.hours < HOURS:
            touched = (before.keys() & other.mine) - self.there.keys()
            assert not touched, f"{trainer.owner}'s `{step}` took {other.owner}'s {sorted(touched)}"

    # --- what there is --------------------------------------------------------------------------

    @property
    def cloud(self) -> str:
        return CLOUDS[self.lab]

    @property
    def stack(self) -> str:
        return f"{self.lab}-lab"

    @property
    def there(self) -> Mapping[Key, Record]:
        every = self.clouds.inventory[self.cloud].all()
        return {(one.kind, one.scope, one.id): one for one in every}

    def _judge(self, called: str, mine: set[Key] | None = None) -> None:
        """Fails with all that is there, of everybody or of one trainer."""
        left = sorted(self.there.keys() if mine is None else self.there.keys() & mine)
        assert not left, f"`{called}` called it empty, and there is {left}"

    def _states(self, trainer: Trainer, ends: str = "") -> list[Path]:
        folder = trainer.clone.root.parent / "state" / ".pulumi" / "stacks" / "dockyard"
        return [one for one in folder.glob(f"{self.stack}.json{ends}") if one.is_file()]

    def _describe(self, trainer: Trainer) -> None:
        """A student more is a node more where there is a cluster."""

        def write(lab: dict[str, object]) -> None:
            lab["owner"] = trainer.owner
            if isinstance(cluster := lab.get("cluster"), dict):
                cluster["nodes"] = trainer.students
            else:
                lab["students"] = trainer.students

        trainer.clone.describe(self.stack, write)

    def _type(self, trainer: Trainer, *words: str) -> tuple[int, str]:
        said = trainer.clone.dockyard(*words, code=None)
        return said.code, said.out

    def _init(self, trainer: Trainer) -> None:
        """What plain `pulumi` wants once."""
        if not self._states(trainer):
            trainer.clone.pulumi("stack", "init", self.stack, code=None)

    # --- what happens ---------------------------------------------------------------------------

    def up(self, trainer: Trainer, _: int) -> None:
        self._type(trainer, "up", self.stack, "--wait", "0", "--yes")

    def plain_up(self, trainer: Trainer, _: int) -> None:
        """What a person types who knows Pulumi alone; it may forget what was cut off."""
        self._init(trainer)
        trainer.clone.pulumi("cancel", "--yes", "-s", self.stack, code=None)
        trainer.clone.pulumi("up", "--yes", "--skip-preview", "-s", self.stack, code=None)

    def grow(self, trainer: Trainer, students: int) -> None:
        """To so many students, or fewer."""
        trainer.students = students
        self._describe(trainer)
        self.up(trainer, 0)

    def extend(self, trainer: Trainer, hours: int) -> None:
        self._type(trainer, "extend", self.stack, f"{hours}h")

    def kill(self, trainer: Trainer, events: int) -> None:
        """Making the lab, with -9, at so many events of the engine."""
        self._kill(trainer, "up", "create", events)

    def kill_down(self, trainer: Trainer, events: int) -> None:
        self._kill(trainer, "destroy", "delete", events)

    def kill_making(self, trainer: Trainer, things: int) -> None:
        """As soon as the cloud has more than so many things more, which no state knows yet."""
        before = len(self.there)
        self._kill(trainer, "up", "create", None, lambda: len(self.there) > before + things)

    def _kill(
        self,
        trainer: Trainer,
        word: str,
        slow: str,
        events: int | None,
        due: Callable[[], bool] | None = None,
    ) -> None:
        self._init(trainer)
        log = trainer.clone.root.parent / "events"
        log.unlink(missing_ok=True)
        words = [word, "--yes", "--skip-preview", "-s", self.stack, "--event-log", str(log)]
        told = {**trainer.clone.environment, "PULUMI_DEBUG_COMMANDS": "true"}
        inventory = self.clouds.inventory[self.cloud]
        inventory.plan(Fault(slow, delay=SLOW, times=0))
        due = due or (lambda: _events(log) >= (events or 0))
        kill_when(replace(trainer.clone, environment=told), words, due, more=3 * SLOW)
        inventory.calm()

    def truncate(self, trainer: Trainer, tenths: int) -> None:
        """So many tenths of the state are left."""
        for file in self._states(trainer):
            raw = file.read_bytes()
            file.write_bytes(raw[: len(raw) * tenths // 10])

    def lose(self, trainer: Trainer, _: int) -> None:
        for file in self._states(trainer, "*"):
            file.unlink()

    def older(self, trainer: Trainer, steps: int) -> None:
        """A copy of the state is put back, as it was so many steps of this trainer ago."""
        self.lose(trainer, 0)
        for file, raw in dict(*trainer.before[-1 - steps :][:1]).items():
            file.write_bytes(raw)

    def laptop(self, trainer: Trainer, _: int) -> None:
        """It is gone with all that was on it; another one has a clone and the description."""
        trainer.clone = trainer.clone.anew({})
        self._describe(trainer)

    def clock_on(self, _: Trainer, hours: int) -> None:
        """With nothing of Dockyard running; the cloud ends what is due."""
        self.hours += hours
        self.clock.write_text(str(self.hours * 3600), "ascii")
        self.clouds.advance(self.cloud, hours=hours)

    def recover(self, trainer: Trainer, _: int) -> None:
        _code, said = self._type(trainer, "recover", self.stack, "--yes", "--take-over")
        if "neither in the state nor in the cloud" in said:
            self._judge("recover", trainer.mine)

    def down(self, trainer: Trainer, _: int) -> None:
        code, _said = self._type(trainer, "down", self.stack, "--yes", "--wait", "0.3")
        if code == 0:
            self._judge("down", trainer.mine)

    def sweep(self, trainer: Trainer, _: int) -> None:
        if self._sweep(trainer, "--lab", self.stack, "--owner", trainer.owner) == 0:
            self._judge("sweep", trainer.mine)

    def sweep_all(self, trainer: Trainer, _: int) -> None:
        """Everybody's."""
        if self._sweep(trainer) == 0:
            self._judge("sweep_all")

    def _sweep(self, trainer: Trainer, *which: str) -> int:
        words = ("--cloud", self.cloud, "--yes", "--confirm", ACCOUNTS[self.cloud], "--wait", "0.3")
        return self._type(trainer, "sweep", *words, *which)[0]


def _events(log: Path) -> int:
    """How many that change something were written."""
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    return sum(not any(f'"{one}"' in line for one in _MUTE) for line in lines)


HAPPENS: dict[str, Callable[[Story, Trainer, int], None]] = {
    "clock": Story.clock_on,
    "down": Story.down,
    "extend": Story.extend,
    "grow": Story.grow,
    "kill": Story.kill,
    "kill_down": Story.kill_down,
    "kill_making": Story.kill_making,
    "laptop": Story.laptop,
    "lose": Story.lose,
    "older": Story.older,
    "plain_up": Story.plain_up,
    "recover": Story.recover,
    "sweep": Story.sweep,
    "sweep_all": Story.sweep_all,
    "truncate": Story.truncate,
    "up": Story.up,
}
