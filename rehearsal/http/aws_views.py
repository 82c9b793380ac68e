"""The records of the AWS stand-in, as EC2 describes them; and how EC2's filters look at them."""

from __future__ import annotations

import datetime as dt
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import facts, firewall, keys, launch, network, others
from rehearsal.clouds.aws.real import LAUNCHED, REASON, TRANSITION
from rehearsal.faults import Refused
from rehearsal.http.manners import is_going, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rehearsal.inventory import Record
    from rehearsal.plain import Plain

View = dict[str, Any]

STATES = {
    "pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64,
    "stopped": 80,
}  # fmt: skip


def tags(found: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in found.items()]


def instance(record: Record, state: str = "", vpc: str = "") -> View:
    now = state or ("shutting-down" if is_going(record) else record.outputs["instanceState"])
    root = record.outputs["rootBlockDevice"]
    gone = now == "terminated"
    return {
        "InstanceId": record.id,
        "State": {"Code": STATES[now], "Name": now},
        "InstanceType": record.inputs["instanceType"],
        "CpuOptions": cpu(record.inputs["instanceType"]),
        "ImageId": record.inputs["ami"],
        LAUNCHED: dt.datetime.fromisoformat(record.untold.get(LAUNCHED, record.created)),
        TRANSITION: record.untold.get(TRANSITION, ""),
        REASON: record.untold.get(REASON),
        "SubnetId": None if gone else record.inputs["subnetId"],
        "VpcId": None if gone else vpc,
        "PrivateIpAddress": None if gone else record.outputs["privateIp"],
        "PublicIpAddress": None if gone else record.address or None,
        "SecurityGroups": []
        if gone
        else [{"GroupId": one} for one in record.inputs.get("vpcSecurityGroupIds") or []],
        "BlockDeviceMappings": []
        if gone
        else [
            {
                "DeviceName": root["deviceName"],
                "Ebs": {
                    "VolumeId": root["volumeId"],
                    "DeleteOnTermination": root["deleteOnTermination"],
                    "Status": "attached",
                },
            }
        ],
        "Tags": tags(record.tags),
    }


