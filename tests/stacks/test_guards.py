"""What ends a lab when nobody does: armed before its machines, and it really fires."""

import pytest

from rehearsal import serve
from rehearsal.clouds.aws import policies
from rehearsal.clouds.azure.guards import STOPPED
from rehearsal.faults import Fault
from standin.stack_clone import ROOT, StackClone

pytestmark = pytest.mark.engine

MACHINES = {
    "aws-lab": "aws:ec2/instance:Instance",
    "azure-lab": "azure-native:compute:VirtualMachine",
    "gcp-lab": "gcp:compute/instance:Instance",
}
GUARDS = {
    "aws-lab": "aws:scheduler/schedule:Schedule",
    "azure-lab": "azure-native:logic:Workflow",
    "gcp-lab": "gcp:cloudscheduler/job:Job",
}
PLACES = {
    "ec2": "arn:aws:ec2:eu-west-3:1:any/x-1",
    "iam": "arn:aws:iam::1:role/dockyard-trainer-aws-lab",
    "scheduler": "arn:aws:scheduler:eu-west-3:1:schedule/default/dockyard-trainer-aws-lab",
    "servicequotas": "*",
    "sns": "*",
    "states": "*",
    "sts": "*",
    "tag": "*",
}
STACKS = ("aws-lab", "azure-lab", "gcp-lab")
LONG = ("aws-lab", *(pytest.param(one, marks=pytest.mark.slow) for one in STACKS[1:]))
"""One cloud in `make test`, all in `make test-long`."""


def cloud(stack: str) -> str:
    return stack.removesuffix("-lab")


def machines(clouds: serve.Running, stack: str) -> list[str]:
    return [one.name for one in clouds.inventory[cloud(stack)].all(MACHINES[stack])]


@pytest.mark.parametrize("stack", STACKS)
def test_it_ends_the_lab_with_nobody_there(
    stack: str, clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", stack, "--wait", "0")
    (guard,) = clouds.inventory[cloud(stack)].all(GUARDS[stack])
    made = clouds.inventory[cloud(stack)].all(MACHINES[stack])
    assert all(guard.created <= one.created for one in made)
    clouds.advance(cloud(stack), hours=8, minutes=50)
    assert len(machines(clouds, stack)) == 3
    clouds.advance(cloud(stack), hours=1, minutes=10)
    assert machines(clouds, stack) == []
    # what is left costs nothing, and is known
    clone.dockyard("down", stack, "--yes")
    assert clouds.inventory[cloud(stack)].all() == []
    if stack == "aws-lab":
        assert clouds.desks["aws"].calls
        refused = [call for call in clouds.desks["aws"].calls if not allowed(call)]
        assert refused == []


def allowed(call: str) -> bool:
    """Whether rights/aws-trainer.json lets a trainer make a call that the sweeper made."""
    policy = (ROOT / "rights" / "aws-trainer.json").read_text(encoding="utf-8")
    own = {"aws:ResourceTag/dockyard-lab": "aws-lab"}
    return any(
        policies.allowed([policy], f"{service}:{call}", arn, own) for service, arn in PLACES.items()
    )


@pytest.mark.parametrize("stack", LONG)
def test_a_guard_that_is_refused_leaves_no_machine(
    stack: str, clone: StackClone, clouds: serve.Running
) -> None:
    inventory = clouds.inventory[cloud(stack)]
    for kind in ("*", GUARDS[stack]):
        inventory.plan(Fault("create", kind, "guard", error="AccessDenied: not you", times=0))
        said = clone.dockyard("up", stack, "--wait", "0", code=1).out
        assert "not you" in said
        assert machines(clouds, stack) == []
        inventory.calm()
    inventory.plan(Fault("read", GUARDS[stack], error="AccessDenied: not even looked at"))
    clone.dockyard("up", stack, "--wait", "0", code=1)
    assert machines(clouds, stack) == []
    inventory.calm()
    clone.dockyard("up", stack, "--wait", "0")
    assert len(machines(clouds, stack)) == 3


def test_on_aws_another_owner_of_the_name_keeps_the_machines(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    text = (clone.root / "stacks" / "Pulumi.aws-lab.yaml").read_text()
    other = text.replace("owner: trainer", "owner: ada").replace("hours: 9", "hours: 20")
    (clone.root / "stacks" / "Pulumi.other.yaml").write_text(other)
    clone.dockyard("up", "other", "--wait", "0")
    clouds.advance("aws", hours=10)
    left = clouds.inventory["aws"].all(MACHINES["aws-lab"])
    assert {one.tags["dockyard-owner"] for one in left} == {"ada"}
    clouds.advance("aws", hours=11)
    assert machines(clouds, "aws-lab") == []


def test_the_cluster_and_the_registry_end_too(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "aks-lab", "--wait", "0")
    azure = clouds.inventory["azure"]
    (guard,) = azure.all(GUARDS["azure-lab"])
    products = ("containerservice:ManagedCluster", "containerregistry:Registry")
    made = [one for kind in products for one in azure.all(f"azure-native:{kind}")]
    assert len(made) == 2
    assert all(guard.created <= one.created for one in made)
    clouds.advance("azure", hours=10, minutes=1)
    assert {one.inputs.get("resourceGroupName") for one in azure.all()} == {
        "dockyard-trainer-aks-lab-guard"
    }


@pytest.mark.slow
def test_on_azure_a_lock_holds_the_group_and_the_floor_stops_the_machines(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "azure-lab", "--wait", "0")
    azure = clouds.inventory["azure"]
    azure.set(locked=["dockyard-trainer-azure-lab"])
    clouds.advance("azure", hours=12)
    assert len(machines(clouds, "azure-lab")) == 3
    clouds.advance("azure", hours=2)
    assert all(STOPPED in one.outputs for one in azure.all(MACHINES["azure-lab"]))
    azure.set(locked=[])
    clouds.advance("azure", hours=1)
    assert machines(clouds, "azure-lab") == []


@pytest.mark.slow
@pytest.mark.parametrize("stack", STACKS)
def test_without_a_guard_only_what_a_machine_carries_is_there(
    stack: str, clone: StackClone, clouds: serve.Running
) -> None:
    clone.describe(stack, lambda described: described.update(guard=False))
    clone.dockyard("up", stack, "--wait", "0")
    assert clouds.inventory[cloud(stack)].all(GUARDS[stack]) == []
    clouds.advance(cloud(stack), hours=13, minutes=1)
    assert (machines(clouds, stack) == []) == (stack == "gcp-lab")
