"""A machine is told the same on every cloud, byte for byte, as the engine's states have it."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from dockyard import clouds as facts
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

# the one thing that a cloud forces: Azure takes the text in base64, and hands it on without
TEXT: dict[str, Callable[[dict[str, Any]], str]] = {
    "aws": lambda inputs: inputs["userData"],
    "azure": lambda inputs: base64.b64decode(inputs["osProfile"]["customData"]).decode("ascii"),
    "gcp": lambda inputs: inputs["metadataStartupScript"],
}


def told(clone: StackClone, target: str) -> dict[str, str]:
    """What each machine of a stack is told, by its name."""
    kind = facts.load(target).machine
    found = clone.state(f"{target}-lab")["deployment"]["resources"]
    return {
        one["urn"].rpartition("::")[2]: TEXT[target](one["inputs"])
        for one in found
        if one["type"] == kind
    }


def test_every_target_with_machines_is_compared() -> None:
    assert set(TEXT) == {name for name in facts.NAMES if facts.load(name).machine}


def test_user_data_of_a_seat_is_the_same_on_every_target(clone: StackClone) -> None:
    for target in TEXT:
        clone.describe(
            f"{target}-lab",
            lambda described: described.update(
                name="moby",
                students=2,
                machines=[{"name": "node", "count": 2}],
                docker={"users": ["student", "ada"], "daemon": {"debug": True}},
            ),
        )
        clone.pulumi("stack", "init", f"{target}-lab")
        clone.up(f"{target}-lab")
    aws, azure, gcp = (told(clone, target) for target in TEXT)
    assert sorted(aws) == [f"seat0{seat}-node{node}" for seat in (1, 2) for node in (1, 2)]
    assert aws == azure
    assert aws == gcp
    assert len(set(aws.values())) == 4
    assert "\nUSERS=ada dockyard student\n" in aws["seat02-node1"]
