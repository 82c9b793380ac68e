"""How long a sweep asks: while something may change, no longer. The clouds' own time passes."""

from dataclasses import dataclass, field, replace

import pytest

from dockyard.sweep import sweeping
from dockyard.sweep.clouds import open_cloud
from dockyard.sweep.sweeping import HELD, Clock, Sweep
from dockyard.sweep.things import Wanted
from rehearsal import serve
from rehearsal.faults import Fault
from standin import cloud_labs
from standin.stack_clone import StackClone

CARD = "azure-native:network:NetworkInterface"


@dataclass
class Passing(Clock):
    """Who waits lets a stand-in's clock go on; nobody really waits."""

    clouds: serve.Running
    cloud: str
    waited: list[float] = field(default_factory=list)

    def now(self) -> float:
        return sum(self.waited)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clouds.advance(self.cloud, seconds=seconds)


@pytest.fixture(autouse=True)
def _as_patient_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_FIRST", 1.0)
    monkeypatch.setattr(sweeping, "_LONGEST", 15.0)


@pytest.mark.engine
def test_a_card_that_azure_holds_for_three_minutes(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.describe("azure-lab", lambda lab: lab.update(students=1))
    clone.dockyard("up", "azure-lab", "--wait", "0")
    clouds.inventory["azure"].set(cards_held=180)
    cloud, wanted = open_cloud("azure"), Wanted("azure-lab", "trainer")
    machine_and_card = [
        replace(one, along="")  # not with their group
        for one in cloud.look(wanted).things
        if one.kind.rpartition("/")[2] in {"virtualMachines", "networkInterfaces"}
    ]
    assert len(machine_and_card) == 2
    mine = {one.id for one in machine_and_card}
    said: list[str] = []
    clock = Passing(clouds, "azure")
    sweep = Sweep(
        cloud, wanted, lambda _, text: said.append(text), of=lambda one: one.id in mine, clock=clock
    )
    outcome = sweep.run(machine_and_card)
    assert outcome.is_empty
    assert any("NicReservedForAnotherVm" in text for text in said)
    assert clouds.inventory["azure"].all(CARD) == []
    assert 170 < clock.now() < HELD  # and some seconds of ours


@pytest.mark.slow
def test_what_a_refused_machine_holds_is_not_asked_for_until_the_time_is_up(
    clouds: serve.Running,
) -> None:
    cloud_labs.make(clouds, "aws")
    protected = "OperationNotPermitted: The instance may not be terminated."
    clouds.inventory["aws"].plan(Fault("call", "TerminateInstances", times=0, error=protected))
    cloud, wanted = open_cloud("aws"), Wanted("course", "trainer")
    clock = Passing(clouds, "aws")
    outcome = Sweep(cloud, wanted, lambda *_: None, clock=clock).run(cloud.look(wanted).things)
    assert 0 < clock.now() <= HELD
    left = {one.kind: outcome.why(one) for one in outcome.left}
    assert "OperationNotPermitted" in left["machine"]
    assert "DependencyViolation" in left["network"]
