"""rights/ allows what a lab and the sweeper call, and no more than a lab needs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from dockyard.buckets import azblob, s3
from dockyard.sweep.aws_kinds import KINDS
from dockyard.sweep.clouds import gcp
from dockyard.sweep.clouds.aws import Aws
from dockyard.sweep.things import Account
from rehearsal import clouds
from rehearsal.clouds.aws import policies
from rehearsal.clouds.gcp import _RIGHTS
from rehearsal.http.aws_deletions import DELETIONS
from rehearsal.http.aws_lists import LISTS
from rehearsal.http.aws_power import POWER
from rehearsal.kinds import Kind

RIGHTS = Path(__file__).parents[2] / "rights"
AWS = (RIGHTS / "aws-trainer.json").read_text(encoding="utf-8")
ACCOUNT = "123456789012"
NOT_OURS = {"aws:ec2/keyPair:KeyPair", "aws:ec2/eip:Eip", "aws:ebs/volume:Volume"} | {
    "aws:ec2/networkInterface:NetworkInterface"
}
"""Kinds that no lab makes: they are only removed, where a person has made them in its network."""
WORDS = {
    "Vpc": "vpc",
    "Subnet": "subnet",
    "InternetGateway": "internet-gateway",
    "RouteTable": "route-table",
    "RouteTableAssociation": "route-table",
    "SecurityGroup": "security-group",
    "Instance": "instance",
}


def of(kind: Kind) -> tuple[str, str]:
    """The service of a kind, and an ARN of one that is a lab's."""
    name = kind.token.rpartition(":")[2]
    if name in WORDS:
        return "ec2", f"arn:aws:ec2:eu-west-3:{ACCOUNT}:{WORDS[name]}/x-1"
    if "iam" in kind.token:
        return "iam", f"arn:aws:iam::{ACCOUNT}:role/dockyard-ada-moby"
    if "sns" in kind.token:
        return "sns", f"arn:aws:sns:eu-west-3:{ACCOUNT}:dockyard-ada-moby_alarm"
    if "sfn" in kind.token:
        arn = f"arn:aws:states:eu-west-3:{ACCOUNT}:stateMachine:dockyard-ada-moby_alarm"
        return "states", arn
    return "scheduler", f"arn:aws:scheduler:eu-west-3:{ACCOUNT}:schedule/default/dockyard-ada-moby"


@pytest.mark.parametrize(
    "kind", [k for k in clouds.load("aws").kinds if k.token not in NOT_OURS], ids=lambda k: k.title
)
def test_each_call_of_a_lab_on_aws(kind: Kind) -> None:
    service, arn = of(kind)
    own = {"aws:ResourceTag/dockyard-lab": "moby", "aws:RequestTag/dockyard-lab": "moby"}
    for call in kind.calls.values():
        assert policies.allowed([AWS], f"{service}:{call}", arn, own), call


def test_what_is_not_a_labs_is_not_touched_on_aws() -> None:
    instance = f"arn:aws:ec2:eu-west-3:{ACCOUNT}:instance/i-1"
    for action in ("ec2:TerminateInstances", "ec2:RunInstances", "ec2:CreateTags"):
        assert not policies.allowed([AWS], action, instance)
    for action in ("iam:PutRolePolicy", "iam:PassRole"):
        assert not policies.allowed([AWS], action, f"arn:aws:iam::{ACCOUNT}:role/admin")
    pass_to = {"iam:PassedToService": "ec2.amazonaws.com"}
    role = f"arn:aws:iam::{ACCOUNT}:role/dockyard-ada-moby"
    assert not policies.allowed([AWS], "iam:PassRole", role, pass_to)
    for service, kind in (("sns", ""), ("states", "stateMachine:")):
        stranger = f"arn:aws:{service}:eu-west-3:{ACCOUNT}:{kind}payments"
        for action in ("sns:DeleteTopic", "sns:Subscribe", "states:DeleteStateMachine"):
            assert not policies.allowed([AWS], action, stranger)
    assert "*" not in {one for part in policies.statements(AWS) for one in part["Action"]}


@pytest.mark.parametrize("call", sorted(LISTS | DELETIONS))
def test_each_call_of_the_sweeper_on_aws(call: str) -> None:
    own = {"aws:ResourceTag/dockyard-lab": "moby"}
    assert policies.allowed([AWS], f"ec2:{call}", f"arn:aws:ec2:eu-west-3:{ACCOUNT}:any/x-1", own)


def test_power_and_consoles_are_a_persons_on_aws() -> None:
    """Nothing of ours calls them on a machine itself, so a trainer's account need not have them."""
    granted = {one for part in policies.statements(AWS) for one in part["Action"]}
    assert not {"ec2:RebootInstances", "ec2:GetConsoleOutput"} & granted
    assert {"RebootInstances", "GetConsoleOutput"} <= set(POWER)


@pytest.mark.parametrize("word", KINDS)
def test_each_kind_that_the_sweeper_knows_on_aws(word: str) -> None:
    """Also those that no stand-in has: whose list is denied, nothing is called empty."""
    own = {"aws:ResourceTag/dockyard-lab": "moby"}
    arn = f"arn:aws:ec2:eu-west-3:{ACCOUNT}:{word}/x-1"
    for call in (KINDS[word].list_call, KINDS[word].call):
        name = "".join(part.capitalize() for part in call.split("_"))
        assert policies.allowed([AWS], f"ec2:{name}", arn, own), name


def test_the_policy_fits_into_one_of_awss() -> None:
    assert len(re.sub(r"\s", "", AWS)) <= 6144


