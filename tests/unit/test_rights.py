"""rights/ allows what a lab and the sweeper call, and no more than a lab needs."""

import json
import re
from pathlib import Path

import pytest
import yaml

from rehearsal import clouds
from rehearsal.clouds.aws import policies
from rehearsal.clouds.gcp import _RIGHTS
from rehearsal.http import aws_calls
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
    assert "*" not in {one for part in policies.statements(AWS) for one in part["Action"]}


@pytest.mark.parametrize("call", sorted(aws_calls.CALLS))
def test_each_call_of_the_sweeper_on_aws(call: str) -> None:
    own = {"aws:ResourceTag/dockyard-lab": "moby"}
    assert policies.allowed([AWS], f"ec2:{call}", f"arn:aws:ec2:eu-west-3:{ACCOUNT}:any/x-1", own)


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


def test_each_kind_of_a_lab_on_google_cloud() -> None:
    role = yaml.safe_load((RIGHTS / "gcp-trainer.yaml").read_text(encoding="utf-8"))
    for right in _RIGHTS.values():
        if right.endswith("Policy"):
            assert right in role["includedPermissions"]
            continue
        for verb in ("create", "get", "delete"):
            assert f"{right}.{verb}" in role["includedPermissions"]
    assert len(role["includedPermissions"]) == len(set(role["includedPermissions"]))
