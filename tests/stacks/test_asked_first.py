"""`dockyard up` asks the cloud first: what would fail, and which sizes there are."""

import json
import shutil
from typing import Any

import pytest

from dockyard.clouds import load
from rehearsal import serve
from rehearsal.faults import Fault
from standin import slowly
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

OTHERS = {"aws": "t3a.medium", "azure": "Standard_B2ms", "gcp": "e2-standard-2"}
SIZE_AT = {
    "aws": lambda inputs: inputs["instanceType"],
    "azure": lambda inputs: inputs["hardwareProfile"]["vmSize"],
    "gcp": lambda inputs: inputs["machineType"],
}
EACH = slowly.first("aws", "azure", "gcp")


def sizes(clouds: serve.Running, target: str) -> list[str]:
    """Of the machines that are there."""
    made = clouds.inventory[target].all(load(target).machine)
    return [SIZE_AT[target](one.inputs) for one in made]


def with_fallback(clone: StackClone, target: str, students: int = 1) -> None:
    def change(lab: dict[str, Any]) -> None:
        fallback = [f"native:{OTHERS[target]}", "large"]
        lab["machines"] = [{"size": "medium", "fallback": fallback}]
        lab["students"] = students

    clone.describe(f"{target}-lab", change)


@pytest.mark.parametrize(
    ("target", "setting", "problem", "own"),
    [
        ("aws", {"vcpus": 5}, "vCPUs (standard): the lab needs 6, 0 of 5", "VcpuLimitExceeded"),
        pytest.param(
            *("azure", {"vcpus": 2}, "Total Regional vCPUs: the lab needs 3, 0 of 2"),
            "Cores quota",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *("gcp", {"cpus": 5}, "CPUS: the lab needs 6, 0 of 5", "Quota 'CPUS' exceeded"),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_would_fail_is_said_before_anything_is_made(  # noqa: PLR0913, PLR0917 - its case
    target: str, setting: dict[str, int], problem: str, own: str,
    clone: StackClone, clouds: serve.Running,
) -> None:  # fmt: skip
    stack = f"{target}-lab"
    clouds.inventory[target].set(**setting)
    said = clone.dockyard("plan", stack, "--live", code=1).out
    assert problem in said
    said = clone.dockyard("up", stack, "--wait", "0", code=1).out
    assert problem in said
    assert f"dockyard up {stack} --no-live" in said
    assert "Changes:" not in said
    assert clouds.inventory[target].all() == []
    # and so it would have been
    said = clone.dockyard("up", stack, "--wait", "0", "--no-live", code=1).out
    assert own in said
    assert "is not asked first (--no-live)." in said


@pytest.mark.parametrize("target", EACH)
def test_a_fallback_stays_when_the_wanted_size_is_back(
    target: str, clone: StackClone, clouds: serve.Running
) -> None:
    stack, other = f"{target}-lab", OTHERS[target]
    with_fallback(clone, target)
    clouds.inventory[target].set(unavailable=[load(target).size("medium")])
    said = clone.dockyard("up", stack, "--wait", "0").out
    assert f"{other} is taken in its place" in said
    assert sizes(clouds, target) == [other]
    clouds.inventory[target].set(unavailable=[])
    assert "Nothing to change" in clone.dockyard("up", stack, "--wait", "0").out
    assert clone.up(stack) == {}
    with_fallback(clone, target, students=2)
    clone.dockyard("up", stack, "--wait", "0")
    assert sizes(clouds, target) == [other, other]
    # a kind has one size: where there is no more of it, nothing else is taken
    clouds.inventory[target].set(unavailable=[other])
    with_fallback(clone, target, students=3)
    said = clone.dockyard("up", stack, "--wait", "0", code=1).out
    assert f"{other} is not" in said
    assert sizes(clouds, target) == [other, other]


def test_plain_pulumi_takes_the_wanted_size(clone: StackClone, clouds: serve.Running) -> None:
    with_fallback(clone, "aws")
    clone.pulumi("stack", "init", "aws-lab")
    clone.up("aws-lab")
    assert sizes(clouds, "aws") == ["t3.medium"]
    clouds.inventory["aws"].set(unavailable=["t3.medium"])
    assert "Nothing to change" in clone.dockyard("up", "aws-lab", "--wait", "0").out


def test_a_lab_that_was_left_half_made_keeps_the_size_of_its_machines(
    clone: StackClone, clouds: serve.Running
) -> None:
    """Its stack exported nothing: the state has what was taken."""
    with_fallback(clone, "aws", students=2)
    clouds.inventory["aws"].plan(
        Fault("create", load("aws").machine, "seat02-node1", error="Limit: no more")
    )
    clone.pulumi("stack", "init", "aws-lab")
    told = {"DOCKYARD_SIZES_TAKEN": '{"node": "native:t3a.medium"}'}
    clone.pulumi("up", "--yes", "--skip-preview", "-s", "aws-lab", code=1, **told)
    assert sizes(clouds, "aws") == ["t3a.medium"]
    said = clone.dockyard("up", "aws-lab", "--wait", "0").out
    assert "is not asked first: the lab was begun and not finished" in said
    assert sizes(clouds, "aws") == ["t3a.medium", "t3a.medium"]


@pytest.mark.slow
def test_a_lost_state_is_made_anew_with_the_size_of_its_machines(
    clone: StackClone, clouds: serve.Running
) -> None:
    with_fallback(clone, "aws")
    clouds.inventory["aws"].set(unavailable=["t3.medium"])
    clone.dockyard("up", "aws-lab", "--wait", "0")
    clouds.inventory["aws"].set(unavailable=[])
    shutil.rmtree(clone.root.parent / "state" / ".pulumi")
    clone.dockyard("recover", "aws-lab", "--yes")
    assert "Nothing to change" in clone.dockyard("up", "aws-lab", "--wait", "0").out
    assert clone.up("aws-lab") == {}
    assert sizes(clouds, "aws") == ["t3a.medium"]


def test_who_can_not_look_is_told_and_goes_on(clone: StackClone, clouds: serve.Running) -> None:
    clouds.inventory["aws"].set(expired=True)
    said = clone.dockyard("up", "aws-lab", "--wait", "0").out
    assert "! Amazon Web Services is not asked first: AWS does not take these credentials" in said
    assert len(sizes(clouds, "aws")) == 3


def test_a_lab_that_is_there_asks_for_no_more_room(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    clouds.desks["aws"].calls.clear()
    assert "Nothing to change" in clone.dockyard("up", "aws-lab", "--wait", "0").out
    # but whether its machines are still there
    assert "GetServiceQuota" not in clouds.desks["aws"].calls
    assert "DescribeInstanceTypeOfferings" not in clouds.desks["aws"].calls


def test_a_budget_holds_for_the_size_that_is_taken(
    clone: StackClone, clouds: serve.Running
) -> None:
    def change(lab: dict[str, Any]) -> None:
        lab["machines"] = [{"size": "small", "fallback": ["large"]}]
        lab["budget"] = "2 USD"

    clone.describe("aws-lab", change)
    assert "dockyard up aws-lab" in clone.dockyard("plan", "aws-lab", "--live").out
    clouds.inventory["aws"].set(unavailable=["t3.small"])
    for words in (("plan", "aws-lab", "--live"), ("up", "aws-lab", "--wait", "0")):
        assert "its budget is 2 USD" in clone.dockyard(*words, code=3).out
    assert clouds.inventory["aws"].all() == []


@pytest.mark.parametrize("target", EACH)
def test_a_larger_size_is_counted_before_machines_are_replaced(
    target: str, clone: StackClone, clouds: serve.Running
) -> None:
    stack, setting = f"{target}-lab", "cpus" if target == "gcp" else "vcpus"
    clone.dockyard("up", stack, "--wait", "0")
    before = clouds.inventory[target].all(load(target).machine)
    clone.describe(stack, lambda lab: lab.update(machines=[{"size": "large"}]))
    clouds.inventory[target].set(**{setting: 8})
    for words in (("plan", stack, "--live"), ("up", stack, "--wait", "0", "--yes")):
        assert "of 8 are in use" in clone.dockyard(*words, code=1).out
    assert clouds.inventory[target].all(load(target).machine) == before
    clouds.inventory[target].set(**{setting: 12})
    clone.dockyard("up", stack, "--wait", "0", "--yes")
    assert set(sizes(clouds, target)) == {load(target).size("large")}
    assert "Nothing to change" in clone.dockyard("up", stack, "--wait", "0").out


@pytest.mark.parametrize("target", slowly.first("aws", "azure"))
def test_the_prices_of_today_stand_beside_the_table(
    target: str, clone: StackClone, clouds: serve.Running
) -> None:
    stack, size = f"{target}-lab", load(target).size("small")
    said = clone.dockyard("plan", stack, "--live").out
    assert "? Prices of today: the price interface knows none of these sizes." in said
    clouds.inventory[target].set(prices={size: 1.5})
    said = clone.dockyard("plan", stack, "--live").out
    assert f"! machine {size}: today 1.5000 USD an hour, in the table 0." in said
    assert "At prices of today: 4.5" in said
    asked = clone.dockyard("plan", stack, "--live", "--json").out
    rows = {one["what"]: one for one in json.loads(asked[asked.index("[") :])}
    assert rows[f"price of machine {size}"]["today"] == 1.5


def test_where_nobody_tells_a_price_the_plan_stands(
    clone: StackClone, clouds: serve.Running
) -> None:
    del clouds
    said = clone.dockyard("plan", "gcp-lab", "--live").out
    assert "? Prices of today: not looked at: The prices of today of gcp are not public" in said
    assert "Next: dockyard up gcp-lab" in said
    said = clone.dockyard("plan", "azure-lab", "--live", DOCKYARD_AZURE_PRICES="http://127.0.0.1:1")
    assert "? Prices of today: not looked at: http://127.0.0.1:1 does not answer" in said.out
