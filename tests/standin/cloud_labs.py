"""A lab in a stand-in cloud, made at once and without the engine, with the tags that ours has."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from dockyard.clouds import load
from dockyard.spec import Image, Size
from rehearsal import clouds, operations
from rehearsal.clouds.aws import facts as aws_facts
from rehearsal.inventory import Record
from rehearsal.scene import Scene
from rehearsal.serve import Running

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBuEV0PGQlnu7H9Cb7rxMCcR0Dm0vAYBB6iLAqCpTz6k trainer"
IN = 10**10
"""A deadline far away, in epoch seconds."""

ACCOUNTS = {
    "aws": "123456789012",
    "azure": "11111111-2222-3333-4444-555555555555",
    "gcp": "course",
}
"""Where the stand-ins have their labs."""
Plain = Any


def yes(cloud: str) -> list[str]:
    """The words by which `dockyard sweep` deletes what is there."""
    return ["--cloud", cloud, "--yes", "--confirm", ACCOUNTS[cloud]]


def add(running: Running, cloud: str, token: str, place: str = "", **inputs: Plain) -> Record:
    """One thing, as a person or a program would have it made; `place` is a region."""
    standin = clouds.load(cloud)
    config = {"region": place or load(cloud).default_region, "project": "course"}
    scene = Scene(
        standin,
        running.inventory[cloud],
        running.hooks,
        config if cloud != "azure" else {},
        inputs,
        next((str(inputs[one]) for one in inputs if one.lower().endswith("name")), token),
        standin.by_token[token],
    )
    return operations.create(scene)


def tags(lab: str, owner: str, expires: int) -> dict[str, str]:
    marks = {"dockyard-lab": lab, "dockyard-owner": owner}
    return marks | {"dockyard-expires": str(expires)}


def make(  # noqa: PLR0913 - what a test may want of a lab
    running: Running,
    cloud: str,
    lab: str = "course",
    owner: str = "trainer",
    *,
    machines: int = 3,
    expires: int = IN,
    place: str = "",
    more: Mapping[str, str] | None = None,
) -> list[Record]:
    """All that our program makes of a lab of so many machines; `more` are further tags."""
    marks = tags(lab, owner, expires) | dict(more or {})
    return _MAKERS[cloud](running, f"{owner}-{lab}", marks, machines, place)


def _aws(
    running: Running, prefix: str, marks: dict[str, str], machines: int, place: str
) -> list[Record]:
    region = place or load("aws").default_region

    def one(token: str, called: str, **inputs: Plain) -> Record:
        named = {**marks, "Name": f"{prefix}-{called}"}
        return add(running, "aws", token, region, tags=named, **inputs)

    vpc = one("aws:ec2/vpc:Vpc", "network", cidrBlock="10.77.0.0/16", enableDnsHostnames=True)
    subnet = one("aws:ec2/subnet:Subnet", "machines", vpcId=vpc.id, cidrBlock="10.77.0.0/16")
    gateway = one("aws:ec2/internetGateway:InternetGateway", "gateway", vpcId=vpc.id)
    out = [{"cidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}]
    routes = one("aws:ec2/routeTable:RouteTable", "routes", vpcId=vpc.id, routes=out)
    joined = {"subnetId": subnet.id, "routeTableId": routes.id}
    joins = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    association = add(running, "aws", joins, region, **joined)
    group = {"vpcId": vpc.id, "description": "door", "revokeRulesOnDelete": False}
    door = one("aws:ec2/securityGroup:SecurityGroup", "door", name=f"door-{prefix}", **group)
    ami = aws_facts.ami(load("aws").images[Image.DEBIAN_13], region, 1)
    made = [
        one(
            "aws:ec2/instance:Instance",
            f"seat{number:02}-node1",
            ami=ami,
            instanceType=load("aws").sizes[Size.SMALL],
            subnetId=subnet.id,
            associatePublicIpAddress=True,
            vpcSecurityGroupIds=[door.id],
            rootBlockDevice={"volumeType": "gp3", "volumeSize": 20, "tags": marks},
        )
        for number in range(1, machines + 1)
    ]
    return [vpc, subnet, gateway, routes, association, door, *made]


def _azure(
    running: Running, prefix: str, marks: dict[str, str], machines: int, place: str
) -> list[Record]:
    home = {
        "resourceGroupName": f"dockyard-{prefix}",
        "location": place or load("azure").default_region,
        "tags": marks,
    }
    group = add(running, "azure", "azure-native:resources:ResourceGroup", **home)
    made = [group]
    for number in range(1, machines + 1):
        address = add(
            running,
            "azure",
            "azure-native:network:PublicIPAddress",
            publicIpAddressName=f"seat{number:02}-node1",
            sku={"name": "Standard"},
            publicIPAllocationMethod="Static",
            **home,
        )
        made.append(address)
    return made


def _gcp(
    running: Running, prefix: str, marks: dict[str, str], machines: int, place: str
) -> list[Record]:
    region = place or load("gcp").default_region
    owner = f"dockyard-lab={marks['dockyard-lab']} dockyard-owner={marks['dockyard-owner']}"

    def one(token: str, called: str, **inputs: Plain) -> Record:
        return add(running, "gcp", token, region, name=f"{prefix}-{called}", **inputs)

    network = one(
        "gcp:compute/network:Network", "network", autoCreateSubnetworks=False, description=owner
    )
    subnet = one(
        "gcp:compute/subnetwork:Subnetwork",
        "machines",
        network=network.id,
        region=region,
        ipCidrRange="10.77.0.0/16",
    )
    door = one(
        "gcp:compute/firewall:Firewall",
        "door",
        network=network.id,
        allows=[{"protocol": "tcp", "ports": ["22"]}],
        sourceRanges=["203.0.113.7/32"],
    )
    identity = {name: marks[name] for name in ("dockyard-lab", "dockyard-owner")}
    disk = {"image": load("gcp").images[Image.DEBIAN_13], "size": 20, "labels": identity}
    made = [
        one(
            "gcp:compute/instance:Instance",
            f"seat{number:02}-node1",
            machineType=load("gcp").sizes[Size.SMALL],
            zone=f"{region}-b",
            bootDisk={"autoDelete": True, "initializeParams": disk},
            networkInterfaces=[{"subnetwork": subnet.id, "accessConfigs": [{}]}],
            labels=marks,
        )
        for number in range(1, machines + 1)
    ]
    return [network, subnet, door, *made]


_MAKERS = {"aws": _aws, "azure": _azure, "gcp": _gcp}


# --- what ends a lab ----------------------------------------------------------------------------


def guard(running: Running, cloud: str, lab: str = "course", owner: str = "trainer") -> None:
    """All that our program makes beside a lab to end it."""
    _GUARDS[cloud](running, lab, owner)


def _aws_guard(running: Running, lab: str, owner: str) -> None:
    name = f"dockyard-{owner}-{lab}"
    account = running.inventory["aws"].setting("account", "123456789012")
    trusted = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": ["scheduler.amazonaws.com", "ssm.amazonaws.com"]},
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    role = add(
        running, "aws", "aws:iam/role:Role",
        name=name, assumeRolePolicy=policy, tags=tags(lab, owner, IN),
    )  # fmt: skip
    add(running, "aws", "aws:iam/rolePolicy:RolePolicy", name="end", role=role.id, policy=policy)
    order = {
        "DocumentName": "AWS-TerminateEC2Instance",
        "Targets": [{"Key": "tag:dockyard-lab", "Values": [lab]}],
    }
    add(
        running, "aws", "aws:scheduler/schedule:Schedule",
        name=name,
        scheduleExpression="rate(1 hour)",
        startDate="2100-01-01T00:00:00Z",
        endDate="2100-01-08T00:00:00Z",
        flexibleTimeWindow={"mode": "OFF"},
        target={
            "arn": "arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution",
            "roleArn": role.outputs["arn"],
            "input": json.dumps(order),
        },
    )  # fmt: skip
    _aws_alarm(running, lab, owner)


def _aws_alarm(running: Running, lab: str, owner: str) -> None:
    """What tells when that fails."""
    name = f"dockyard-{owner}-{lab}_alarm"
    marks = tags(lab, owner, IN)
    topic = add(running, "aws", "aws:sns/topic:Topic", name=name, tags=marks)
    add(
        running, "aws", "aws:sns/topicSubscription:TopicSubscription",
        topic=topic.id, protocol="email", endpoint=f"{owner}@example.org",
    )  # fmt: skip
    trusted = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": ["scheduler.amazonaws.com", "states.amazonaws.com"]},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    role = add(running, "aws", "aws:iam/role:Role", name=name, assumeRolePolicy=policy, tags=marks)
    add(running, "aws", "aws:iam/rolePolicy:RolePolicy", name="look", role=role.id, policy=policy)
    definition = {"StartAt": "good", "States": {"good": {"Type": "Succeed"}}}
    machine = add(
        running, "aws", "aws:sfn/stateMachine:StateMachine",
        name=name, type="STANDARD", definition=json.dumps(definition),
        roleArn=role.outputs["arn"], tags=marks,
    )  # fmt: skip
    order = {"dockyard-lab": lab, "dockyard-owner": owner, "late": "2100-01-01T00:00:00Z"}
    add(
        running, "aws", "aws:scheduler/schedule:Schedule",
        name=name,
        scheduleExpression="rate(1 hour)",
        flexibleTimeWindow={"mode": "OFF"},
        target={
            "arn": machine.id,
            "roleArn": role.outputs["arn"],
            "input": json.dumps(order),
        },
    )  # fmt: skip


def _azure_guard(running: Running, lab: str, owner: str) -> None:
    """Its group, and what is in it that no state is needed for."""
    place = {
        "resourceGroupName": f"dockyard-{owner}-{lab}-guard",
        "location": load("azure").default_region,
        "tags": tags(lab, owner, IN),
    }
    add(running, "azure", "azure-native:resources:ResourceGroup", **place)
    kind = "azure-native:managedidentity:UserAssignedIdentity"
    add(running, "azure", kind, resourceName="guard", **place)


def _gcp_guard(running: Running, lab: str, owner: str) -> None:
    name, marks = f"dockyard-{owner}-{lab}", {"dockyard-lab": lab, "dockyard-owner": owner}
    whose = " ".join(f"{key}={value}" for key, value in marks.items())
    account = add(
        running, "gcp", "gcp:serviceaccount/account:Account",
        accountId=f"dockyard-{hashlib.sha256(name.encode()).hexdigest()[:16]}", description=whose,
    )  # fmt: skip
    role = add(
        running, "gcp", "gcp:projects/iAMCustomRole:IAMCustomRole",
        roleId=name.replace("-", "_"), title="ends", description=whose,
        permissions=["compute.instances.list"],
    )  # fmt: skip
    mail = account.outputs["email"]
    add(
        running, "gcp", "gcp:projects/iAMMember:IAMMember",
        project="course", role=role.id, member=f"serviceAccount:{mail}",
    )  # fmt: skip
    call = {"call": "googleapis.compute.v1.instances.aggregatedList", "args": {"filter": ""}}
    flow = add(
        running, "gcp", "gcp:workflows/workflow:Workflow",
        name=name, region="europe-west1", serviceAccount=mail, labels=marks,
        deletionProtection=False, sourceContents=json.dumps({"main": {"steps": [{"a": call}]}}),
    )  # fmt: skip
    uri = f"https://workflowexecutions.googleapis.com/v1/{flow.id}/executions"
    add(
        running, "gcp", "gcp:cloudscheduler/job:Job",
        name=name, region="europe-west1", description=whose, schedule="*/10 * * * *",
        httpTarget={"uri": uri, "oauthToken": {"serviceAccountEmail": mail}},
    )  # fmt: skip


_GUARDS = {"aws": _aws_guard, "azure": _azure_guard, "gcp": _gcp_guard}
