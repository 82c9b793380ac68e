"""The provider speaks the engine's protocol, for all clouds alike."""

import threading
import time
from collections.abc import Callable

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from rehearsal.clouds import load
from rehearsal.clouds.aws.facts import IMAGES, ami
from rehearsal.faults import Fault
from rehearsal.inventory import Record
from rehearsal.scene import Scene
from rehearsal.serve import running
from rehearsal.wire import decode, encode
from unit.rehearsal.small_engine import Engine, Made, Properties, refused

STANDIN = "aws"
VPC = "aws:ec2/vpc:Vpc"
BLOCK = {"cidrBlock": "10.0.0.0/16"}


@pytest.fixture
def aws(connect: Callable[..., Engine]) -> Engine:
    return connect(region="eu-west-3")


def test_it_is_the_plugin_of_the_sdk(aws: Engine) -> None:
    assert aws.stub.GetPluginInfo(empty_pb2.Empty()).version.startswith("7.")
    assert aws.stub.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets


@pytest.mark.parametrize(
    ("news", "words"),
    [
        ({"region": "eu-west-3"}, []),
        ({"region": "eu-west-3", "version": "7.51.1", "skipMetadataApiCheck": "true"}, []),
        ({}, ["Missing region"]),
        ({"region": "paris"}, ["invalid AWS Region: paris"]),
        ({"regio": "eu-west-3"}, ["did you mean region"]),
        ({"region": "eu-west-3", "maxRetries": "x"}, ["maxRetries must be a whole number"]),
        ({"region": "eu-west-3", "stsRegion": "x"}, ["rehearsal/clouds/aws/"]),
    ],
)
def test_a_provider_is_checked(aws: Engine, news: Properties, words: list[str]) -> None:
    answer = aws.stub.CheckConfig(provider_pb2.CheckRequest(news=encode(news)))
    failures = [f"{one.property} {one.reason}" for one in answer.failures]
    assert len(failures) == len(words)
    for failure, word in zip(failures, words, strict=True):
        assert word in failure


def differ(engine: Engine, old: Properties, new: Properties) -> provider_pb2.DiffResponse:
    request = provider_pb2.DiffRequest(old_inputs=encode(old), news=encode(new))
    answer: provider_pb2.DiffResponse = engine.stub.DiffConfig(request)
    return answer


def test_another_region_makes_all_anew(aws: Engine) -> None:
    old = {"region": "eu-west-3", "profile": "a"}
    other = differ(aws, old, {**old, "region": "eu-west-1"})
    assert list(other.replaces) == ["region"]
    same = differ(aws, old, {**old, "profile": "b"})
    assert list(same.replaces) == []
    assert list(same.diffs) == ["profile"]


def test_a_secret_stays_one(aws: Engine) -> None:
    news = {**BLOCK, "tags": {"a": "b"}}
    response = aws.check(Made(VPC, "n"), news, secrets={("tags", "a")})
    assert decode(response.inputs).secrets == {("tags", "a")}
    urn = f"urn:pulumi:lab::dockyard::{VPC}::n"
    made = aws.stub.Create(provider_pb2.CreateRequest(urn=urn, properties=response.inputs))
    assert decode(made.properties).secrets == {("tags", "a")}
    assert decode(made.properties).plain["tags"] == {"a": "b"}


def test_what_an_engine_does_not_wait_for_stays_in_its_state(aws: Engine) -> None:
    """Ctrl-C in a long operation: the answer carries the id of what is being made."""
    aws.inventory.plan(Fault("create", delay=60))
    urn = f"urn:pulumi:lab::dockyard::{VPC}::n"
    begun = time.monotonic()
    interrupt = threading.Timer(0.3, lambda: aws.stub.Cancel(empty_pb2.Empty()))
    interrupt.start()
    with pytest.raises(grpc.RpcError) as caught:
        aws.stub.Create(provider_pb2.CreateRequest(urn=urn, properties=encode(BLOCK)))
    interrupt.join()
    assert time.monotonic() - begun < 10
    trailing = dict(caught.value.trailing_metadata())
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    failure = provider_pb2.ErrorResourceInitFailed()
    status.details[0].Unpack(failure)
    (made,) = aws.inventory.all(VPC)
    assert failure.id == made.id


def test_a_thing_is_there_while_it_is_being_made(aws: Engine) -> None:
    inventory = aws.inventory
    inventory.plan(Fault("create", delay=1))
    thread = threading.Thread(target=aws.make, args=(VPC, "n", BLOCK))
    thread.start()
    deadline = time.monotonic() + 10
    while not inventory.all(VPC) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert thread.is_alive()
    assert inventory.all(VPC)
    thread.join()


