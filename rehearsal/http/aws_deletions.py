"""What EC2 deletes and takes apart: what each call takes, and what it does to the inventory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import firewall, keys, launch, network, others, real
from rehearsal.faults import Refused
from rehearsal.http import aws_views as views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rehearsal.http.aws_calls import Call
    from rehearsal.inventory import Record


def _terminate(call: Call) -> dict[str, Any]:
    """All or none: one unknown id, and nothing is terminated."""
    ghosts = {one.id: one for one in call.ghosts()}
    ids = call.asked["InstanceIds"]
    found = [ghosts.get(one) or call.one(launch.INSTANCE, one) for one in ids]
    said = []
    for one in found:
        seconds = 0.0 if one.id in ghosts else call.desk.delete(one)
        call.ended[one.id] = ghosts.get(one.id) or real.stopped(one, call.desk.inventory.now())
        name = "shutting-down" if seconds else "terminated"
        state = {"Code": views.STATES[name], "Name": name}
        before = "terminated" if one.id in ghosts else str(one.outputs["instanceState"])
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


DELETIONS: dict[str, tuple[str, Callable[[Call], dict[str, Any]]]] = {
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
