"""`dockyard` with a stack: what a trainer reads, and what is there afterwards."""

import json

import pytest

from rehearsal import serve
from rehearsal.faults import Fault
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INSTANCE = "aws:ec2/instance:Instance"


@pytest.fixture
def lab(clone: StackClone) -> StackClone:
    """A clone in which aws-lab was made by `dockyard up`."""
    clone.dockyard("up", "aws-lab", "--wait", "0")
    return clone


def test_a_lab_from_up_to_down(clone: StackClone, clouds: serve.Running) -> None:
    said = clone.dockyard("up", "aws-lab", "--wait", "0").out
    assert "Changes: 15 to create" in said
    assert "seat01-node1: Instance created" in said
    assert "Next: dockyard check aws-lab" in said
    said = clone.dockyard("up", "aws-lab", "--wait", "0").out
    assert "Nothing to change: aws-lab is as it is described." in said
    said = clone.dockyard("down", "aws-lab", "--yes").out
    assert "the stack was read again and has nothing left." in said
    assert clouds.inventory["aws"].all() == []
    assert "Nothing to do" in clone.dockyard("down", "aws-lab", "--yes").out
    assert clone.git("status", "--short") == ""


def test_reading_a_lab_that_was_never_made_makes_nothing(clone: StackClone) -> None:
    assert "was not made yet" in clone.dockyard("status", "aws-lab").out
    assert "was not made yet" in clone.dockyard("allow", "aws-lab", code=1).out
    assert "was not made yet" in clone.dockyard("ssh", "aws-lab", code=1).out
    assert "was not made yet" in clone.dockyard("check", "aws-lab", code=1).out
    # what is wrong with the word itself is said first
    assert "is no CIDR" in clone.dockyard("allow", "aws-lab", "everybody", code=2).out
    assert "Nothing to do" in clone.dockyard("down", "aws-lab", "--yes").out
    assert json.loads(clone.pulumi("stack", "ls", "--json").out) == []


def test_status_says_where_the_machines_are(lab: StackClone) -> None:
    said = lab.dockyard("status", "aws-lab").out
    assert "Lab aws-lab of trainer, on Amazon Web Services in eu-west-3" in said
    assert "in 8 h 59 min" in said
    assert "Open to 203.0.113.7 (you)" in said
    found = json.loads(lab.dockyard("status", "aws-lab", "--json").out)
    machines = found["result"]["machines"]
    assert [one["host"] for one in machines] == ["seat01-node1", "seat02-node1", "seat03-node1"]
    assert len({one["address"] for one in machines}) == 3


def test_check_shows_the_addresses_that_a_trainer_can_reach(lab: StackClone) -> None:
    (one, *_) = lab.lab("aws-lab")["machines"]
    # the stand-in's machines answer nobody; a second is enough to see that
    said = lab.dockyard("check", "aws-lab", code=5).out
    assert f"seat01-node1  {one['address']}" in said
    assert one["private"] not in said


def test_allow_changes_the_door_and_nothing_else(lab: StackClone, clouds: serve.Running) -> None:
    before = {record.id for record in clouds.inventory["aws"].all()}
    assert "allowed:   198.51.100.0/24" in lab.dockyard("allow", "aws-lab", "198.51.100.0/24").out
    (door,) = [r for r in clouds.inventory["aws"].all() if r.name == "door"]
    assert {tuple(rule["cidrBlocks"]) for rule in door.properties["ingress"]} == {
        ("203.0.113.7/32", "198.51.100.0/24")
    }
    assert {record.id for record in clouds.inventory["aws"].all()} == before
    # plain `pulumi up` keeps it: the stack itself remembers
    assert lab.up("aws-lab") == {}
    assert "which?" in lab.dockyard("allow", "aws-lab", "--remove", code=2).out
    said = lab.dockyard("allow", "aws-lab", "198.51.100.0/24", "--remove").out
    assert "allowed:   -" in said
    said = lab.dockyard("allow", "aws-lab", "198.51.100.0/24", "--remove", code=1).out
    assert "was not let in by `allow`" in said


def test_the_world_is_let_in_only_when_written_out_and_agreed(lab: StackClone) -> None:
    said = lab.dockyard("allow", "aws-lab", "0.0.0.0/0", code=7).out
    assert "lets the whole world try" in said
    assert "allowed:   0.0.0.0/0" in lab.dockyard("allow", "aws-lab", "0.0.0.0/0", "--yes").out


def test_what_is_no_range_is_not_let_in(lab: StackClone) -> None:
    for who in ("all", "10.0.0.1/8", "::/0", "203.0.113.0/33"):
        assert "is no CIDR" in lab.dockyard("allow", "aws-lab", who, code=2).out


def test_allow_leaves_other_changes_to_up(lab: StackClone) -> None:
    lab.describe("aws-lab", lambda described: described.update(students=4))
    said = lab.dockyard("allow", "aws-lab", "198.51.100.0/24", code=1).out
    assert "The description has changed, too" in said
    assert "dockyard up aws-lab" in said


