"""Sweeps 1,000 tagged things in each stand-in cloud, beside a plain loop over the SDK's own calls.

python benchmarks/sweep.py [THINGS]

The plain loop is what a person writes: list by tag, delete one after another, in order. Both meet
the same stand-in, whose answers take no time: what is measured is the way to ask.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from dockyard.sweep.clouds import open_cloud
from dockyard.sweep.sweeping import Sweep
from dockyard.sweep.things import Wanted
from rehearsal import serve
from rehearsal.faults import Fault
from standin import cloud_labs

Sdk = Any
REGION = "eu-west-3"
LATENCY = 0.05
"""Seconds that a deletion takes to be answered: a cloud is far away."""
DELETIONS = {
    "aws": ("Delete*", "TerminateInstances", "D*Gateway", "DisassociateRouteTable"),
    "azure": ("*Delete*",),
    "gcp": ("*.delete",),
}


def plain_aws() -> None:  # noqa: C901 - one loop after another, as it is written
    import boto3

    ec2 = boto3.client("ec2", region_name=REGION)
    ours = [{"Name": "tag:dockyard-lab", "Values": ["course"]}]
    for page in ec2.get_paginator("describe_instances").paginate(Filters=ours):
        for group in page["Reservations"]:
            for one in group["Instances"]:
                ec2.terminate_instances(InstanceIds=[one["InstanceId"]])
    for one in ec2.describe_security_groups(Filters=ours)["SecurityGroups"]:
        ec2.delete_security_group(GroupId=one["GroupId"])
    for one in ec2.describe_subnets(Filters=ours)["Subnets"]:
        ec2.delete_subnet(SubnetId=one["SubnetId"])
    for one in ec2.describe_route_tables(Filters=ours)["RouteTables"]:
        ec2.delete_route_table(RouteTableId=one["RouteTableId"])
    for one in ec2.describe_internet_gateways(Filters=ours)["InternetGateways"]:
        id_ = one["InternetGatewayId"]
        ec2.detach_internet_gateway(InternetGatewayId=id_, VpcId=one["Attachments"][0]["VpcId"])
        ec2.delete_internet_gateway(InternetGatewayId=id_)
    for one in ec2.describe_vpcs(Filters=ours)["Vpcs"]:
        ec2.delete_vpc(VpcId=one["VpcId"])


def plain_azure() -> None:
    from azure.core.pipeline.policies import HeadersPolicy
    from azure.mgmt.resource.resources import ResourceManagementClient

    given = HeadersPolicy(base_headers={"Authorization": "Bearer rehearsal"})
    nobody: Sdk = object()
    client = ResourceManagementClient(
        nobody,
        os.environ["AZURE_SUBSCRIPTION_ID"],
        base_url=os.environ["DOCKYARD_AZURE_ENDPOINT"],
        credential_scopes=["none/.default"],
        authentication_policy=given,
    )
    for one in client.resources.list(filter="tagName eq 'dockyard-lab' and tagValue eq 'course'"):
        client.resources.begin_delete_by_id(str(one.id), api_version="2025-01-01").result()
    for group in client.resource_groups.list(filter="tagName eq 'dockyard-lab'"):
        client.resource_groups.begin_delete(str(group.name)).result()


def plain_gcp() -> None:
    """By plain REST: google-cloud-compute can't be loaded beside the stand-ins."""
    import requests

    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {os.environ['DOCKYARD_GCP_TOKEN']}"
    base = f"{os.environ['DOCKYARD_GCP_ENDPOINT']}/compute/v1/projects/course"
    token = "first"  # noqa: S105 - of a page
    found: list[str] = []
    while token:
        more = "" if token == "first" else f"&pageToken={token}"  # noqa: S105 - of a page
        path = f"{base}/aggregated/instances?filter=labels.dockyard-lab=course{more}"
        said = session.get(path).json()
        found += [
            one["selfLink"].partition("/projects/course")[2]
            for place in said["items"].values()
            for one in place.get("instances", [])
        ]
        token = said.get("nextPageToken", "")
    rest = ["global/firewalls/trainer-course-door"]
    rest += ["regions/europe-west9/subnetworks/trainer-course-machines"]
    rest += ["global/networks/trainer-course-network"]
    for path in [*found, *(f"/{one}" for one in rest)]:
        session.delete(f"{base}{path}").raise_for_status()


PLAIN = {"aws": plain_aws, "azure": plain_azure, "gcp": plain_gcp}


def swept(name: str) -> Callable[[], None]:
    def sweep() -> None:
        cloud, wanted = open_cloud(name), Wanted("course", "trainer")
        found = cloud.look(wanted).things
        outcome = Sweep(cloud, wanted, lambda *_: None).run(found)
        assert outcome.is_empty  # noqa: S101 - else there is nothing to compare

    return sweep


def measured(running: serve.Running, name: str, act: Callable[[], None], things: int) -> str:
    inventory, calls = running.inventory[name], running.desks[name].calls
    cloud_labs.make(running, name, machines=things)
    before = len(inventory.all())
    calls.clear()
    for call in DELETIONS[name]:
        inventory.plan(Fault("call", call, delay=LATENCY, times=0))
    began = time.monotonic()
    act()
    seconds = time.monotonic() - began
    inventory.calm()
    left = len(inventory.all())
    return f"{before:6} things {seconds:8.1f} s {len(calls):6} calls {left:4} left"


def main() -> None:
    things = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with serve.running("aws", "azure", "gcp") as running:
        os.environ.update({**running.environment, "GOOGLE_PROJECT": "course"})
        running.inventory["aws"].set(vcpus=100_000)
        for name, plain in PLAIN.items():
            print(f"{name:6} dockyard   {measured(running, name, swept(name), things)}", flush=True)
            print(f"{name:6} plain loop {measured(running, name, plain, things)}", flush=True)


if __name__ == "__main__":
    main()
