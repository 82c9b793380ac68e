"""The stand-ins over HTTP, asked by the clouds' own SDKs, as strict as the clouds."""

import subprocess
import sys
from typing import Any

import boto3
import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import HeadersPolicy
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from botocore.exceptions import ClientError

from rehearsal import serve
from rehearsal.faults import Fault
from standin import cloud_labs

Sdk = Any
"""What an SDK gives: made when it runs, without types."""
STRANGER = {"aws_access_key_id": "AKIASTRANGER", "aws_secret_access_key": "unknown"}
REGION = "eu-west-3"
GROUP = "dockyard-trainer-course"


@pytest.fixture
def ec2(clouds: serve.Running) -> Sdk:
    cloud_labs.make(clouds, "aws")
    return boto3.client("ec2", region_name=REGION)


@pytest.fixture
def azure(clouds: serve.Running) -> Sdk:
    cloud_labs.make(clouds, "azure")
    return azure_client(clouds, ResourceManagementClient)


def azure_client(clouds: serve.Running, kind: Sdk) -> Sdk:
    said = clouds.environment
    given = HeadersPolicy(base_headers={"Authorization": f"Bearer {said['DOCKYARD_AZURE_TOKEN']}"})
    return kind(
        object(),
        said["AZURE_SUBSCRIPTION_ID"],
        base_url=said["DOCKYARD_AZURE_ENDPOINT"],
        credential_scopes=["none/.default"],
        authentication_policy=given,
        retry_total=0,
    )


def refused(call: Sdk, **words: Sdk) -> str:
    with pytest.raises(ClientError) as said:
        call(**words)
    return str(said.value.response["Error"]["Code"])


# --- AWS ----------------------------------------------------------------------------------------


def test_who_asks(clouds: serve.Running) -> None:
    del clouds
    assert boto3.client("sts", region_name=REGION).get_caller_identity()["Account"].isdecimal()


def test_wrong_and_expired_credentials(ec2: Sdk, clouds: serve.Running) -> None:
    stranger = boto3.client("ec2", region_name=REGION, **STRANGER)
    assert refused(stranger.describe_vpcs) == "AuthFailure"
    clouds.inventory["aws"].set(expired=True)
    assert refused(ec2.describe_vpcs) == "RequestExpired"


def test_what_the_stand_in_does_not_know_it_refuses_loudly(ec2: Sdk) -> None:
    assert refused(ec2.describe_images) == "InvalidAction"
    strange = [{"Name": "owner-alias", "Values": ["x"]}]
    assert refused(ec2.describe_vpcs, Filters=strange) == "InvalidParameterValue"
    empty = [{"Name": "vpc-id", "Values": []}]
    assert refused(ec2.describe_vpcs, Filters=empty) == "MissingParameter"
    assert refused(ec2.terminate_instances, InstanceIds=["i-0"], Force=True) == "UnknownParameter"


def test_one_unknown_machine_spares_all(ec2: Sdk, clouds: serve.Running) -> None:
    ids = [one.id for one in clouds.inventory["aws"].all("aws:ec2/instance:Instance")]
    call = ec2.terminate_instances
    assert refused(call, InstanceIds=[*ids, "i-0123456789abcdef0"]) == "InvalidInstanceID.NotFound"
    assert len(clouds.inventory["aws"].all("aws:ec2/instance:Instance")) == 3
    assert refused(call, InstanceIds=ids, DryRun=True) == "DryRunOperation"
    call(InstanceIds=ids)
    call(InstanceIds=ids)  # ended ones may be ended again
    seen = ec2.describe_instances()["Reservations"]
    assert {one["Instances"][0]["State"]["Name"] for one in seen} == {"terminated"}


def test_what_is_in_use_stays(ec2: Sdk, clouds: serve.Running) -> None:
    ids = {one.id.partition("-")[0]: one.id for one in clouds.inventory["aws"].all()}
    assert refused(ec2.delete_security_group, GroupId=ids["sg"]) == "DependencyViolation"
    assert refused(ec2.delete_subnet, SubnetId=ids["subnet"]) == "DependencyViolation"
    assert refused(ec2.delete_vpc, VpcId=ids["vpc"]) == "DependencyViolation"
    attached = {"InternetGatewayId": ids["igw"]}
    assert refused(ec2.delete_internet_gateway, **attached) == "DependencyViolation"
    detach = ec2.detach_internet_gateway
    assert refused(detach, VpcId=ids["vpc"], **attached) == "DependencyViolation"


