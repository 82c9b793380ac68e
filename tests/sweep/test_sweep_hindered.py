"""`dockyard sweep`: what lies inside a lab without its tags, and what is in its way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from dockyard.sweep.clouds import open_cloud
from dockyard.sweep.sweeping import Sweep as Sweeping
from dockyard.sweep.things import Wanted
from rehearsal import serve
from rehearsal.faults import Fault
from standin import cloud_labs

pytestmark = pytest.mark.slow

CLOUDS = ("aws", "azure", "gcp")
GROUP = "aws:ec2/securityGroup:SecurityGroup"
ADDRESS = "azure-native:network:PublicIPAddress"

Sweep = Callable[..., Any]


# --- what lies inside ---------------------------------------------------------------------------


def test_what_a_student_put_into_the_network_goes_and_is_listed_first(
    clouds: serve.Running, sweep: Sweep
) -> None:
    made = cloud_labs.make(clouds, "aws", machines=1)
    vpc = next(one for one in made if one.id.startswith("vpc-"))
    subnet = next(one for one in made if one.id.startswith("subnet-"))
    door = next(one for one in made if one.id.startswith("sg-"))
    own = cloud_labs.add(
        clouds, "aws", GROUP, "eu-west-3", name="mine", vpcId=vpc.id, description="mine",
        ingress=[{"protocol": "tcp", "fromPort": 80, "toPort": 80, "securityGroups": [door.id]}],
    )  # fmt: skip
    cloud_labs.add(
        clouds, "aws", "aws:ec2/networkInterface:NetworkInterface", "eu-west-3",
        subnetId=subnet.id, securityGroups=[own.id], description="of a container",
    )  # fmt: skip
    said = sweep("--cloud", "aws").err
    inside = said.index("Inside it, without its tags: 1 network card, 1 security group")
    assert said.index("course of trainer") < inside
    assert sweep(*cloud_labs.yes("aws")).code == 0
    assert clouds.inventory["aws"].all() == []


def test_an_untagged_resource_in_the_group(clouds: serve.Running, sweep: Sweep) -> None:
    cloud_labs.make(clouds, "azure", machines=1)
    cloud_labs.add(
        clouds, "azure", ADDRESS, publicIpAddressName="mine", sku={"name": "Standard"},
        publicIPAllocationMethod="Static", resourceGroupName="dockyard-trainer-course",
        location="francecentral",
    )  # fmt: skip
    said = sweep("--cloud", "azure", "--json")
    assert said.code == 0
    things = said.data[0]["labs"][0]["things"]
    assert [one["name"] for one in things if one["inside"]] == ["mine"]
    assert sweep(*cloud_labs.yes("azure")).code == 0
    assert clouds.inventory["azure"].all() == []


def test_another_labs_thing_keeps_the_group_and_not_what_is_in_it(
    clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.make(clouds, "azure", machines=1)
    cloud_labs.add(
        clouds, "azure", ADDRESS, publicIpAddressName="theirs", sku={"name": "Standard"},
        publicIPAllocationMethod="Static", resourceGroupName="dockyard-trainer-course",
        location="francecentral", tags=cloud_labs.tags("other", "ada", cloud_labs.IN),
    )  # fmt: skip
    cloud_labs.add(
        clouds, "azure", ADDRESS, publicIpAddressName="whose", sku={"name": "Standard"},
        publicIPAllocationMethod="Static", resourceGroupName="dockyard-trainer-course",
        location="francecentral",
    )  # fmt: skip
    said = sweep(*cloud_labs.yes("azure"), "--lab", "course")
    assert said.code == 6
    assert "theirs in it carries the tags of another lab, other of ada" in said.err
    assert "whose (/sub" in said.err
    assert "nobody says whose it is" in said.err
    assert "delete" not in said.err.partition("3 things left:")[2].partition("\n  Delete them")[0]
    left = {one.name for one in clouds.inventory["azure"].all()}
    assert left == {"theirs", "whose", "dockyard-trainer-course"}
    # the other lab by its own name, and then this one
    assert sweep(*cloud_labs.yes("azure"), "--lab", "other").code == 0
    assert sweep(*cloud_labs.yes("azure"), "--lab", "course").code == 0
    assert clouds.inventory["azure"].all() == []


def test_the_same_lab_of_another_owner_keeps_the_group(clouds: serve.Running, sweep: Sweep) -> None:
    made = cloud_labs.make(clouds, "azure", machines=2)
    inventory = clouds.inventory["azure"]
    edited = next(one for one in made if one.name == "seat01-node1")
    inventory.put(replace(edited, tags={**edited.tags, "dockyard-owner": "ada"}))
    said = sweep(*cloud_labs.yes("azure"), "--owner", "trainer")
    assert said.code == 6
    assert "seat01-node1 in it carries the tags of another lab, course of ada" in said.err
    assert {one.name for one in inventory.all()} == {"seat01-node1", "dockyard-trainer-course"}


# --- what is refused ----------------------------------------------------------------------------


def test_a_security_group_that_is_in_use_for_a_while(clouds: serve.Running, sweep: Sweep) -> None:
    """The card of an ended machine holds its group and its subnet for some seconds."""
    cloud_labs.make(clouds, "aws", machines=2)
    clouds.inventory["aws"].set(cards_held=1.5)
    said = sweep(*cloud_labs.yes("aws"))
    assert said.code == 0
    assert "DependencyViolation" in said.err
    assert clouds.inventory["aws"].all() == []


def test_a_lock_on_the_group_is_named(clouds: serve.Running, sweep: Sweep) -> None:
    cloud_labs.make(clouds, "azure")
    clouds.inventory["azure"].set(locked=["dockyard-trainer-course"])
    said = sweep(*cloud_labs.yes("azure"))
    assert said.code == 6
    assert "ScopeLocked" in said.err
    assert "az lock delete" in said.err
    assert "https://portal.azure.com/" in said.err
    assert "az group delete --yes --name dockyard-trainer-course" in said.err


def test_a_group_whose_deletion_times_out_is_asked_again(
    clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.make(clouds, "azure")
    words = "ResourceGroupDeletionTimeout: Deletion of the group did not finish."
    clouds.inventory["azure"].plan(Fault("wait", "*:ResourceGroup", error=words))
    assert sweep(*cloud_labs.yes("azure")).code == 0
    assert clouds.inventory["azure"].all() == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_slow_deletions_are_waited_for(cloud: str, clouds: serve.Running, sweep: Sweep) -> None:
    cloud_labs.make(clouds, cloud)
    clouds.inventory[cloud].set(pace=0.02)
    assert sweep(*cloud_labs.yes(cloud)).code == 0
    assert clouds.inventory[cloud].all() == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_stays_is_named_with_its_command(
    cloud: str, clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.make(clouds, cloud)
    call, words, command = {
        "aws": ("DeleteVpc", "OperationNotPermitted: No.", "aws ec2 delete-vpc --vpc-id"),
        "azure": ("ResourceGroups_Delete", "AuthorizationFailed: No.", "az group delete --yes"),
        "gcp": ("networks.delete", "forbidden: No.", "gcloud compute networks delete"),
    }[cloud]
    clouds.inventory[cloud].plan(Fault("call", call, times=0, error=words))
    said = sweep(*cloud_labs.yes(cloud))
    assert said.code == 6
    assert "No." in said.err
    assert command in said.err
    assert "https://" in said.err


def test_two_sweeps_at_once_end_empty(clouds: serve.Running) -> None:
    cloud_labs.make(clouds, "aws", machines=6)
    wanted = Wanted("course", "trainer")
    seen = open_cloud("aws").look(wanted).things

    def one(_: int) -> bool:
        cloud = open_cloud("aws")
        return Sweeping(cloud, wanted, lambda *_: None, patience=20).run(seen).is_empty

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(one, range(2))) == [True, True]
    assert clouds.inventory["aws"].all() == []
