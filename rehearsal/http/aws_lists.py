"""What EC2 lists: what each call takes, and what it tells of the inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import facts, firewall, keys, launch, network, others
from rehearsal.faults import Refused
from rehearsal.http import aws_views as views
from rehearsal.http.manners import unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.http.aws_calls import Call
    from rehearsal.inventory import Record

_FILE = "rehearsal/http/aws_lists.py"


def _regions(call: Call) -> dict[str, Any]:
    """Those that an account has by itself, and those that it was opted in to: it uses them."""
    used = {one.scope for one in call.desk.inventory.all()} & facts.REGIONS
    states = dict.fromkeys(facts.REGIONS, "not-opted-in") | dict.fromkeys(used, "opted-in")
    states |= dict.fromkeys(_BY_ITSELF.split(), "opt-in-not-required")
    found = [
        {"RegionName": name, "OptInStatus": state}
        for name, state in sorted(states.items())
        if call.asked.get("AllRegions") or state != "not-opted-in"
    ]
    return {"Regions": found}


_BY_ITSELF = (
    "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 "
    "ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 "
    "us-east-2 us-west-1 us-west-2"
)


def _zones(call: Call) -> dict[str, Any]:
    found = [
        {
            "ZoneName": one,
            "RegionName": call.region,
            "State": "available",
            "ZoneType": "availability-zone",
            "OptInStatus": "opt-in-not-required",
        }
        for one in facts.zones(call.region)
    ]
    reads = {"opt-in-status": "OptInStatus", "state": "State", "zone-name": "ZoneName"}
    filters = call.asked.get("Filters") or []
    return {"AvailabilityZones": views.filtered(found, filters, reads)}


def _offerings(call: Call) -> dict[str, Any]:
    """By zone; the stand-in knows no other places."""
    if call.asked.get("LocationType") != "availability-zone":
        kind = f"the location type {call.asked.get('LocationType')}"
        raise Refused("InvalidParameterValue", unknown([kind], _FILE))
    away = call.desk.setting("unavailable")
    found = [
        {"InstanceType": name, "LocationType": "availability-zone", "Location": zone}
        for zone in facts.zones(call.region)
        for name in facts.INSTANCE_TYPES
        if facts.offered(name, zone, away)
    ]
    reads = {"instance-type": "InstanceType", "location": "Location"}
    return call.listed("InstanceTypeOfferings", found, reads)


def _types(call: Call) -> dict[str, Any]:
    asked = call.asked.get("InstanceTypes") or list(facts.INSTANCE_TYPES)
    unknown_ = [one for one in asked if one not in facts.INSTANCE_TYPES]
    if unknown_:
        raise Refused(
            "InvalidInstanceType",
            f"The following supplied instance types do not exist: [{', '.join(unknown_)}]",
        )
    found = [
        {"InstanceType": name, "VCpuInfo": {"DefaultVCpus": facts.INSTANCE_TYPES[name].vcpus}}
        for name in asked
    ]
    return call.listed("InstanceTypes", found, {"instance-type": "InstanceType"})


def _instances(call: Call) -> dict[str, Any]:
    found = [
        views.instance(one, vpc=call.vpc_of(one.inputs["subnetId"]))
        for one in call.records(launch.INSTANCE)
    ]
    found += [views.instance(one, "terminated") for one in call.ghosts()]
    asked = call.asked.get("InstanceIds") or []
    unknown = set(asked) - {one["InstanceId"] for one in found}
    if unknown:
        raise Refused(
            "InvalidInstanceID.NotFound", f"The instance ID '{min(unknown)}' does not exist"
        )
    reads = {
        "instance-state-name": "State.Name",
        "vpc-id": "VpcId",
        "subnet-id": "SubnetId",
        "instance-id": "InstanceId",
    }
    said = call.listed("Reservations", found, reads, "InstanceId")
    said["Reservations"] = [{"Instances": [one]} for one in said["Reservations"]]
    return said


def _tags(call: Call) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    for one in [*call.records(*views.RESOURCE_TYPES), *call.ghosts()]:
        kind = views.RESOURCE_TYPES[one.kind]
        id_ = one.outputs["keyPairId"] if one.kind == keys.KEY else one.id
        found += [_tag(id_, kind, *item) for item in one.tags.items()]
        root = one.outputs.get("rootBlockDevice") if one.id not in call.ended else None
        if root:
            items = (root.get("tags") or {}).items()
            found += [_tag(root["volumeId"], "volume", *item) for item in items]
    names = {"key": "Key", "value": "Value", "resource-id": "ResourceId"}
    return call.listed("Tags", found, {**names, "resource-type": "ResourceType"})


def _tag(id_: str, kind: str, key: str, value: str) -> dict[str, str]:
    return {"ResourceId": id_, "ResourceType": kind, "Key": key, "Value": value}


def _groups(call: Call) -> dict[str, Any]:
    found = [views.group(one) for one in call.records(firewall.GROUP)]
    for one in call.records(network.VPC):
        default = {
            "GroupId": one.outputs["defaultSecurityGroupId"],
            "GroupName": "default",
            "VpcId": one.id,
            "IpPermissions": [],
            "Tags": [],
        }
        found.append(default)
    reads = {
        "vpc-id": "VpcId",
        "group-id": "GroupId",
        "group-name": "GroupName",
        "ip-permission.group-id": "IpPermissions.UserIdGroupPairs.GroupId",
    }
    return call.listed("SecurityGroups", found, reads, "GroupId")


def _cards(call: Call) -> dict[str, Any]:
    found = [
        views.card(one, call.vpc_of(one.inputs["subnetId"])) for one in call.records(others.CARD)
    ]
    reads = {"vpc-id": "VpcId", "subnet-id": "SubnetId", "status": "Status"}
    reads |= {"group-id": "Groups.GroupId", "network-interface-id": "NetworkInterfaceId"}
    return call.listed("NetworkInterfaces", found, reads, "NetworkInterfaceId")


def _volumes(call: Call) -> dict[str, Any]:
    found = [views.root_volume(one) for one in call.records(launch.INSTANCE)]
    found += [views.volume(one) for one in call.records(others.VOLUME)]
    reads = {"status": "State", "volume-id": "VolumeId"}
    reads["attachment.delete-on-termination"] = "Attachments.DeleteOnTermination"
    return call.listed("Volumes", found, reads, "VolumeId")


def _addresses(call: Call) -> dict[str, Any]:
    found = [views.address(one) for one in call.records(others.ADDRESS)]
    said = views.filtered(found, call.asked.get("Filters") or [], {"allocation-id": "AllocationId"})
    return {"Addresses": said}


def _key_pairs(call: Call) -> dict[str, Any]:
    found = [views.key_pair(one) for one in call.records(keys.KEY)]
    filters = call.asked.get("Filters") or []
    return {"KeyPairs": views.filtered(found, filters, {"key-name": "KeyName"})}


def _vpcs(call: Call) -> dict[str, Any]:
    found = [views.vpc(one) for one in call.records(network.VPC)]
    return call.listed("Vpcs", found, {"vpc-id": "VpcId", "is-default": "IsDefault"}, "VpcId")


def _subnets(call: Call) -> dict[str, Any]:
    found = [views.subnet(one) for one in call.records(network.SUBNET)]
    return call.listed("Subnets", found, {"vpc-id": "VpcId", "subnet-id": "SubnetId"}, "SubnetId")


def _gateways(call: Call) -> dict[str, Any]:
    found = [views.gateway(one) for one in call.records(network.GATEWAY)]
    reads = {"attachment.vpc-id": "Attachments.VpcId", "internet-gateway-id": "InternetGatewayId"}
    return call.listed("InternetGateways", found, reads, "InternetGatewayId")


def _route_tables(call: Call) -> dict[str, Any]:
    found = [_route_table(call, one) for one in call.records(network.ROUTES)]
    for one in call.records(network.VPC):
        main = one.outputs["mainRouteTableId"]
        associations = [{"Main": True, "RouteTableId": main}]
        found.append({"RouteTableId": main, "VpcId": one.id, "Associations": associations})
    reads = {"vpc-id": "VpcId", "route-table-id": "RouteTableId"}
    reads["association.main"] = "Associations.Main"
    reads["association.subnet-id"] = "Associations.SubnetId"
    return call.listed("RouteTables", found, reads, "RouteTableId")


def _route_table(call: Call, record: Record) -> views.View:
    associations = [
        {
            "Main": False,
            "RouteTableAssociationId": one.id,
            "RouteTableId": record.id,
            "SubnetId": one.inputs["subnetId"],
        }
        for one in call.records(network.ASSOCIATION)
        if one.inputs["routeTableId"] == record.id
    ]
    return {
        "RouteTableId": record.id,
        "VpcId": record.inputs["vpcId"],
        "Associations": associations,
        "Tags": views.tags(record.tags),
    }


_PAGED = "Filters MaxResults NextToken"

LISTS: dict[str, tuple[str, Callable[[Call], dict[str, Any]]]] = {
    "DescribeRegions": ("AllRegions", _regions),
    "DescribeAvailabilityZones": ("Filters", _zones),
    "DescribeInstanceTypeOfferings": (f"{_PAGED} LocationType", _offerings),
    "DescribeInstanceTypes": (f"{_PAGED} InstanceTypes", _types),
    "DescribeTags": (_PAGED, _tags),
    "DescribeInstances": (f"{_PAGED} InstanceIds", _instances),
    "DescribeSecurityGroups": (f"{_PAGED} GroupIds", _groups),
    "DescribeNetworkInterfaces": (f"{_PAGED} NetworkInterfaceIds", _cards),
    "DescribeVolumes": (f"{_PAGED} VolumeIds", _volumes),
    "DescribeAddresses": ("Filters", _addresses),
    "DescribeKeyPairs": ("Filters", _key_pairs),
    "DescribeVpcs": (f"{_PAGED} VpcIds", _vpcs),
    "DescribeSubnets": (f"{_PAGED} SubnetIds", _subnets),
    "DescribeInternetGateways": (f"{_PAGED} InternetGatewayIds", _gateways),
    "DescribeRouteTables": (f"{_PAGED} RouteTableIds", _route_tables),
}
