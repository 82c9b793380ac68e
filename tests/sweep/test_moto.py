"""moto as a second witness for AWS: written by others, by other reading of the same documents."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from dockyard.sweep.clouds import open_cloud
from dockyard.sweep.sweeping import Sweep
from dockyard.sweep.things import Wanted

pytestmark = pytest.mark.slow

Sdk = Any
"""What an SDK gives: made when it runs, without types."""
REGION = "eu-west-3"


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AMI", "KEYPAIR"):
        monkeypatch.setenv(f"MOTO_ENABLE_{name}_VALIDATION", "true")
    monkeypatch.setenv("MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION", "true")
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "moto")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "moto")
    yield boto3.client("ec2", region_name=REGION)
    server.stop()


def lab(ec2: Sdk, owner: str) -> None:
    """A lab as our program makes it, but by boto3."""
    marks = {"dockyard-lab": "course", "dockyard-owner": owner, "dockyard-expires": "9999999999"}
    tags = [{"Key": key, "Value": value} for key, value in marks.items()]

    def tagged(*kinds: str) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": tags} for kind in kinds]

    block = {"CidrBlock": "10.77.0.0/16"}
    vpc = ec2.create_vpc(**block, TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, **block, TagSpecifications=tagged("subnet"))
    subnet_id = subnet["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))
    gateway_id = gateway["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table"))
    ec2.associate_route_table(RouteTableId=table["RouteTable"]["RouteTableId"], SubnetId=subnet_id)
    group = ec2.create_security_group(
        GroupName=f"door-{owner}", Description="door", VpcId=vpc,
        TagSpecifications=tagged("security-group"),
    )  # fmt: skip
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["al2023*"]}])["Images"]
    known = image or ec2.describe_images()["Images"]
    ec2.run_instances(
        ImageId=known[0]["ImageId"], InstanceType="t3.small", MinCount=3, MaxCount=3,
        SubnetId=subnet_id, SecurityGroupIds=[group["GroupId"]],
        TagSpecifications=tagged("instance", "volume"),
    )  # fmt: skip
    ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))
    ec2.create_network_interface(SubnetId=subnet_id)  # a student's own


def alive(ec2: Sdk) -> list[str]:
    return [
        one["InstanceId"]
        for group in ec2.describe_instances()["Reservations"]
        for one in group["Instances"]
        if one["State"]["Name"] != "terminated"
    ]


def test_a_lab_is_swept_from_moto_and_the_other_one_stays(ec2: Sdk) -> None:
    lab(ec2, "trainer")
    lab(ec2, "ada")
    wanted = Wanted("course", "trainer")
    cloud = open_cloud("aws")
    look = cloud.look(wanted)
    assert look.failed == ()
    kinds = sorted(one.kind for one in look.things)
    assert kinds.count("machine") == 3
    assert {"address", "network", "subnet", "route table", "internet gateway"} < set(kinds)
    assert [one.kind for one in look.things if one.inside] == ["network card"]
    outcome = Sweep(cloud, wanted, lambda *_: None, patience=10).run(look.things)
    assert outcome.refused == {}
    assert outcome.left == []
    assert outcome.is_empty
    assert len(alive(ec2)) == 3
    assert len(cloud.look(Wanted("course", "ada")).things) == len(look.things)
