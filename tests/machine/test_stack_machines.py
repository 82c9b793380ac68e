"""`dockyard up` of a stack, the whole way: the real engine, a stand-in for the cloud's interface,
and real machines that real cloud-init hands the real user data to.
"""

import threading
from collections.abc import Iterator

import pytest

from dockyard.engine import bring
from dockyard.project import Project
from rehearsal import serve
from rehearsal.inventory import Record
from rehearsal.scene import Scene
from standin.built import run
from standin.machines import Machine, Machines
from standin.served import Mirror
from standin.stack_clone import ROOT, StackClone

pytestmark = pytest.mark.machine

BROKEN = "seat02-node1"


class Bound:
    """Every instance is a machine, which has the address that the cloud says."""

    def __init__(self, image: str) -> None:
        self.image = image
        self.machines: dict[str, Machine] = {}
        self.faulty = True
        self._one = threading.Lock()

    def address(self, scene: Scene) -> str:
        text = str(scene.inputs["userData"])
        if scene.name == BROKEN and self.faulty:
            text = text.replace("\nUSERS=", "\nVERSION=99\nUSERS=")
        with self._one:
            self.machines[scene.name] = Machine.start(self.image, user_data=text)
        return self.machines[scene.name].address

    def happened(self, what: str, record: Record) -> None:
        if what == "delete" and record.name in self.machines:
            machine = self.machines.pop(record.name)
            run("docker", "rm", "--force", "--volumes", machine.id)

    def console(self, record: Record) -> str:
        return run("docker", "logs", self.machines[record.name].id)


@pytest.fixture(scope="module")
def bound(machines: Machines) -> Bound:
    return Bound(machines.images["debian-13"])


@pytest.fixture(scope="module")
def clone(
    bound: Bound, mirror: Mirror, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StackClone]:
    """A clone whose aws-lab has two students and a key that opens."""
    folder = tmp_path_factory.mktemp("stack")
    with serve.running("aws", hooks=bound) as clouds:
        made = StackClone.make(folder, bring.ensure(Project(ROOT)), clouds.environment)
        key = made.home / ".ssh" / "id_ed25519"
        key.with_suffix(".pub").unlink()
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
        made.describe(
            "aws-lab", lambda described: described.update(students=2, docker=mirror.docker())
        )
        yield made


def test_one_machine_that_fails_is_named_with_its_step(clone: StackClone) -> None:
    said = clone.dockyard("up", "aws-lab", "--wait", "1.7", code=5).out
    assert "✓ ready   seat01-node1" in said
    assert f"✗ failed  {BROKEN}" in said
    assert "failed at docker: " in said
    assert f"1 of 2 machines not ready: {BROKEN}" in said


def test_status_and_exec_reach_the_machines(clone: StackClone, bound: Bound) -> None:
    said = clone.dockyard("status", "aws-lab").out
    assert f"seat01-node1  {bound.machines['seat01-node1'].address}" in said
    said = clone.dockyard("exec", "aws-lab", "--only", "1", "docker ps").out
    assert "seat01-node1: CONTAINER ID" in said


def test_made_anew_it_is_ready(clone: StackClone, bound: Bound) -> None:
    bound.faulty = False
    (urn,) = [
        one["urn"]
        for one in clone.state("aws-lab")["deployment"]["resources"]
        if one["urn"].endswith(f"Instance::{BROKEN}")
    ]
    clone.pulumi("up", "--yes", "--skip-preview", "-s", "aws-lab", "--replace", urn)
    said = clone.dockyard("up", "aws-lab", "--wait", "1.7").out
    assert "Nothing to change: aws-lab is as it is described." in said
    assert f"✓ ready  {BROKEN}" in said
    assert "Get in:    dockyard ssh aws-lab SEAT" in said
    assert clone.dockyard("check", "aws-lab").out.count("✓ ready") == 2


def test_down_leaves_no_machine(clone: StackClone, bound: Bound) -> None:
    clone.dockyard("down", "aws-lab", "--yes")
    assert bound.machines == {}