def test_pages_and_tokens(ec2: Sdk, clouds: serve.Running) -> None:
    clouds.inventory["aws"].set(page=2)
    pages = list(ec2.get_paginator("describe_instances").paginate())
    assert [len(one["Reservations"]) for one in pages] == [2, 1]
    assert refused(ec2.describe_instances, NextToken="made up") == "InvalidNextToken"


def test_what_was_made_a_moment_ago_is_not_listed_yet(ec2: Sdk, clouds: serve.Running) -> None:
    clouds.inventory["aws"].set(lag=3600)
    assert ec2.describe_vpcs()["Vpcs"] == []
    clouds.advance("aws", hours=2)
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1


def test_the_tagging_api_remembers_what_is_gone(ec2: Sdk, clouds: serve.Running) -> None:
    ids = [one.id for one in clouds.inventory["aws"].all("aws:ec2/instance:Instance")]
    ec2.terminate_instances(InstanceIds=ids)
    tagging = boto3.client("resourcegroupstaggingapi", region_name=REGION)
    wanted = [{"Key": "dockyard-lab", "Values": ["course"]}]
    found = tagging.get_resources(TagFilters=wanted)["ResourceTagMappingList"]
    arns = [one["ResourceARN"] for one in found]
    assert sum(":instance/" in arn for arn in arns) == 3


def test_a_throttled_call_has_its_status(ec2: Sdk, clouds: serve.Running) -> None:
    words = "RequestLimitExceeded: Request limit exceeded."
    clouds.inventory["aws"].plan(Fault("call", "DescribeVpcs", times=1, error=words))
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1  # boto3 has asked again
    assert clouds.desks["aws"].calls.count("DescribeVpcs") == 2


# --- Azure --------------------------------------------------------------------------------------


def test_azures_groups_by_tag_and_their_deletion(azure: Sdk, clouds: serve.Running) -> None:
    text = "tagName eq 'dockyard-lab' and tagValue eq 'course'"
    assert [one.name for one in azure.resource_groups.list(filter=text)] == [GROUP]
    assert list(azure.resource_groups.list(filter="tagName eq 'other'")) == []
    clouds.inventory["azure"].set(pace=0.01)
    waits = azure.resource_groups.begin_delete(GROUP)
    assert azure.resource_groups.get(GROUP).properties.provisioning_state == "Deleting"
    waits.result()
    assert azure.resource_groups.check_existence(GROUP) is False
    assert clouds.inventory["azure"].all() == []


def test_azure_refuses_what_it_does_not_know(azure: Sdk) -> None:
    with pytest.raises(HttpResponseError, match="InvalidFilterInQueryString"):
        list(azure.resources.list(filter="name eq 'x'"))
    with pytest.raises(HttpResponseError, match="doesn't know"):
        list(azure.tags.list())
    with pytest.raises(HttpResponseError, match="ResourceGroupNotFound"):
        azure.resource_groups.get("nothing")


def test_azures_machines_and_their_state(clouds: serve.Running) -> None:
    compute = azure_client(clouds, ComputeManagementClient)
    assert list(compute.virtual_machines.list_all()) == []
    with pytest.raises(HttpResponseError, match="ResourceNotFound"):
        compute.virtual_machines.instance_view(GROUP, "seat01-node1")


def test_azures_throttling_says_when(azure: Sdk, clouds: serve.Running) -> None:
    words = "TooManyRequests: Number of requests exceeded the limit."
    clouds.inventory["azure"].plan(Fault("call", "ResourceGroups_List", error=words))
    with pytest.raises(HttpResponseError) as said:
        list(azure.resource_groups.list())
    assert said.value.status_code == 429
    assert said.value.response is not None
    assert said.value.response.headers["Retry-After"] == "1"


# --- Google Cloud, in a process of its own: beside Pulumi its library can't be loaded ------------

GOOGLE = """
import os
from google.api_core.exceptions import BadRequest, NotFound
from google.cloud import compute_v1
from google.oauth2.credentials import Credentials

there = {"api_endpoint": os.environ["DOCKYARD_GCP_ENDPOINT"]}
me = {"credentials": Credentials(os.environ["DOCKYARD_GCP_TOKEN"]), "client_options": there}
machines = compute_v1.InstancesClient(**me)
ask = {"project": "course", "filter": "labels.dockyard-lab=course"}
found = [one for _, place in machines.aggregated_list(request=ask) for one in place.instances]
print(len(found), found[0].labels["dockyard-owner"], found[0].status)
try:
    machines.aggregated_list(request={**ask, "filter": "name eq x"})
except BadRequest as error:
    print("refused", "doesn't know" in str(error))
networks = compute_v1.NetworksClient(**me)
try:
    networks.delete_unary(project="course", network="trainer-course-network")
except BadRequest as error:
    print("in use", "already being used" in str(error))
place = {"project": "course", "zone": "europe-west9-b"}
for one in found:
    begun = machines.delete_unary(**place, instance=one.name)
    zones = compute_v1.ZoneOperationsClient(**me)
    print(zones.wait(**place, operation=begun.name).status.name)
try:
    machines.get(**place, instance=found[0].name)
except NotFound:
    print("gone")
"""


