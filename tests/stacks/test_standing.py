"""A machine that somebody switched off, or on again, by its cloud's own call: `up` sees it."""

import json
from typing import Any

import boto3
import pytest

from rehearsal import serve
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

STACK, HOST = "aws-lab", "seat02-node1"
Sdk = Any
INSTANCE = "aws:ec2/instance:Instance"


@pytest.fixture
def ec2(clouds: serve.Running) -> Sdk:
    said = clouds.environment
    return boto3.client(
        "ec2",
        region_name="eu-west-3",
        endpoint_url=said["AWS_ENDPOINT_URL"],
        aws_access_key_id=said["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=said["AWS_SECRET_ACCESS_KEY"],
    )


def _id(clouds: serve.Running) -> str:
    (found,) = [one.id for one in clouds.inventory["aws"].all(INSTANCE) if one.name == HOST]
    return found


def _told(clone: StackClone) -> dict[str, str]:
    """The addresses that the stack exports."""
    lab = json.loads(clone.pulumi("stack", "output", "lab", "--json", "-s", STACK).out)
    return {one["host"]: one["address"] for one in lab["machines"]}


def test_what_was_switched_off_is_said_and_changes_nothing(
    clone: StackClone, clouds: serve.Running, ec2: Sdk
) -> None:
    clone.dockyard("up", STACK, "--wait", "0")
    before = _told(clone)
    ec2.stop_instances(InstanceIds=[_id(clouds)])
    for words in (("plan", STACK, "--diff"), ("up", STACK, "--wait", "0")):
        said = clone.dockyard(*words).out
        assert f"! Switched off in the cloud: {HOST}." in said
        assert "Nothing to change" in said
    assert _told(clone) == before
    assert [one.address for one in clouds.inventory["aws"].all(INSTANCE) if one.name == HOST] == [
        ""
    ]


def test_what_was_switched_on_again_is_found_at_its_new_address(
    clone: StackClone, clouds: serve.Running, ec2: Sdk
) -> None:
    """Two are given each other's: the state then knows the one by the other's address."""
    clone.dockyard("up", STACK, "--wait", "0")
    before = _told(clone)
    both = [one for one in clouds.inventory["aws"].all(INSTANCE) if one.name != "seat01-node1"]
    ec2.stop_instances(InstanceIds=[one.id for one in both])
    for one in sorted(both, key=lambda one: one.address, reverse=True):
        ec2.start_instances(InstanceIds=[one.id])
    now = {one.name: one.address for one in clouds.inventory["aws"].all(INSTANCE)}
    assert now == {**before, HOST: before["seat03-node1"], "seat03-node1": before[HOST]}
    said = clone.dockyard("plan", STACK, "--diff").out
    assert f"! Another address than before has {HOST} ({now[HOST]}), seat03-node1 (" in said
    assert f"Next: dockyard up {STACK}" in said
    clone.dockyard("up", STACK, "--wait", "0")
    assert _told(clone) == now
    said = clone.dockyard("up", STACK, "--wait", "0").out
    assert "Another address" not in said
    assert clone.git("status", "--short") == ""
