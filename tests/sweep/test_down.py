"""`dockyard down`: what the engine forgets the cloud still knows, and the receipt says so."""

import json
import sys
from typing import Any

import pytest

from rehearsal import serve
from rehearsal.faults import Fault
from standin import cloud_labs
from standin.killed import kill_when
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

INSTANCE = "aws:ec2/instance:Instance"
ADDRESS = "azure-native:network:PublicIPAddress"


def receipt(clone: StackClone, stack: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(clone.dockyard("receipt", stack, "--json").out)
    return found


def stray(clouds: serve.Running) -> str:
    """A machine with the lab's tags, in its network, that no state knows."""
    known = clouds.inventory["aws"].all(INSTANCE)[0]
    inputs = {key: value for key, value in known.inputs.items() if key != "privateIp"}
    return cloud_labs.add(clouds, "aws", INSTANCE, known.scope, **inputs).id


@pytest.mark.parametrize("stack", ["aws-lab", "azure-lab", "gcp-lab", "aks-lab"])
def test_the_receipt_of_a_lab(stack: str, clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", stack, "--wait", "0")
    said = clone.dockyard("down", stack, "--yes").out
    assert "the stack was read again and has nothing left." in said
    assert "nothing there carries the lab's tags" in said
    found = receipt(clone, stack)
    assert found["empty"] is True
    assert found["left"] == []
    assert found["made"] <= found["ended"]
    assert found["owner"] == "trainer"
    assert len(found["machines"]) == (0 if stack == "aks-lab" else 3)
    words = [one.split()[0] for one in found["products"]]
    assert words == (["cluster", "registry"] if stack == "aks-lab" else [])
    assert sum(found["by_engine"].values()) > 3
    # what was read back is no second one
    assert {found["by_engine"].get(kind, 1) for kind in ("Schedule", "Workflow", "Job")} == {1}
    assert found["by_sweep"] == []
    assert "USD, by the prices of" in found["price"]
    assert "; not counted: traffic, tax, " in found["price"]
    assert "as described now" not in found["price"]
    assert "empty     yes, read back from the cloud" in clone.dockyard("receipt", stack).out
    assert all(inventory.all() == [] for inventory in clouds.inventory.values())


def test_what_the_state_never_knew_goes_too(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    lost = stray(clouds)
    said = clone.dockyard("down", "aws-lab", "--yes").out
    assert f"({lost})" in said
    assert clouds.inventory["aws"].all() == []
    assert any(lost in one for one in receipt(clone, "aws-lab")["by_sweep"])


def test_a_state_that_knows_nothing_is_no_proof(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    clone.pulumi("stack", "rm", "--force", "--yes", "--preserve-config", "aws-lab")
    said = clone.dockyard("down", "aws-lab", "--yes", code=6).out
    assert "The state knows nothing of it, but the AWS account 123456789012" in said
    assert "dockyard recover aws-lab" in said
    assert len(clouds.inventory["aws"].all(INSTANCE)) == 3


def test_a_cloud_that_cannot_be_asked_is_not_called_empty(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    refusal = "forbidden: You may not look."
    clouds.inventory["gcp"].plan(Fault("call", "disks.aggregatedList", times=0, error=refusal))
    said = clone.dockyard("down", "gcp-lab", "--yes", code=1).out
    assert "You may not look." in said
    assert "NOT PROVEN" in said
    assert receipt(clone, "gcp-lab")["empty"] is False


def test_where_nothing_can_be_noted_the_lab_can_go_all_the_same(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    before = clouds.inventory["aws"].all()
    receipts = clone.root / ".dockyard" / "receipts"
    receipts.write_text("in the way, as a full disk is")
    said = clone.dockyard("down", "aws-lab", "--yes", code=4).out
    assert "Nothing was destroyed, for nothing can be noted here." in said
    sweep = "sweep --cloud aws --lab aws-lab --owner trainer --yes"
    assert f"dockyard {sweep}" in said
    assert clouds.inventory["aws"].all() == before
    clone.dockyard(*sweep.split(), "--confirm", cloud_labs.ACCOUNTS["aws"])
    assert clouds.inventory["aws"].all() == []
    # the state knows nothing of that
    said = clone.dockyard("up", "aws-lab", "--wait", "0", "--yes", code=1).out
    assert "which the state of aws-lab still knows" in said
    assert "dockyard recover aws-lab" in said
    clone.dockyard("recover", "aws-lab")
    receipts.unlink()
    assert "empty     yes" in clone.dockyard("down", "aws-lab", "--yes").out


def test_another_account_proves_nothing(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    clouds.inventory["aws"].set(account="999999999999")
    said = clone.dockyard("down", "aws-lab", "--yes", code=1).out
    assert "was made in 123456789012, but you are the AWS account 999999999999" in said
    assert receipt(clone, "aws-lab")["empty"] is False
    # as the right one, the same word ends the receipt
    clouds.inventory["aws"].set(account="123456789012")
    said = clone.dockyard("down", "aws-lab", "--yes").out
    assert "empty     yes, read back from the cloud" in said
    found = receipt(clone, "aws-lab")
    assert (found["empty"], found["left"], len(found["machines"])) == (True, [], 3)


def test_a_down_that_is_killed_leaves_a_receipt_of_what_was_there(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    clouds.inventory["gcp"].plan(Fault("delete", "gcp:compute/instance:Instance", delay=20))
    words = [sys.executable, "-m", "dockyard.cli", "down", "gcp-lab", "--yes"]
    folder = clone.root / ".dockyard" / "receipts"
    assert kill_when(clone, words, lambda: any(folder.glob("gcp-lab-*.json")))
    found = receipt(clone, "gcp-lab")
    assert (found["empty"], len(found["machines"])) == (False, 3)
    assert "was cut off" in found["left"][0]


def test_what_the_cloud_refuses_the_engine_is_asked_for_again(
    clone: StackClone, clouds: serve.Running
) -> None:
    """The cards of ended machines hold the security groups for some seconds more."""
    clone.dockyard("up", "aws-lab", "--wait", "0")
    clouds.inventory["aws"].set(cards_held=3)
    said = clone.dockyard("down", "aws-lab", "--yes").out
    assert "DependencyViolation" in said
    assert clouds.inventory["aws"].all() == []
    assert receipt(clone, "aws-lab")["empty"] is True


def test_down_twice_at_once_ends_empty(clone: StackClone, clouds: serve.Running) -> None:
    from concurrent.futures import ThreadPoolExecutor

    clone.dockyard("up", "gcp-lab", "--wait", "0")

    def down(_: int) -> str:
        return clone.dockyard("down", "gcp-lab", "--yes", code=None).out

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(down, range(2)))
    assert any("read back from the cloud" in one for one in said)
    assert clouds.inventory["gcp"].all() == []
    # who was refused wrote no receipt over the one of who was at it
    assert receipt(clone, "gcp-lab")["empty"] is True