def test_googles_own_library(clouds: serve.Running) -> None:
    cloud_labs.make(clouds, "gcp")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", GOOGLE], text=True, capture_output=True, check=False
    )
    assert done.stderr == ""
    said = ["3 trainer RUNNING", "refused True", "in use True", *["DONE"] * 3, "gone"]
    assert done.stdout.splitlines() == said


# --- what is asked before anything is made -----------------------------------------------------


def test_limits_as_the_sdks_ask_them(clouds: serve.Running) -> None:
    quotas = boto3.client("service-quotas", region_name=REGION)
    vpcs = {"ServiceCode": "vpc", "QuotaCode": "L-F678F1CE"}
    assert quotas.get_service_quota(**vpcs)["Quota"]["Value"] == 5
    groups = {"ServiceCode": "vpc", "QuotaCode": "L-E79EC296"}
    assert refused(quotas.get_service_quota, **groups) == "NoSuchResourceException"
    assert quotas.get_aws_default_service_quota(**groups)["Quota"]["Value"] == 2500
    assert refused(quotas.list_services) == "UnknownOperationException"
    cloud_labs.make(clouds, "azure", machines=2)
    compute = azure_client(clouds, ComputeManagementClient)
    used = {one.name.value: one for one in compute.usage.list("francecentral")}
    assert (used["cores"].current_value, used["cores"].limit) == (0, 10_000)
    with pytest.raises(HttpResponseError, match="not valid"):
        list(compute.usage.list("mars"))
    here = {one.name: one for one in compute.resource_skus.list(filter="location eq 'ukwest'")}
    assert here["Standard_B2s"].family == "standardBSFamily"
    with pytest.raises(HttpResponseError, match="the filter None"):
        list(compute.resource_skus.list())
    providers = list(azure_client(clouds, ResourceManagementClient).providers.list())
    assert {one.registration_state for one in providers} == {"Registered"}


def test_sizes_and_zones_as_the_sdk_asks_them(ec2: Sdk, clouds: serve.Running) -> None:
    mine = [{"Name": "instance-type", "Values": ["t3.small"]}]
    asks = {"LocationType": "availability-zone", "Filters": mine}
    found = ec2.describe_instance_type_offerings(**asks)["InstanceTypeOfferings"]
    assert {one["Location"] for one in found} == {f"{REGION}{letter}" for letter in "abc"}
    clouds.inventory["aws"].set(unavailable=["t3.small"])
    assert ec2.describe_instance_type_offerings(**asks)["InstanceTypeOfferings"] == []
    said = refused(ec2.describe_instance_type_offerings, LocationType="outpost")
    assert said == "InvalidParameterValue"
    (one,) = ec2.describe_instance_types(InstanceTypes=["t3.xlarge"])["InstanceTypes"]
    assert one["VCpuInfo"]["DefaultVCpus"] == 4
    assert refused(ec2.describe_instance_types, InstanceTypes=["t3.huge"]) == "InvalidInstanceType"
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert [one["ZoneName"] for one in zones] == [f"{REGION}{letter}" for letter in "abc"]
    cpu = ec2.describe_instances()["Reservations"][0]["Instances"][0]["CpuOptions"]
    assert cpu == {"CoreCount": 1, "ThreadsPerCore": 2}


def test_rights_as_the_sdk_asks_them(clouds: serve.Running) -> None:
    iam = boto3.client("iam", region_name="us-east-1")
    clouds.inventory["aws"].set(denied=["iam:CreateRole"])
    me = boto3.client("sts", region_name=REGION).get_caller_identity()["Arn"]
    asks = {"ActionNames": ["iam:CreateRole", "ec2:CreateVpc"], "PolicySourceArn": me}
    said = iam.simulate_principal_policy(**asks)["EvaluationResults"]
    decisions = {one["EvalActionName"]: one["EvalDecision"] for one in said}
    assert decisions == {"iam:CreateRole": "explicitDeny", "ec2:CreateVpc": "allowed"}
    other = {**asks, "PolicySourceArn": me.replace("trainer", "nobody")}
    assert refused(iam.simulate_principal_policy, **other) == "NoSuchEntity"
    assert refused(iam.simulate_principal_policy, **asks, MaxItems=5) == "InvalidInput"