def test_an_import_reads_all(aws: Engine) -> None:
    made = aws.make(VPC, "n", BLOCK)
    urn = made.urn
    found = aws.stub.Read(provider_pb2.ReadRequest(id=made.id, urn=urn))
    assert decode(found.inputs).plain["cidrBlock"] == "10.0.0.0/16"
    gone = aws.stub.Read(provider_pb2.ReadRequest(id="vpc-none", urn=urn))
    assert gone.id == ""


def test_a_made_up_name_is_kept(aws: Engine) -> None:
    network = aws.make(VPC, "n", BLOCK)
    token, asked = "aws:ec2/securityGroup:SecurityGroup", {"vpcId": network.id}
    door = Made(token, "door")
    first = aws.inputs(door, asked)
    assert first["name"].startswith("door-")
    assert first["__defaults"] == ["description", "revokeRulesOnDelete", "name"]
    door.inputs = first
    assert aws.inputs(door, asked)["name"] == first["name"]
    named = aws.inputs(door, {**asked, "name": "door"})
    assert named["name"] == "door"
    assert "name" not in named["__defaults"]


def test_ignored_changes_are_none(aws: Engine) -> None:
    made = aws.make(VPC, "n", {**BLOCK, "tags": {"a": "b"}})
    request = provider_pb2.DiffRequest(
        id=made.id,
        urn=made.urn,
        old_inputs=encode(made.inputs),
        news=encode({**made.inputs, "tags": {"a": "c"}}),
        ignoreChanges=["tags"],
    )
    assert aws.stub.Diff(request).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_found_thing_can_be_put_there_by_hand(aws: Engine) -> None:
    """What somebody else left in the cloud is in the way like anything else."""
    network = aws.make(VPC, "n", BLOCK)
    aws.inventory.put(
        Record("subnet-1", "aws:ec2/subnet:Subnet", "", "eu-west-3", {"vpcId": network.id, **BLOCK})
    )
    with refused("DependencyViolation"):
        aws.delete(network)


@pytest.mark.parametrize("operation", ["create", "read", "update", "delete", "invoke"])
def test_every_operation_can_fail(aws: Engine, operation: str) -> None:
    made = aws.make(VPC, "n", BLOCK)
    aws.inventory.plan(Fault(operation, error="RequestLimitExceeded: Request limit exceeded."))
    operations: dict[str, Callable[[], object]] = {
        "create": lambda: aws.make(VPC, "m", BLOCK),
        "read": lambda: aws.read(made),
        "update": lambda: aws.change(made, tags={"a": "b"}),
        "delete": lambda: aws.delete(made),
        "invoke": lambda: aws.ask("aws:index/getCallerIdentity:getCallerIdentity"),
    }
    with refused("api error RequestLimitExceeded: Request limit exceeded."):
        operations[operation]()
    operations[operation]()  # once is once


def test_an_operation_takes_its_time_at_the_clouds_pace(aws: Engine) -> None:
    network = aws.make(VPC, "n", BLOCK)
    subnet = aws.make("aws:ec2/subnet:Subnet", "s", {"vpcId": network.id, **BLOCK})
    image = ami(next(iter(IMAGES)), "eu-west-3", 1)
    aws.inventory.set(pace=0.05)
    begun = time.monotonic()
    inputs = {"ami": image, "instanceType": "t3.small", "subnetId": subnet.id}
    aws.make("aws:ec2/instance:Instance", "seat01", inputs)
    seconds = load("aws").by_token["aws:ec2/instance:Instance"].seconds["create"]
    assert time.monotonic() - begun >= 0.05 * seconds


class Machines:
    """Hooks as real machines will have them."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def address(self, scene: Scene) -> str:
        return f"172.17.0.{len(scene.others(VPC)) + 2}"

    def happened(self, what: str, record: Record) -> None:
        self.seen.append((what, record.kind.rpartition(":")[2]))

    def console(self, record: Record) -> str:
        return f"{record.name} says nothing"


def test_real_machines_may_be_bound_to_records() -> None:
    machines = Machines()
    with running("aws", hooks=machines) as served:
        where = served.environment["PULUMI_DEBUG_PROVIDERS"]
        aws = Engine(where, served.inventory["aws"], region="eu-west-3")
        network = aws.make(VPC, "n", BLOCK)
        subnet = aws.make("aws:ec2/subnet:Subnet", "s", {"vpcId": network.id, **BLOCK})
        image = ami(next(iter(IMAGES)), "eu-west-3", 1)
        inputs = {"ami": image, "instanceType": "t3.small", "subnetId": subnet.id}
        public = {**inputs, "associatePublicIpAddress": True}
        made = aws.make("aws:ec2/instance:Instance", "seat01", public)
        assert made.outputs["publicIp"] == "172.17.0.3"
        aws.delete(aws.change(made, tags={"a": "b"}))
        aws.channel.close()
    made_of = [("create", kind) for kind in ("Vpc", "Subnet", "Instance")]
    assert machines.seen == [*made_of, ("update", "Instance"), ("delete", "Instance")]
