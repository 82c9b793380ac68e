"""Who is told when what ends a lab fails, with every Dockyard process dead."""

import json
from dataclasses import replace

import pytest

from rehearsal import serve
from rehearsal.clouds import aws, azure, gcp
from rehearsal.clouds.aws.roles import POLICY as AWS_RIGHT
from rehearsal.clouds.azure.guards import APP
from rehearsal.clouds.azure.registry import ROLE as AZURE_RIGHT
from rehearsal.clouds.gcp.roles import MEMBER as GCP_RIGHT
from rehearsal.faults import Fault
from rehearsal.inventory import Inventory, Record
from standin import slowly
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

ADA = "ada@example.org"
MACHINES = {
    "aws-lab": "aws:ec2/instance:Instance",
    "azure-lab": "azure-native:compute:VirtualMachine",
    "gcp-lab": "gcp:compute/instance:Instance",
}
RIGHTS = {"aws-lab": AWS_RIGHT, "azure-lab": AZURE_RIGHT, "gcp-lab": GCP_RIGHT}
KINDS = {
    "aws-lab": (aws.alarms.TOPIC, aws.alarms.PERSON, aws.alarms.MACHINE),
    "azure-lab": (azure.alarms.ALERT, azure.alarms.PEOPLE),
    "gcp-lab": (gcp.alarms.POLICY, gcp.alarms.CHANNEL),
}
ACCOUNTS = {
    "aws-lab": "123456789012",
    "azure-lab": "11111111-2222-3333-4444-555555555555",
    "gcp-lab": "course",
}
SCHEDULE = aws.alarms.SCHEDULE
NOTHING = {"Effect": "Deny", "Action": "*", "Resource": "*"}
STACKS = slowly.first(*KINDS)


def cloud(stack: str) -> str:
    return stack.removesuffix("-lab")


def machines(clouds: serve.Running, stack: str) -> list[Record]:
    return clouds.inventory[cloud(stack)].all(MACHINES[stack])


def mails(clouds: serve.Running, stack: str) -> list[str]:
    (writes,) = clouds.inventory[cloud(stack)].all(KINDS[stack][0])
    return list(writes.outputs.get("mails", []))


def guard(inventory: Inventory, kind: str) -> Record:
    (found,) = [one for one in inventory.all(kind) if one.name == "guard"]
    return found


def alarmed(clone: StackClone, stack: str) -> str:
    """The lab is there, and ADA is named; what `up` said."""
    clone.describe(stack, lambda described: described.update(alarm=ADA))
    return clone.dockyard("up", stack, "--wait", "0").out


@pytest.mark.parametrize("stack", STACKS)
def test_who_is_named_is_told_when_what_ends_the_lab_fails(
    stack: str, clone: StackClone, clouds: serve.Running
) -> None:
    inventory = clouds.inventory[cloud(stack)]
    said = alarmed(clone, stack)
    assert f"{ADA} is told" in clone.dockyard("plan", stack).out
    assert ("Confirm subscription" in said) == (stack == "aws-lab")
    if stack == "aws-lab":
        aws.alarms.confirm(inventory)
    said = clone.dockyard("up", stack, "--wait", "0").out
    assert "Nothing to change" in said
    assert "Confirm subscription" not in said
    made = [one for kind in KINDS[stack] for one in inventory.all(kind)]
    assert {one.name for one in made} == {"alarm"}
    assert len(made) == len(KINDS[stack])
    assert all(one.created <= other.created for one in made for other in machines(clouds, stack))
    clouds.advance(cloud(stack), hours=6)
    assert mails(clouds, stack) == []
    # somebody takes the guard's right away, in the console
    right = guard(inventory, RIGHTS[stack])
    inventory.remove(right)
    clouds.advance(cloud(stack), hours=6)
    assert mails(clouds, stack) == [ADA]
    assert len(machines(clouds, stack)) == 3
    inventory.put(right)
    clouds.advance(cloud(stack), hours=2)
    assert machines(clouds, stack) == []
    assert mails(clouds, stack) == [ADA]
    # it is found without the state, and goes
    words = ("--cloud", cloud(stack), "--lab", stack, "--yes", "--confirm", ACCOUNTS[stack])
    said = clone.dockyard("sweep", *words).out
    assert inventory.all() == [], said


def hours(clouds: serve.Running, number: int) -> list[str]:
    """So many looks of the alarm; to whom it has written by then."""
    for _ in range(number):
        clouds.advance("aws", hours=1, minutes=1)
    return mails(clouds, "aws-lab")


def test_each_way_in_which_a_guard_on_aws_fails_is_told_within_an_hour(
    clone: StackClone, clouds: serve.Running
) -> None:
    inventory = clouds.inventory["aws"]
    alarmed(clone, "aws-lab")
    right, schedule = guard(inventory, AWS_RIGHT), guard(inventory, SCHEDULE)
    inventory.remove(right)
    assert hours(clouds, 1) == []  # nobody has confirmed yet
    aws.alarms.confirm(inventory)
    assert hours(clouds, 1) == [ADA]
    inventory.put(right)
    assert hours(clouds, 1) == [ADA]
    inventory.remove(schedule)
    assert hours(clouds, 1) == [ADA] * 2
    paused = replace(schedule, outputs={**schedule.outputs, "state": "DISABLED"})
    inventory.put(paused)
    assert hours(clouds, 1) == [ADA] * 3
    inventory.put(schedule)
    assert hours(clouds, 1) == [ADA] * 3
    # nothing tells of a guard that is being taken down
    clone.dockyard("down", "aws-lab", "--yes")
    assert inventory.all() == []


