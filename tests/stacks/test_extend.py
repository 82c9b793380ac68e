"""`dockyard extend` on the real engine: every deadline moves, no machine does."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rehearsal import serve
from rehearsal.inventory import Record
from standin import slowly
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

MACHINES = {
    "aws-lab": "aws:ec2/instance:Instance",
    "azure-lab": "azure-native:compute:VirtualMachine",
    "gcp-lab": "gcp:compute/instance:Instance",
}


def _job(properties: dict[str, Any]) -> float:
    order = json.loads(base64.b64decode(properties["httpTarget"]["body"]))
    return float(json.loads(order["argument"])["expires"])


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


GUARDS: dict[str, tuple[str, Callable[[dict[str, Any]], float]]] = {
    "aws-lab": ("aws:scheduler/schedule:Schedule", lambda found: _instant(found["startDate"])),
    "azure-lab": (
        "azure-native:logic:Workflow",
        lambda found: _instant(
            found["definition"]["triggers"]["deadline"]["recurrence"]["startTime"]
        ),
    ),
    "gcp-lab": ("gcp:cloudscheduler/job:Job", _job),
}
SAME = {
    "aws-lab": ("publicIp", "privateIp", "primaryNetworkInterfaceId"),
    "azure-lab": ("vmId",),
    "gcp-lab": ("instanceId", "networkInterfaces"),
}
"""What is another after a replacement, or after a stop and a start."""


def machines(clouds: serve.Running, stack: str) -> list[Record]:
    return clouds.inventory[stack.removesuffix("-lab")].all(MACHINES[stack])


def bodies(clouds: serve.Running, stack: str) -> list[tuple[object, ...]]:
    return [
        (one.id, one.created, one.address, *(one.properties[name] for name in SAME[stack]))
        for one in machines(clouds, stack)
    ]


@pytest.mark.parametrize("stack", slowly.first("aws-lab", "azure-lab", "gcp-lab"))
def test_every_deadline_moves_and_no_machine_does(
    stack: str, clone: StackClone, clouds: serve.Running
) -> None:
    cloud = stack.removesuffix("-lab")
    clone.dockyard("up", stack, "--wait", "0")
    before, were = clone.lab(stack), bodies(clouds, stack)
    ends = (before["expires"] + 2 * 3600) // 60 * 60
    until = datetime.fromtimestamp(ends, UTC)
    said = clone.dockyard("extend", stack, f"{until:%Y-%m-%d}", f"{until:%H:%M}", "UTC").out
    assert "nothing was replaced or restarted" in said
    assert clone.lab(stack)["expires"] == ends
    assert bodies(clouds, stack) == were
    assert {one.tags["dockyard-expires"] for one in machines(clouds, stack)} == {str(ends)}
    token, read = GUARDS[stack]
    (guard,) = clouds.inventory[cloud].all(token)
    assert read(guard.properties) == ends
    assert "Nothing to change" in clone.dockyard("up", stack, "--wait", "0").out
    clouds.advance(cloud, hours=10, minutes=55)
    assert len(machines(clouds, stack)) == 3
    clouds.advance(cloud, hours=1, minutes=10)
    assert machines(clouds, stack) == []


def test_what_extend_refuses(clone: StackClone, clouds: serve.Running) -> None:
    said = clone.dockyard("extend", "gcp-lab", "2h", code=1).out
    assert "was not made yet" in said
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    before = clouds.inventory["gcp"].all()
    said = clone.dockyard("extend", "gcp-lab", "5h", code=1).out
    assert "is the latest: its machines were told so when they were made" in said
    assert "4 h more is possible" in said
    said = clone.dockyard("extend", "gcp-lab", "soon", code=2).out
    assert "'soon' is neither a length of time, as 2h, nor an instant, as 18:00." in said
    said = clone.dockyard("extend", "gcp-lab", "12/05/2026", "6", "pm", code=2).out
    assert "write it as '2026-05-12 18:00' or as '2026-12-05 18:00'." in said
    soon = f"{datetime.fromtimestamp(clone.lab('gcp-lab')['expires'] - 60, UTC):%Y-%m-%d %H:%M}Z"
    said = clone.dockyard("extend", "gcp-lab", soon, code=2).out
    assert "is no later." in said
    assert "To end it: dockyard down gcp-lab" in said
    assert "2020-02-01 18:00 UTC is past." in (
        clone.dockyard("extend", "gcp-lab", "2020-02-01 18:00Z", code=1, TZ="UTC").out
    )
    assert "is no day of the calendar" in (
        clone.dockyard("extend", "gcp-lab", "2026-02-30 18:00", code=2).out
    )
    said = clone.dockyard("extend", "gcp-lab", "1h", code=1, DOCKYARD_LONGEST="9h30").out
    assert "DOCKYARD_LONGEST allows 9 h 30 min" in said
    clone.describe("gcp-lab", lambda described: described["access"].update(ports=[9000]))
    said = clone.dockyard("extend", "gcp-lab", "1h", code=1).out
    assert "The description has changed, too: update Firewall door" in said
    assert clouds.inventory["gcp"].all() == before


def test_a_lab_that_is_over_is_taken_down_not_extended(
    clone: StackClone, clouds: serve.Running, tmp_path: Path
) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    before = clouds.inventory["gcp"].all()
    ahead = tmp_path / "clock"
    ahead.write_text(f"{10 * 3600}\n")
    for more in ("30m", "2h"):
        said = clone.dockyard("extend", "gcp-lab", more, code=1, DOCKYARD_CLOCK=str(ahead)).out
        assert "The lab's time was over at" in said
        assert "dockyard down gcp-lab" in said
        assert "extend" not in said
    said = clone.dockyard("up", "gcp-lab", "--wait", "0", code=1, DOCKYARD_CLOCK=str(ahead)).out
    assert "dockyard down gcp-lab" in said
    assert "LAB" not in said
    assert clouds.inventory["gcp"].all() == before
    said = clone.dockyard("status", "gcp-lab", DOCKYARD_CLOCK=str(ahead)).out
    assert "Spent at most 0." in said  # its guard may have ended it, at its hour or later
    assert "Next: dockyard down gcp-lab" in said
    for one in clouds.inventory["gcp"].all(MACHINES["gcp-lab"]):
        clouds.desks["gcp"].delete(one)
    for more in ((), ("--full",)):
        said = clone.dockyard("check", "gcp-lab", *more, code=5, DOCKYARD_CLOCK=str(ahead)).out
        assert "the cloud no longer lists it" in said
        assert said.count("The lab's time was over. Type: dockyard down gcp-lab; anew: ") == 1
        assert "Mend: " not in said
        assert "Type: dockyard up" not in said
    said = clone.dockyard("down", "gcp-lab", "--yes", DOCKYARD_CLOCK=str(ahead)).out
    assert "price     at most 0." in said
