"""A machine that somebody deleted in the cloud's console: `up` sees it, and makes it anew."""

import pytest

from rehearsal import serve
from rehearsal.faults import Fault
from standin import slowly
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

INSTANCES = {
    "aws": "aws:ec2/instance:Instance",
    "azure": "azure-native:compute:VirtualMachine",
    "gcp": "gcp:compute/instance:Instance",
}


def ids(clouds: serve.Running, cloud: str) -> dict[str, str]:
    """The machines that the cloud has: name in the program, and id."""
    return {one.name: one.id for one in clouds.inventory[cloud].all(INSTANCES[cloud])}


def delete(clouds: serve.Running, cloud: str, host: str) -> None:
    """As a person does it who does not tell the engine."""
    found = clouds.inventory[cloud].all(INSTANCES[cloud])
    clouds.desks[cloud].delete(next(one for one in found if one.name == host))


@pytest.mark.parametrize("cloud", slowly.first("aws", "azure", "gcp"))
def test_a_machine_deleted_by_hand_is_made_anew(
    cloud: str, clone: StackClone, clouds: serve.Running
) -> None:
    stack = f"{cloud}-lab"
    clone.dockyard("up", stack, "--wait", "0")
    before = ids(clouds, cloud)
    delete(clouds, cloud, "seat02-node1")
    said = clone.dockyard("plan", stack, "--diff").out
    assert "The cloud no longer lists seat02-node1." in said
    assert f"Next: dockyard up {stack}" in said
    said = clone.dockyard("up", stack, "--wait", "0").out
    assert "Gone, deleted there or shut down from inside: seat02-node1." in said
    assert "Changes: 1 to create" in said
    assert "seat02-node1: " in said
    after = ids(clouds, cloud)
    assert set(after) == set(before)
    assert {host for host in after if after[host] == before[host]} >= {
        "seat01-node1",
        "seat03-node1",
    }
    assert "Nothing to change" in clone.dockyard("up", stack, "--wait", "0").out
    assert clone.git("status", "--short") == ""


def test_another_account_does_not_empty_the_state(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    delete(clouds, "aws", "seat02-node1")
    clouds.inventory["aws"].set(account="999999999999")
    said = clone.dockyard("up", "aws-lab", "--wait", "0", code=1).out
    assert "was made in 123456789012, but you are the AWS account 999999999999" in said
    resources = clone.state("aws-lab")["deployment"]["resources"]
    assert sum(one["type"] == INSTANCES["aws"] for one in resources) == 3


def test_a_look_that_is_refused_stops_nobody(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    refusal = "UnauthorizedOperation: You may not look."
    clouds.inventory["aws"].plan(Fault("call", "DescribeInstances", times=0, error=refusal))
    said = clone.dockyard("up", "aws-lab", "--wait", "0").out
    assert "Whether all machines are still in the cloud was not seen" in said
    assert "You may not look." in said
    assert "Nothing to change" in said