def test_each_kind_of_a_lab_on_azure() -> None:
    role = json.loads((RIGHTS / "azure-trainer.json").read_text(encoding="utf-8"))
    for kind in clouds.load("azure").kinds:
        type_ = kind.title.replace(
            "Resources/resourceGroups", "Resources/subscriptions/resourceGroups"
        )
        for verb in ("read", "write", "delete"):
            assert f"{type_}/{verb}" in role["Actions"]
    assert not [one for one in role["Actions"] if "*" in one]
    registers = {one.partition("/")[0] for one in role["Actions"] if "/register/" in one}
    # Azure refuses a role with an action that it does not know: these two are always registered
    assert not registers & {"Microsoft.Authorization", "Microsoft.Resources"}
    assert {"Microsoft.Compute", "Microsoft.Logic"} < registers


def test_each_kind_of_a_lab_on_google_cloud() -> None:
    role = yaml.safe_load((RIGHTS / "gcp-trainer.yaml").read_text(encoding="utf-8"))
    for right in _RIGHTS.values():
        if right.endswith("Policy"):
            assert right in role["includedPermissions"]
            continue
        for verb in ("create", "get", "delete"):
            assert f"{right}.{verb}" in role["includedPermissions"]
    assert len(role["includedPermissions"]) == len(set(role["includedPermissions"]))


@pytest.mark.parametrize("kind", gcp._KINDS)
def test_each_kind_that_the_sweeper_knows_on_google_cloud(kind: str) -> None:
    role = yaml.safe_load((RIGHTS / "gcp-trainer.yaml").read_text(encoding="utf-8"))
    for verb in ("list", "get", "delete"):
        assert f"compute.{kind}.{verb}" in role["includedPermissions"]


def test_each_list_of_the_sweeper_on_azure() -> None:
    role = json.loads((RIGHTS / "azure-trainer.json").read_text(encoding="utf-8"))
    for place in ("resourceGroups", "resources", "resourceGroups/resources"):
        assert f"Microsoft.Resources/subscriptions/{place}/read" in role["Actions"]


# --- where states are kept ----------------------------------------------------------------------

BUCKET = f"dockyard-states-{ACCOUNT}-eu-west-3"
STATES = (RIGHTS / "aws-states.json").read_text(encoding="utf-8")
ACTIONS = {
    "head_bucket": "ListBucket",
    "create_bucket": "CreateBucket",
    "put_public_access_block": "PutBucketPublicAccessBlock",
    "put_bucket_encryption": "PutEncryptionConfiguration",
    "put_bucket_versioning": "PutBucketVersioning",
}
"""What IAM calls each call, which moto does not tell apart."""
Sdk = Any
"""What an SDK gives: made when it runs, without types."""


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who asks moto: a user with this one policy, to which its IAM then holds."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        iam = boto3.Session().client("iam")
        iam.create_user(UserName="trainer")
        # AWS lets who may list a bucket ask for its head; moto has a right of its own for that
        policy = STATES.replace('"s3:ListBucket"', '"s3:ListBucket", "s3:HeadBucket"')
        iam.put_user_policy(UserName="trainer", PolicyName="states", PolicyDocument=policy)
        key = iam.create_access_key(UserName="trainer")["AccessKey"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        yield


@pytest.mark.usefixtures("trainer")
@set_initial_no_auth_action_count(3)
def test_the_bucket_of_states_is_made_and_used_on_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    ask = Aws.ask

    def heard(aws: Aws, service: str, region: str, call: str, **words: Sdk) -> Sdk:
        calls.extend([call] if service == "s3" else [])
        return ask(aws, service, region, call, **words)

    monkeypatch.setattr(Aws, "ask", heard)
    assert s3.make().startswith(f"s3://{BUCKET}?")
    assert s3.make().startswith(f"s3://{BUCKET}?")
    assert set(calls) == ACTIONS.keys()
    for call in calls:
        assert policies.allowed([STATES], f"s3:{ACTIONS[call]}", f"arn:aws:s3:::{BUCKET}"), call
    client = boto3.Session().client("s3")
    client.put_object(Bucket=BUCKET, Key=".pulumi/stacks/a.json", Body=b"{}")
    assert client.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    assert client.get_object(Bucket=BUCKET, Key=".pulumi/stacks/a.json")["Body"].read() == b"{}"
    client.delete_object(Bucket=BUCKET, Key=".pulumi/stacks/a.json")
    for refused in (
        lambda: client.create_bucket(
            Bucket="another", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"}
        ),
        lambda: client.delete_bucket(Bucket=BUCKET),
        lambda: client.put_bucket_policy(Bucket=BUCKET, Policy="{}"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()


class Asked:
    """What azblob.make asks of Azure, by the rights that it takes."""

    account = Account("azure", "0000")

    def __init__(self) -> None:
        self.rights: set[str] = set()

    def put_group(self, name: str, region: str) -> None:
        assert name
        assert region
        self._wrote("Microsoft.Resources/subscriptions/resourceGroups")

    def put(self, id_: str, version: str, body: Sdk) -> None:
        assert version
        assert body
        provider, *parts = id_.partition("/providers/")[2].split("/")
        self._wrote("/".join([provider, *parts[::2]]))

    def _wrote(self, type_: str) -> None:
        self.rights |= {f"{type_}/read", f"{type_}/write"}


def test_the_container_of_states_is_made_and_used_on_azure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked()
    monkeypatch.setattr(azblob, "open_cloud", lambda: asked)
    azblob.make()
    role = json.loads((RIGHTS / "azure-states.json").read_text(encoding="utf-8"))
    assert len(asked.rights) == 8
    assert asked.rights <= set(role["Actions"])
    assert {one.rpartition("/")[2] for one in role["DataActions"]} == {"read", "write", "delete"}
    assert not [one for one in (*role["Actions"], *role["DataActions"]) if "*" in one]
