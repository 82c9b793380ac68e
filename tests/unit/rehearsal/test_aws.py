"""The stand-in for AWS refuses, replaces and computes as AWS does."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from dockyard.clouds.aws import FACTS
from dockyard.spec import Image, Size
from rehearsal.clouds.aws import alarms
from rehearsal.clouds.aws.facts import IMAGES, INSTANCE_TYPES
from rehearsal.faults import Fault
from rehearsal.plain import UNKNOWN
from unit.rehearsal.small_engine import Engine, Made, Properties, refused

Connect = Callable[..., Engine]

STANDIN = "aws"
VPC = "aws:ec2/vpc:Vpc"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
ROUTES = "aws:ec2/routeTable:RouteTable"
SUBNET = "aws:ec2/subnet:Subnet"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
VM = "aws:ec2/instance:Instance"
KEY = "aws:ec2/keyPair:KeyPair"
ANY = ["0.0.0.0/0"]
PORT = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ANY}


@pytest.fixture
def aws(connect: Connect) -> Engine:
    return connect(region="eu-west-3")


@pytest.fixture
def vpc(aws: Engine) -> Made:
    return aws.make(VPC, "network", {"cidrBlock": "10.77.0.0/16", "enableDnsHostnames": True})


@pytest.fixture
def subnet(aws: Engine, vpc: Made) -> Made:
    inputs = {"vpcId": vpc.id, "cidrBlock": "10.77.0.0/17"}
    return aws.make(SUBNET, "machines", inputs)


@pytest.fixture
def group(aws: Engine, vpc: Made) -> Made:
    return aws.make(GROUP, "door", {"vpcId": vpc.id, "ingress": [PORT]})


@pytest.fixture
def asked(aws: Engine, subnet: Made, group: Made) -> Properties:
    """What a lab asks of a machine."""
    image = aws.ask("aws:ssm/getParameter:getParameter", name=FACTS.images[Image.DEBIAN_12])
    return {
        "ami": image["insecureValue"],
        "instanceType": "t3.small",
        "subnetId": subnet.id,
        "privateIp": "10.77.1.1",
        "associatePublicIpAddress": True,
        "vpcSecurityGroupIds": [group.id],
        "userData": "#!/bin/sh\n",
        "userDataReplaceOnChange": True,
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 20, "encrypted": True},
        "instanceInitiatedShutdownBehavior": "terminate",
        "creditSpecification": {"cpuCredits": "standard"},
        "tags": {"dockyard:lab": "class"},
    }


@pytest.fixture
def vm(aws: Engine, asked: Properties) -> Made:
    return aws.make(VM, "seat01", asked)


# --- what it computes -----------------------------------------------------------------------------


def test_a_machine_is_what_a_lab_needs(aws: Engine, vm: Made) -> None:
    assert vm.id.startswith("i-")
    assert len(vm.id) == 19
    assert vm.outputs["publicIp"].startswith("198.51.100.")
    assert vm.outputs["privateDns"] == "ip-10-77-1-1.eu-west-3.compute.internal"
    assert vm.outputs["primaryNetworkInterfaceId"].startswith("eni-")
    assert vm.outputs["tagsAll"] == {"dockyard:lab": "class"}
    assert vm.outputs["arn"] == f"arn:aws:ec2:eu-west-3:123456789012:instance/{vm.id}"
    (found,) = aws.inventory.tagged("dockyard:lab", "class")
    assert (found.id, found.name, found.address) == (vm.id, "seat01", vm.outputs["publicIp"])


def test_every_meaning_of_the_description_is_known(aws: Engine) -> None:
    for meaning in Image:
        name = FACTS.image(meaning)
        assert aws.ask("aws:ssm/getParameter:getParameter", name=name)["value"].startswith("ami-")
    for size in Size:
        assert FACTS.size(size) in INSTANCE_TYPES


def test_an_image_is_another_one_in_another_region(connect: Connect) -> None:
    name = next(iter(IMAGES))
    found = {
        connect(region=region).ask("aws:ssm/getParameter:getParameter", name=name)["value"]
        for region in ("eu-west-3", "eu-west-1")
    }
    assert len(found) == 2


def test_images_move_on_and_old_ones_stay(aws: Engine, asked: Properties) -> None:
    name = FACTS.images[Image.DEBIAN_12]
    aws.inventory.set(images=2)
    new = aws.ask("aws:ssm/getParameter:getParameter", name=name)["value"]
    assert new != asked["ami"]
    assert aws.make(VM, "seat01", asked).id
    assert aws.make(VM, "seat02", {**asked, "ami": new, "privateIp": None}).id


def test_who_and_where(aws: Engine) -> None:
    assert aws.ask("aws:index/getCallerIdentity:getCallerIdentity")["accountId"] == "123456789012"
    zones = aws.ask("aws:index/getAvailabilityZones:getAvailabilityZones", state="available")
    assert zones["names"] == ["eu-west-3a", "eu-west-3b", "eu-west-3c"]


def test_a_preview_tells_what_was_asked_and_leaves_the_rest_unknown(
    aws: Engine, asked: Properties
) -> None:
    asked["subnetId"] = UNKNOWN
    del asked["privateIp"]
    expected = aws.preview(VM, "seat01", asked)
    assert expected["instanceType"] == "t3.small"
    assert expected["publicIp"] is UNKNOWN
    assert expected["privateIp"] is UNKNOWN
    assert "hibernation" not in expected


def test_tags_of_the_provider_are_added(connect: Connect) -> None:
    engine = connect(region="eu-west-3", defaultTags='{"tags":{"owner":"me"}}')
    made = engine.make(VPC, "network", {"cidrBlock": "10.0.0.0/16", "tags": {"a": "b"}})
    assert made.outputs["tagsAll"] == {"owner": "me", "a": "b"}
    assert engine.inventory.tagged("owner", "me")


def test_a_connection_has_its_own_region(connect: Connect) -> None:
    paris, dublin = connect(region="eu-west-3"), connect(region="eu-west-1")
    network = paris.make(VPC, "network", {"cidrBlock": "10.0.0.0/16"})
    assert network.outputs["region"] == "eu-west-3"
    with refused("InvalidVpcID.NotFound"):
        dublin.make(SUBNET, "machines", {"vpcId": network.id, "cidrBlock": "10.0.0.0/24"})


# --- what it refuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"instanceTyp": "t3.small"}, "instanceTyp.*did you mean instanceType"),
        ({"rootBlockDevice": {"volumeSize": "20"}}, "volumeSize.*whole number"),
        ({"tags": {"a": 1}}, "tags.a: must be a string"),
        ({"vpcSecurityGroupIds": "sg-1"}, "must be a list"),
        ({"metadataOptions": ["required"]}, "must be an object"),
        ({"metadataOptions": {"httpTokens": "requird"}}, "expected metadataOptions.httpTokens"),
        ({"metadataOptions": {"httpPutResponseHopLimit": 65}}, "hop limit"),
        ({"privateIp": "10.77.1.300"}, "not a valid IPv4 address"),
        ({"userDataBase64": "eA=="}, "conflicts with user_data_base64"),
        ({"ami": None}, "ami: is required"),
        ({"hibernation": True}, "doesn't know this property.*rehearsal/clouds/aws"),
        ({"rootBlockDevice": {"iops": 3000}}, "rootBlockDevice.iops.*rehearsal/clouds/aws"),
    ],
)
def test_a_preview_refuses(aws: Engine, asked: Properties, change: Properties, words: str) -> None:
    with refused(words):
        aws.preview(VM, "seat01", {**asked, **change})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"privateIp": "10.78.0.1"}, "InvalidParameterValue: .* does not fall within"),
        ({"privateIp": "10.77.0.3"}, "InvalidParameterValue: .* reserved address range"),
        ({"privateIp": "10.77.127.255"}, "InvalidParameterValue: .* reserved address range"),
        ({"instanceType": "t3.tiny"}, "InvalidParameterValue: Invalid value 't3.tiny'"),
        ({"instanceType": "t4g.small"}, "architecture 'arm64'.*does not match"),
        ({"instanceType": "m5.large"}, "InstanceCreditSpecification.NotSupported"),
        ({"ami": "ami-00000000000000000"}, "InvalidAMIID.NotFound"),
        ({"ami": "debian-12"}, "InvalidAMIID.Malformed"),
        ({"subnetId": "subnet-1"}, "InvalidSubnetID.NotFound: .* 'subnet-1' does not exist"),
        ({"subnetId": None, "privateIp": None}, "No subnets found"),
        ({"availabilityZone": "eu-west-3b"}, "not the one of the subnet"),
        ({"vpcSecurityGroupIds": ["sg-1"]}, "InvalidGroup.NotFound"),
        ({"keyName": "nobodys"}, "InvalidKeyPair.NotFound"),
        ({"userData": "x" * 16385}, "User data is limited to 16384 bytes"),
        ({"userData": "é" * 8193}, "User data is limited to 16384 bytes"),
        ({"rootBlockDevice": {"volumeSize": 4}}, "InvalidBlockDeviceMapping"),
        ({"tags": {str(n): "x" for n in range(51)}}, "TagLimitExceeded"),
        ({"tags": {"aws:x": "y"}}, "reserved for internal use"),
        ({"tags": {"x": "y" * 257}}, "too long"),
        ({"region": "eu-west-99"}, "invalid AWS Region: eu-west-99"),
    ],
)
def test_the_cloud_refuses_a_machine(
    aws: Engine,
    asked: Properties,
    change: Properties,
    words: str,
) -> None:
    before = aws.inventory.all()
    with refused(words):
        aws.make(VM, "seat01", {**asked, **change})
    assert aws.inventory.all() == before


def test_just_as_much_as_may_be(aws: Engine, asked: Properties) -> None:
    packed = base64.b64encode(b"x" * 16384).decode()
    most = {"userData": None, "userDataBase64": packed, "privateIp": "10.77.127.254"}
    tags = {"tags": {str(n): "x" for n in range(50)}}
    assert aws.make(VM, "seat01", {**asked, **most, **tags}).id


def test_an_address_is_given_once(
    aws: Engine,
    asked: Properties,
    vm: Made,
) -> None:
    with refused("InvalidIPAddress.InUse: Address 10.77.1.1 is in use"):
        aws.make(VM, "seat02", asked)
    aws.delete(vm)
    assert aws.make(VM, "seat02", asked).outputs["privateIp"] == "10.77.1.1"


def test_a_group_of_another_network(aws: Engine, asked: Properties) -> None:
    other = aws.make(VPC, "other", {"cidrBlock": "10.78.0.0/16"})
    group = aws.make(GROUP, "other", {"vpcId": other.id})
    with refused("belong to different networks"):
        aws.make(VM, "seat01", {**asked, "vpcSecurityGroupIds": [group.id]})


def test_a_quota_and_a_shortage(aws: Engine, asked: Properties) -> None:
    del asked["privateIp"]
    inventory = aws.inventory
    inventory.set(vcpus=2)
    aws.make(VM, "seat01", asked)
    with refused("VcpuLimitExceeded: .* current vCPU limit of 2"):
        aws.make(VM, "seat02", asked)
    inventory.set(vcpus=100, capacity={"t3.small": 1})
    with refused("InsufficientInstanceCapacity: .* sufficient t3.small capacity"):
        aws.make(VM, "seat02", asked)


@pytest.mark.usefixtures("subnet")
@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"cidrBlock": "10.78.0.0/24"}, "InvalidSubnet.Range"),
        ({"cidrBlock": "10.77.0.0/29"}, "InvalidSubnet.Range"),
        ({"cidrBlock": "10.77.64.0/24"}, "InvalidSubnet.Conflict"),
        ({"cidrBlock": "10.77.200.1/24"}, "not a valid CIDR block"),
        ({"cidrBlock": "10.77.200.0/24", "availabilityZone": "eu-west-3x"}, "eu-west-3a, "),
        ({"cidrBlock": "10.77.200.0/24", "vpcId": "vpc-1"}, "InvalidVpcID.NotFound"),
    ],
)
def test_the_cloud_refuses_a_subnet(aws: Engine, vpc: Made, inputs: Properties, words: str) -> None:
    with refused(words):
        aws.make(SUBNET, "more", {"vpcId": vpc.id, **inputs})


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"description": "l'accès"}, "description.*may have up to 255"),
        ({"ingress": [{**PORT, "protocol": "-1"}]}, "must both be 0"),
        ({"ingress": [{**PORT, "cidrBlocks": ["1.2.3.4/24"]}]}, "not a valid CIDR"),
        ({"ingress": [{**PORT, "cidrBlocks": []}]}, "a source or a destination"),
        ({"ingress": [{"protocol": "tcp", "fromPort": 22}]}, r"ingress\[0\].toPort: is required"),
        ({"ingress": [{**PORT, "cidrBlocks": ANY * 61}]}, "RulesPerSecurityGroupLimitExceeded"),
        ({"name": "sg-mine"}, "not begin with sg-"),
    ],
)
def test_a_firewall_is_refused(aws: Engine, vpc: Made, inputs: Properties, words: str) -> None:
    with refused(words):
        aws.make(GROUP, "door", {"vpcId": vpc.id, **inputs})


def test_names_that_are_taken(aws: Engine, vpc: Made) -> None:
    aws.make(GROUP, "door", {"vpcId": vpc.id, "name": "door"})
    with refused("InvalidGroup.Duplicate"):
        aws.make(GROUP, "again", {"vpcId": vpc.id, "name": "door"})
    other = aws.make(VPC, "other", {"cidrBlock": "10.0.0.0/16"})
    assert aws.make(GROUP, "again", {"vpcId": other.id, "name": "door"}).id
    key = {"keyName": "mine", "publicKey": "ssh-ed25519 AAAA me"}
    assert aws.make(KEY, "mine", key).id == "mine"
    with refused("InvalidKeyPair.Duplicate: The keypair already exists"):
        aws.make(KEY, "again", key)
    with refused("InvalidKey.Format"):
        aws.make(KEY, "bad", {"keyName": "bad", "publicKey": "AAAA"})


def test_a_key_of_one_name_in_each_region(connect: Connect) -> None:
    key = {"keyName": "mine", "publicKey": "ssh-ed25519 AAAA me"}
    paris, dublin = connect(region="eu-west-3"), connect(region="eu-west-1")
    first, second = (engine.make(KEY, "mine", key) for engine in (paris, dublin))
    dublin.delete(second)
    assert paris.read(first) is not None
    assert dublin.read(second) is None


def test_ways_out(aws: Engine, vpc: Made, subnet: Made) -> None:
    gateway = aws.make(GATEWAY, "gateway", {"vpcId": vpc.id})
    with refused("already has an internet gateway attached"):
        aws.make(GATEWAY, "second", {"vpcId": vpc.id})
    out = [{"cidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}]
    routes = aws.make(ROUTES, "routes", {"vpcId": vpc.id, "routes": out})
    assert routes.outputs["ownerId"] == "123456789012"
    both = {"subnetId": subnet.id, "routeTableId": routes.id}
    aws.make(ASSOCIATION, "routes", both)
    with refused("Resource.AlreadyAssociated"):
        aws.make(ASSOCIATION, "again", both)
    other = aws.make(VPC, "other", {"cidrBlock": "10.0.0.0/16"})
    with refused("belong to different networks"):
        aws.make(ROUTES, "wrong", {"vpcId": other.id, "routes": out})


def test_only_so_many_networks(aws: Engine) -> None:
    for number in range(5):
        aws.make(VPC, f"n{number}", {"cidrBlock": "10.0.0.0/16"})
    with refused("VpcLimitExceeded"):
        aws.make(VPC, "n6", {"cidrBlock": "10.0.0.0/16"})
    aws.inventory.set(vpcs=6)
    assert aws.make(VPC, "n6", {"cidrBlock": "10.0.0.0/16"}).id


def test_what_is_in_use_stays(
    aws: Engine,
    vpc: Made,
    subnet: Made,
    group: Made,
    vm: Made,
) -> None:
    gateway = aws.make(GATEWAY, "gateway", {"vpcId": vpc.id})
    for used in (vpc, subnet, group):
        with refused("DependencyViolation"):
            aws.delete(used)
    with refused("mapped public address"):
        aws.delete(gateway)
    for gone in (vm, gateway, group, subnet, vpc):
        aws.delete(gone)
        assert not aws.read(gone)
    aws.delete(vm)  # gone already is gone


def test_what_it_does_not_know_is_refused_by_name(aws: Engine) -> None:
    with refused("doesn't know aws:s3/bucket:Bucket: add it to rehearsal/clouds/aws/"):
        aws.make("aws:s3/bucket:Bucket", "bucket", {})
    with refused("doesn't know aws:ec2/getAmi:getAmi"):
        aws.ask("aws:ec2/getAmi:getAmi", mostRecent=True)
    with refused("ParameterNotFound"):
        aws.ask("aws:ssm/getParameter:getParameter", name="/none")
    with refused("nme: is no property.*did you mean name"):
        aws.ask("aws:ssm/getParameter:getParameter", nme="/none")


# --- what changes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"ami": "ami-00000000000000001"},
        {"subnetId": "subnet-2"},
        {"privateIp": "10.77.1.2"},
        {"associatePublicIpAddress": False},
        {"userData": "#!/bin/bash\n"},
        {"rootBlockDevice": {"volumeType": "gp3", "volumeSize": 20, "encrypted": False}},
        {"keyName": "mine"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_that_makes_a_new_machine(aws: Engine, vm: Made, change: Properties) -> None:
    response, _ = aws.diff(vm, **change)
    assert [one.split(".")[0] for one in response.replaces] == list(change)
    assert not response.deleteBeforeReplace


@pytest.mark.parametrize(
    "change",
    [
        {"instanceType": "t3.medium"},
        {"vpcSecurityGroupIds": []},
        {"tags": {"dockyard:expires": "later"}},
        {"rootBlockDevice": {"volumeType": "gp3", "volumeSize": 30, "encrypted": True}},
        {"metadataOptions": {"httpTokens": "optional"}},
        {"userData": "#!/bin/bash\n", "userDataReplaceOnChange": False},
        {"instanceInitiatedShutdownBehavior": "stop"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_in_place(aws: Engine, vm: Made, change: Properties) -> None:
    response, _ = aws.diff(vm, **change)
    assert not response.replaces
    assert set(response.diffs) == set(change)
    changed = aws.change(vm, **change)
    assert changed.outputs["privateIp"] == vm.outputs["privateIp"]
    assert changed.outputs["rootBlockDevice"]["volumeId"]
    response, _ = aws.diff(changed)
    assert response.changes == response.DIFF_NONE


def test_a_stop_and_start_gives_a_new_public_address(aws: Engine, vm: Made) -> None:
    assert aws.change(vm, instanceType="t3.medium", preview=True).outputs["publicIp"] is UNKNOWN
    assert aws.change(vm, instanceType="t3.medium").outputs["publicIp"] != vm.outputs["publicIp"]
    other = aws.change(vm, tags={"a": "b"})
    assert other.outputs["publicIp"] == aws.read(vm).outputs["publicIp"]


def test_a_disk_never_shrinks(aws: Engine, vm: Made) -> None:
    with refused("New size cannot be smaller than existing size"):
        aws.change(vm, rootBlockDevice={**vm.inputs["rootBlockDevice"], "volumeSize": 10})


def test_order_of_rules_means_nothing(aws: Engine, vpc: Made) -> None:
    web = {**PORT, "fromPort": 80, "toPort": 80}
    made = aws.make(GROUP, "web", {"vpcId": vpc.id, "ingress": [PORT, web]})
    response, _ = aws.diff(made, ingress=[web, PORT])
    assert response.changes == response.DIFF_NONE
    response, _ = aws.diff(made, ingress=[web])
    assert response.changes == response.DIFF_SOME
    assert not response.replaces


def test_a_fixed_name_is_freed_before_it_is_taken_again(aws: Engine, vpc: Made) -> None:
    made_up = aws.make(GROUP, "door", {"vpcId": vpc.id, "description": "a"})
    response, news = aws.diff(made_up, description="b")
    assert (list(response.replaces), response.deleteBeforeReplace) == (["description"], False)
    assert news["name"] == made_up.inputs["name"]
    fixed = aws.make(GROUP, "other", {"vpcId": vpc.id, "description": "a", "name": "door"})
    response, _ = aws.diff(fixed, description="b")
    assert response.deleteBeforeReplace


def test_a_state_without_inputs_shows_no_change(aws: Engine, vm: Made) -> None:
    response, _ = aws.diff(replace(vm, inputs={}), **vm.inputs)
    assert response.changes == response.DIFF_NONE


def test_reading_tells_what_was_changed_by_hand(aws: Engine, vm: Made) -> None:
    inventory = aws.inventory
    record = inventory.get(VM, vm.id, "eu-west-3")
    inventory.put(replace(record, inputs={**record.inputs, "tags": {"by": "hand"}}))
    seen = aws.read(vm)
    assert seen.inputs["tags"] == {"by": "hand"}
    assert seen.inputs["__defaults"] == vm.inputs["__defaults"]
    inventory.remove(record)
    assert not aws.read(vm)


def test_faults(aws: Engine, asked: Properties) -> None:
    del asked["privateIp"]
    inventory = aws.inventory
    inventory.plan(Fault("create", "*:Instance", first=2, error="InternalError: An error occurred"))
    inventory.plan(Fault("create", "*:Instance", "lost", error="connection reset", lost=True))
    aws.make(VM, "seat01", asked)
    with refused("api error InternalError: An error occurred"):
        aws.make(VM, "seat02", asked)
    with refused("connection reset"):
        aws.make(VM, "lost", asked)
    assert {one.name for one in inventory.all(VM)} == {"seat01", "lost"}


# --- alarms -------------------------------------------------------------------------------------

TOPIC = "aws:sns/topic:Topic"
PERSON = "aws:sns/topicSubscription:TopicSubscription"
MACHINE = "aws:sfn/stateMachine:StateMachine"
ROLE = "aws:iam/role:Role"


def trust(*services: str) -> str:
    trusted = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": list(services)},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [trusted]})


def machine(aws: Engine, **states: Properties) -> Made:
    taken = aws.make(ROLE, "looks", {"assumeRolePolicy": trust("states.amazonaws.com")})
    definition = json.dumps({"StartAt": "first", "States": states})
    asked = {"definition": definition, "roleArn": taken.outputs["arn"]}
    return aws.make(MACHINE, "looks", asked)


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({}, "MISSING_TRANSITION_TARGET: first"),
        ({"first": {"Type": "Choice", "Choices": [], "Default": "then"}}, "TARGET: then"),
        ({"first": {"Type": "Task", "Resource": "x"}}, "MISSING_TERMINAL_STATE: first"),
        ({"first": {"Type": "Wait", "Seconds": 1}}, "can't run the state first"),
        (
            {
                "first": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::aws-sdk:ec2:terminateInstances",
                    "Next": "good",
                },
                "good": {"Type": "Succeed"},
            },
            "doesn't know arn:aws:states:::aws-sdk:ec2:terminateInstances",
        ),
        (
            {
                "first": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "good"}],
                    "Default": "good",
                },
                "good": {"Type": "Succeed"},
            },
            "can't decide",
        ),
    ],
)
def test_a_state_machine_is_refused(aws: Engine, states: dict[str, Properties], words: str) -> None:
    with refused(words):
        machine(aws, **states)


def test_a_state_machine_needs_a_role_that_its_service_may_take(aws: Engine) -> None:
    taken = aws.make(ROLE, "looks", {"assumeRolePolicy": trust("ec2.amazonaws.com")})
    definition = json.dumps({"StartAt": "good", "States": {"good": {"Type": "Succeed"}}})
    with refused("Neither the global service principal states.amazonaws.com"):
        asked = {"definition": definition, "roleArn": taken.outputs["arn"]}
        aws.make(MACHINE, "looks", asked)


def test_a_topic_is_heard_by_who_confirmed_and_goes_with_them(aws: Engine) -> None:
    with refused("Topic does not exist"):
        topic = "arn:aws:sns:eu-west-3:123456789012:none"
        aws.make(PERSON, "ada", {"topic": topic, "protocol": "email", "endpoint": "a@b.org"})
    with refused("Topic Name"):
        aws.make(TOPIC, "alarm", {"name": "no such.name"})
    topic = aws.make(TOPIC, "alarm", {"name": "alarm"})
    with refused("Email address"):
        aws.make(PERSON, "ada", {"topic": topic.id, "protocol": "email", "endpoint": "ada"})
    with refused("the stand-in knows email alone"):
        aws.make(PERSON, "ada", {"topic": topic.id, "protocol": "sms", "endpoint": "+33"})
    ada = {"topic": topic.id, "protocol": "email", "endpoint": "a@b.org"}
    made = aws.make(PERSON, "ada", ada)
    assert made.outputs["pendingConfirmation"] is True
    with refused("This subscription is not confirmed"):
        aws.delete(made)
    response, _ = aws.diff(made, endpoint="b@b.org")
    assert list(response.replaces) == ["endpoint"]
    alarms.confirm(aws.inventory)
    again = aws.make(PERSON, "ada", ada)
    assert (again.id, again.outputs["pendingConfirmation"]) == (made.id, False)
    aws.delete(topic)
    assert aws.inventory.all(PERSON) == []