@pytest.mark.slow
def test_machines_that_a_guard_on_aws_may_not_end_are_told_an_hour_after_the_deadline(
    clone: StackClone, clouds: serve.Running
) -> None:
    inventory = clouds.inventory["aws"]
    alarmed(clone, "aws-lab")
    aws.alarms.confirm(inventory)
    clone.dockyard("extend", "aws-lab", "1h")
    right = guard(inventory, AWS_RIGHT)
    nothing = json.dumps({"Version": "2012-10-17", "Statement": [NOTHING]})
    inventory.put(replace(right, inputs={**right.inputs, "policy": nothing}))
    assert hours(clouds, 10) == []
    assert hours(clouds, 1) == [ADA]
    assert hours(clouds, 1) == [ADA] * 2
    assert len(machines(clouds, "aws-lab")) == 3
    inventory.put(right)
    assert hours(clouds, 2) == [ADA] * 2
    assert machines(clouds, "aws-lab") == []


@pytest.mark.slow
def test_each_way_in_which_a_guard_on_azure_fails_is_told_once(
    clone: StackClone, clouds: serve.Running
) -> None:
    inventory = clouds.inventory["azure"]
    clone.describe("azure-lab", lambda described: described.update(hours=72))
    alarmed(clone, "azure-lab")

    def told() -> int:
        for _ in range(3):
            clouds.advance("azure", hours=1, minutes=1)
        return mails(clouds, "azure-lab").count(ADA)

    right, app = guard(inventory, AZURE_RIGHT), guard(inventory, APP)
    paused = replace(app, outputs={**app.outputs, "state": "Disabled"})
    for number, (record, broken) in enumerate(((right, None), (app, None), (app, paused)), 1):
        inventory.put(broken) if broken else inventory.remove(record)
        assert told() == number
        inventory.put(record)
        assert [told() for _ in range(3)] == [number] * 3  # until it counts as mended
    assert len(machines(clouds, "azure-lab")) == 3
    # a group with a lock outlives its deadline
    inventory.set(locked=["dockyard-trainer-azure-lab"])
    clouds.advance("azure", hours=72)
    assert told() == 4
    inventory.set(locked=[])
    assert told() == 4
    assert machines(clouds, "azure-lab") == []


@pytest.mark.slow
@pytest.mark.parametrize("stack", KINDS)
def test_an_alarm_that_is_refused_leaves_no_machine(
    stack: str, clone: StackClone, clouds: serve.Running
) -> None:
    inventory = clouds.inventory[cloud(stack)]
    clone.describe(stack, lambda described: described.update(alarm=ADA))
    inventory.plan(Fault("create", KINDS[stack][0], error="AccessDenied: not you", times=0))
    assert "not you" in clone.dockyard("up", stack, "--wait", "0", code=1).out
    assert machines(clouds, stack) == []


@pytest.mark.slow
@pytest.mark.parametrize("stack", KINDS)
def test_the_address_is_readable_in_the_description_alone(
    stack: str, clone: StackClone, clouds: serve.Running
) -> None:
    alarmed(clone, stack)
    clone.dockyard("status", stack)
    clone.dockyard("down", stack, "--yes")
    assert clouds.inventory[cloud(stack)].all() == []
    told = [
        path
        for path in clone.root.parent.rglob("*")
        if path.is_file() and ".git/" not in str(path) and ADA.encode() in path.read_bytes()
    ]
    # Pulumi keeps what was described at each update, beside the state
    own = {path.name for path in told if not path.name.endswith(".history.json")}
    assert own == {f"Pulumi.{stack}.yaml"}


@pytest.mark.parametrize("stack", STACKS)
def test_an_alarm_that_somebody_deletes_is_missed(
    stack: str, clone: StackClone, clouds: serve.Running
) -> None:
    inventory = clouds.inventory[cloud(stack)]
    alarmed(clone, stack)
    assert "no longer has" not in clone.dockyard("plan", stack, "--live").out
    (writes,) = inventory.all(KINDS[stack][0])
    inventory.remove(writes)
    said = clone.dockyard("plan", stack, "--live").out
    assert said.count("! The cloud no longer has ") == 1
    assert f"{writes.id}, of what tells when that fails" in said
    assert f"dockyard recover {stack}; then dockyard up {stack}" in said
    clone.dockyard("recover", stack, "--yes")
    clone.dockyard("up", stack, "--wait", "0", "--yes")
    assert "no longer has" not in clone.dockyard("check", stack, code=5).out


def test_without_an_address_nobody_is_told(clone: StackClone, clouds: serve.Running) -> None:
    assert "nobody is told" in clone.dockyard("plan", "aws-lab").out
    clone.dockyard("up", "aws-lab", "--wait", "0")
    for kind in KINDS["aws-lab"]:
        assert clouds.inventory["aws"].all(kind) == []