def cpu(name: str) -> View:
    """A core has two threads, but those of Arm and of AMD's newest have one."""
    chosen = facts.INSTANCE_TYPES[name]
    one = chosen.architecture == "arm64" or name.startswith("m7a") or chosen.vcpus == 1
    threads = 1 if one else 2
    return {"CoreCount": chosen.vcpus // threads, "ThreadsPerCore": threads}


def group(record: Record) -> View:
    return {
        "GroupId": record.id,
        "GroupName": record.inputs["name"],
        "VpcId": record.inputs["vpcId"],
        "Description": record.inputs["description"],
        "OwnerId": record.outputs["ownerId"],
        "IpPermissions": list(_permissions(record)),
        "Tags": tags(record.tags),
    }


def _permissions(record: Record) -> Iterator[View]:
    for rule in record.inputs.get("ingress") or []:
        groups = list(rule.get("securityGroups") or [])
        if rule.get("self"):
            groups.append(record.id)
        every = str(rule["protocol"]) in {"-1", "all"}
        yield {
            "IpProtocol": "-1" if every else rule["protocol"],
            "FromPort": None if every else rule["fromPort"],
            "ToPort": None if every else rule["toPort"],
            "IpRanges": [{"CidrIp": one} for one in rule.get("cidrBlocks") or []],
            "UserIdGroupPairs": [{"GroupId": one} for one in groups],
        }


def card(record: Record, vpc: str) -> View:
    status = record.outputs.get("status", "available")
    return {
        "NetworkInterfaceId": record.id,
        "SubnetId": record.inputs["subnetId"],
        "VpcId": vpc,
        "Status": status,
        "Description": record.inputs.get("description") or "",
        "RequesterManaged": bool(record.outputs.get("requesterManaged")),
        "Groups": [{"GroupId": one} for one in record.inputs.get("securityGroups") or []],
        "TagSet": tags(record.tags),
    }


def volume(record: Record) -> View:
    return {
        "VolumeId": record.id,
        "State": "available",
        "Size": record.inputs.get("size") or 8,
        "AvailabilityZone": record.inputs.get("availabilityZone"),
        "Attachments": [],
        "Tags": tags(record.tags),
    }


def root_volume(record: Record) -> View:
    root = record.outputs["rootBlockDevice"]
    attached = {
        "InstanceId": record.id,
        "VolumeId": root["volumeId"],
        "State": "attached",
        "DeleteOnTermination": root["deleteOnTermination"],
    }
    return {
        "VolumeId": root["volumeId"],
        "State": "in-use",
        "Size": root["volumeSize"],
        "AvailabilityZone": record.outputs["availabilityZone"],
        "Attachments": [attached],
        "Tags": tags(root.get("tags") or {}),
    }


def address(record: Record) -> View:
    return {
        "AllocationId": record.id,
        "PublicIp": record.address,
        "Domain": "vpc",
        "InstanceId": record.inputs.get("instance"),
        "AssociationId": f"eipassoc-{record.id[9:]}" if record.inputs.get("instance") else None,
        "Tags": tags(record.tags),
    }


def key_pair(record: Record) -> View:
    return {
        "KeyPairId": record.outputs["keyPairId"],
        "KeyName": record.inputs["keyName"],
        "KeyType": record.outputs["keyType"],
        "Tags": tags(record.tags),
    }


def vpc(record: Record) -> View:
    return {
        "VpcId": record.id,
        "CidrBlock": record.inputs["cidrBlock"],
        "State": "available",
        "IsDefault": False,
        "OwnerId": record.outputs["ownerId"],
        "Tags": tags(record.tags),
    }


def subnet(record: Record) -> View:
    return {
        "SubnetId": record.id,
        "VpcId": record.inputs["vpcId"],
        "CidrBlock": record.inputs["cidrBlock"],
        "AvailabilityZone": record.outputs["availabilityZone"],
        "State": "available",
        "Tags": tags(record.tags),
    }


def gateway(record: Record) -> View:
    home = record.inputs.get("vpcId")
    return {
        "InternetGatewayId": record.id,
        "Attachments": [{"State": "available", "VpcId": home}] if home else [],
        "Tags": tags(record.tags),
    }


RESOURCE_TYPES = {
    launch.INSTANCE: "instance",
    others.VOLUME: "volume",
    others.CARD: "network-interface",
    others.ADDRESS: "elastic-ip",
    firewall.GROUP: "security-group",
    keys.KEY: "key-pair",
    network.VPC: "vpc",
    network.SUBNET: "subnet",
    network.ROUTES: "route-table",
    network.GATEWAY: "internet-gateway",
}
"""what EC2 calls them where it speaks of tags"""


# --- filters ------------------------------------------------------------------------------------


def filtered(
    views: Sequence[View], asked: Sequence[Mapping[str, Any]], reads: Mapping[str, str]
) -> list[View]:
    """The views that all filters let through; `reads` names those filters that there are."""
    for one in asked:
        name = str(one["Name"])
        if not name.startswith("tag") and name not in reads:
            raise Refused("InvalidParameterValue", unknown([f"the filter {name}"], _FILE))
        if not one.get("Values"):
            raise Refused("MissingParameter", f"The filter '{name}' has no value.")
    return [view for view in views if all(_passes(view, one, reads) for one in asked)]


_FILE = "rehearsal/http/aws.py"


def _passes(view: View, asked: Mapping[str, Any], reads: Mapping[str, str]) -> bool:
    name, wanted = str(asked["Name"]), asked["Values"]
    own = {one["Key"]: one["Value"] for one in view.get("Tags") or view.get("TagSet") or []}
    if name.startswith("tag:"):
        values = [own[name[4:]]] if name[4:] in own else []
    elif name == "tag-key":
        values = list(own)
    else:
        values = list(_at(view, reads[name]))
    return any(fnmatchcase(value, pattern) for value in values for pattern in wanted)


def _at(view: Plain, place: str) -> Iterator[str]:
    step, _, rest = place.partition(".")
    found = view.get(step)
    for one in found if isinstance(found, list) else [found]:
        if one is None:
            continue
        if rest:
            yield from _at(one, rest)
        else:
            yield str(one)
