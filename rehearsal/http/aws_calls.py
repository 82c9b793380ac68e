"""The calls of EC2: what each takes, and what it does to the inventory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import facts, firewall, keys, launch, network, others
from rehearsal.faults import Refused
from rehearsal.http import aws_views as views
from rehearsal.http.manners import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rehearsal.http.manners import Desk
    from rehearsal.inventory import Record

_FILE = "rehearsal/http/aws_calls.py"
_MOST = 1000


@dataclass(frozen=True)
class Call:
    """One call in one region."""

    desk: Desk
    region: str
    asked: Mapping[str, Any]
    ended: dict[str, Record]

    def records(self, *kinds: str) -> list[Record]:
        return [one for one in self.desk.seen(*kinds) if one.scope == self.region]

    def ghosts(self) -> list[Record]:
        """Instances that are gone, and still seen."""
        return [
            one
            for one in self.ended.values()
            if one.scope == self.region
            and self.desk.inventory.get(one.kind, one.id, one.scope) is None
        ]

    def one(self, kind: str, id_: str) -> Record:
        found = self.desk.inventory.get(kind, id_, self.region)
        if found is None:
            missing = self.desk.cloud.by_token[kind].missing
            raise Refused.said(missing.format(value=id_))
        return found

    def listed(
        self, name: str, found: Sequence[views.View], reads: Mapping[str, str], id_: str = ""
    ) -> dict[str, Any]:
        """A page of a list, filtered, and of these ids alone where ids are given."""
        ids = next((self.asked[key] for key in self.asked if key.endswith("Ids")), None)
        if ids is not None:
            found = [one for one in found if one[id_] in ids]
        passed = views.filtered(found, self.asked.get("Filters") or [], reads)
        most = int(self.asked.get("MaxResults") or _MOST)
        page, token = self.desk.page(passed, self.asked.get("NextToken") or "", most)
        return {name: list(page), **({"NextToken": token} if token else {})}

    def vpc_of(self, subnet: str) -> str:
        found = self.desk.inventory.get(network.SUBNET, subnet, self.region)
        return str(found.inputs["vpcId"]) if found else ""


# --- lists --------------------------------------------------------------------------------------


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


# --- deleting -----------------------------------------------------------------------------------


def _terminate(call: Call) -> dict[str, Any]:
    """All or none: one unknown id, and nothing is terminated."""
    ghosts = {one.id: one for one in call.ghosts()}
    ids = call.asked["InstanceIds"]
    found = [ghosts.get(one) or call.one(launch.INSTANCE, one) for one in ids]
    said = []
    for one in found:
        seconds = 0.0 if one.id in ghosts else call.desk.delete(one)
        call.ended[one.id] = one
        name = "shutting-down" if seconds else "terminated"
        state = {"Code": views.STATES[name], "Name": name}
        before = "terminated" if one.id in ghosts else "running"
        previous = {"Code": views.STATES[before], "Name": before}
        said.append({"InstanceId": one.id, "CurrentState": state, "PreviousState": previous})
    return {"TerminatingInstances": said}


def _deletes(kind: str, name: str) -> Callable[[Call], dict[str, Any]]:
    def delete(call: Call) -> dict[str, Any]:
        call.desk.delete(call.one(kind, call.asked[name]))
        return {}

    return delete


def _delete_card(call: Call) -> dict[str, Any]:
    found = call.one(others.CARD, call.asked["NetworkInterfaceId"])
    if found.outputs.get("status", "available") != "available":
        raise Refused(
            "InvalidParameterValue", f"Network interface '{found.id}' is currently in use."
        )
    call.desk.delete(found)
    return {}


def _delete_key(call: Call) -> dict[str, Any]:
    asked = set(call.asked.values())
    for one in call.records(keys.KEY):
        if asked & {one.id, one.outputs["keyPairId"]}:
            call.desk.delete(one)
    return {"Return": True}


def _delete_gateway(call: Call) -> dict[str, Any]:
    found = call.one(network.GATEWAY, call.asked["InternetGatewayId"])
    if found.inputs.get("vpcId"):
        raise Refused(
            "DependencyViolation",
            f"The internetGateway '{found.id}' has dependencies and cannot be deleted.",
        )
    call.desk.delete(found)
    return {}


def _detach_gateway(call: Call) -> dict[str, Any]:
    found = call.one(network.GATEWAY, call.asked["InternetGatewayId"])
    if found.inputs.get("vpcId") != call.asked["VpcId"]:
        raise Refused(
            "Gateway.NotAttached",
            f"resource {found.id} is not attached to network {call.asked['VpcId']}",
        )
    scene = call.desk.scene(found)
    scene.stands_for(found, frozenset())
    scene.made_of.keeps(scene)
    left = {key: value for key, value in found.inputs.items() if key != "vpcId"}
    call.desk.inventory.put(replace(found, inputs=left))
    return {}


def _revoke(call: Call) -> dict[str, Any]:
    """Takes the rules that name these groups away."""
    named = {
        pair["GroupId"]
        for one in call.asked["IpPermissions"]
        for pair in one.get("UserIdGroupPairs") or []
    }
    with call.desk.inventory:
        found = call.one(firewall.GROUP, call.asked["GroupId"])
        rules = list(_without(found, named))
        call.desk.inventory.put(replace(found, inputs={**found.inputs, "ingress": rules}))
    return {"Return": True}


def _without(record: Record, groups: set[str]) -> Iterator[dict[str, Any]]:
    for rule in record.inputs.get("ingress") or []:
        left = [one for one in rule.get("securityGroups") or [] if one not in groups]
        itself = bool(rule.get("self")) and record.id not in groups
        if left or itself or rule.get("cidrBlocks") or rule.get("ipv6CidrBlocks"):
            yield {**rule, "securityGroups": left, "self": itself}


_PAGED = "Filters MaxResults NextToken"

CALLS: dict[str, tuple[str, Callable[[Call], dict[str, Any]]]] = {
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
    "TerminateInstances": ("InstanceIds", _terminate),
    "DeleteSecurityGroup": ("GroupId", _deletes(firewall.GROUP, "GroupId")),
    "DeleteSubnet": ("SubnetId", _deletes(network.SUBNET, "SubnetId")),
    "DeleteVpc": ("VpcId", _deletes(network.VPC, "VpcId")),
    "DeleteRouteTable": ("RouteTableId", _deletes(network.ROUTES, "RouteTableId")),
    "DisassociateRouteTable": (
        "AssociationId",
        _deletes(network.ASSOCIATION, "AssociationId"),
    ),
    "DeleteVolume": ("VolumeId", _deletes(others.VOLUME, "VolumeId")),
    "ReleaseAddress": ("AllocationId", _deletes(others.ADDRESS, "AllocationId")),
    "DeleteNetworkInterface": ("NetworkInterfaceId", _delete_card),
    "DeleteKeyPair": ("KeyName KeyPairId", _delete_key),
    "DeleteInternetGateway": ("InternetGatewayId", _delete_gateway),
    "DetachInternetGateway": ("InternetGatewayId VpcId", _detach_gateway),
    "RevokeSecurityGroupIngress": ("GroupId IpPermissions", _revoke),
}