def test_plan_diff_says_what_up_would_do(lab: StackClone) -> None:
    lab.describe("aws-lab", lambda described: described.update(students=4))
    said = lab.dockyard("plan", "aws-lab", "--diff").out
    assert "create  seat04  seat04-node1  Instance" in said
    lab.describe("aws-lab", lambda described: described.update(students=2))
    found = json.loads(lab.dockyard("plan", "aws-lab", "--diff", "--json").out)
    assert {(one["operation"], one["name"]) for one in found} == {
        ("delete", "seat03-node1"),
        ("delete", "seat03"),
    }


def test_a_students_work_is_not_lost_without_a_yes(lab: StackClone, clouds: serve.Running) -> None:
    lab.describe("aws-lab", lambda described: described.update(students=2))
    said = lab.dockyard("up", "aws-lab", "--wait", "0", code=7).out
    assert "delete Instance seat03-node1" in said
    assert "Nothing was changed." in said
    machines = [r for r in clouds.inventory["aws"].all() if r.kind == INSTANCE]
    assert len(machines) == 3
    lab.dockyard("up", "aws-lab", "--wait", "0", "--yes")
    machines = [r for r in clouds.inventory["aws"].all() if r.kind == INSTANCE]
    assert len(machines) == 2


def test_one_machine_is_made_anew_when_it_is_named_and_agreed_to(
    lab: StackClone, clouds: serve.Running
) -> None:
    before = {one.name: one.id for one in clouds.inventory["aws"].all(INSTANCE)}
    said = lab.dockyard("up", "aws-lab", "--replace", "2", "--wait", "0", code=7).out
    assert "replace Instance seat02-node1" in said
    assert "Nothing was changed." in said
    said = lab.dockyard("up", "aws-lab", "--replace", "9", "--wait", "0", code=2).out
    assert "No machine matches 9." in said
    assert "Seats are 1 to 3" in said
    words = ("--replace", "seat02-node1", "--wait", "0", "--yes")
    lab.dockyard("up", "aws-lab", *words)
    after = {one.name: one.id for one in clouds.inventory["aws"].all(INSTANCE)}
    assert [name for name in before if before[name] != after[name]] == ["seat02-node1"]
    assert "Nothing to change" in lab.dockyard("up", "aws-lab", "--wait", "0").out
    assert "for a stack" in lab.dockyard("up", "local", "--replace", "1", code=2).out


def test_a_machine_made_anew_under_its_old_name_is_another_one(clone: StackClone) -> None:
    clone.describe("azure-lab", lambda described: described.update(students=1))
    clone.dockyard("up", "azure-lab", "--wait", "0")
    (before,) = clone.lab("azure-lab")["machines"]
    clone.dockyard("up", "azure-lab", "--replace", "1", "--wait", "0", "--yes")
    (after,) = clone.lab("azure-lab")["machines"]
    assert after["id"] == before["id"]
    # under which its host key is kept: else the new one's would be refused
    assert after["identity"] != before["identity"]


def test_a_quota_is_a_sentence_and_the_next_up_goes_on(
    clone: StackClone, clouds: serve.Running
) -> None:
    words = "VcpuLimitExceeded: You have requested more vCPU capacity than your limit allows"
    clouds.inventory["aws"].plan(Fault("create", INSTANCE, "seat02-node1", error=words))
    said = clone.dockyard("up", "aws-lab", "--wait", "0", code=1).out
    assert "seat02-node1: " in said
    assert "VcpuLimitExceeded" in said
    lab = clone.lab("aws-lab")
    made = lab["made"]
    assert [(one["address"], one["id"]) for one in lab["machines"] if one["seat"] == 2] == [
        ("", "")
    ]
    assert "seat02-node1" in clone.dockyard("status", "aws-lab").out
    clone.dockyard("up", "aws-lab", "--wait", "0")
    machines = [r.name for r in clouds.inventory["aws"].all() if r.kind == INSTANCE]
    assert sorted(machines) == ["seat01-node1", "seat02-node1", "seat03-node1"]
    assert clone.lab("aws-lab")["made"] == made


def test_a_lab_that_plain_pulumi_left_half_made_is_not_called_unmade(
    clone: StackClone, clouds: serve.Running
) -> None:
    clouds.inventory["aws"].plan(Fault("create", INSTANCE, "seat02-node1", error="Limit: no more"))
    clone.pulumi("stack", "init", "aws-lab")
    clone.pulumi("up", "--yes", "--skip-preview", "-s", "aws-lab", code=1)
    assert "was begun and not finished" in clone.dockyard("status", "aws-lab").out
    clone.dockyard("down", "aws-lab", "--yes")
    assert clouds.inventory["aws"].all() == []


def test_machines_of_a_lab_without_machines_are_a_sentence(clone: StackClone) -> None:
    said = clone.dockyard("ssh", "aks-lab", code=1).out
    assert "aks-lab has no machines" in said
