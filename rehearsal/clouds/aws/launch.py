"""What AWS refuses of an instance, and where it puts one."""

from __future__ import annotations

import base64
import re
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from rehearsal.clouds.aws import facts
from rehearsal.clouds.aws.firewall import GROUP
from rehearsal.clouds.aws.network import VPC
from rehearsal.faults import Refused
from rehearsal.plain import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Record
    from rehearsal.kinds import Inputs, Outputs, Problem
    from rehearsal.scene import Scene

INSTANCE = "aws:ec2/instance:Instance"
USER_DATA_BYTES = 16384
_RESERVED = 4
"""the first addresses of a subnet are AWS's own, and the last"""
_MOST_HOPS = 64


# --- what may run -------------------------------------------------------------------------------


def type_and_image(scene: Scene) -> facts.InstanceType:
    asked, ami = str(scene.inputs.get("instanceType")), str(scene.inputs.get("ami"))
    chosen = facts.INSTANCE_TYPES.get(asked)
    if chosen is None:
        raise Refused("InvalidParameterValue", f"Invalid value '{asked}' for InstanceType.")
    if not re.fullmatch("ami-[0-9a-f]{8,17}", ami):
        raise Refused("InvalidAMIID.Malformed", f'Invalid id: "{ami}" (expecting "ami-...")')
    image = facts.image(ami, scene.scope, scene.setting("images"))
    if image is None:
        raise Refused("InvalidAMIID.NotFound", f"The image id '[{ami}]' does not exist")
    if image.architecture != chosen.architecture:
        raise Refused(
            "InvalidParameterValue",
            f"The architecture '{chosen.architecture}' of the specified instance type does not "
            f"match the architecture '{image.architecture}' of the specified AMI. "
            "Specify an instance type and an AMI that have matching architectures.",
        )
    size = scene.get("rootBlockDevice.volumeSize")
    if size is not None and size < image.gigabytes:
        raise Refused(
            "InvalidBlockDeviceMapping",
            f"Volume of size {size}GB is smaller than snapshot, expect size >= {image.gigabytes}GB",
        )
    return chosen


def _refuse_unoffered(scene: Scene, asked: str, zone: str) -> None:
    away = scene.setting("unavailable")
    if not facts.offered(asked, zone, away):
        others = [one for one in facts.zones(scene.scope) if facts.offered(asked, one, away)]
        raise Refused(
            "Unsupported",
            f"Your requested instance type ({asked}) is not supported in your requested "
            f"Availability Zone ({zone}). Please retry your request by not specifying an "
            f"Availability Zone or choosing {', '.join(others)}.",
        )


def refuse_full(scene: Scene, chosen: facts.InstanceType, zone: str) -> None:
    asked, limit = str(scene.inputs["instanceType"]), scene.setting("vcpus")
    _refuse_unoffered(scene, asked, zone)
    running = [str(one.inputs["instanceType"]) for one in scene.others(INSTANCE)]
    if sum(facts.INSTANCE_TYPES[one].vcpus for one in running) + chosen.vcpus > limit:
        raise Refused(
            "VcpuLimitExceeded",
            f"You have requested more vCPU capacity than your current vCPU limit of {limit} "
            "allows for the instance bucket that the specified instance type belongs to. Please "
            "visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to "
            "this limit.",
        )
    if running.count(asked) >= scene.setting("capacity").get(asked, limit):
        raise Refused(
            "InsufficientInstanceCapacity",
            f"We currently do not have sufficient {asked} capacity in the Availability Zone you "
            f"requested ({zone}). Our system will be working on provisioning additional capacity.",
        )


def refuse_user_data(scene: Scene) -> None:
    text, packed = scene.get("userData"), scene.get("userDataBase64")
    size = len(base64.b64decode(packed) if packed else str(text or "").encode())
    if size > USER_DATA_BYTES:
        raise Refused("InvalidParameterValue", f"User data is limited to {USER_DATA_BYTES} bytes")


def refuse_credits(scene: Scene, chosen: facts.InstanceType) -> None:
    if scene.get("creditSpecification.cpuCredits") and not chosen.burstable:
        raise Refused(
            "InstanceCreditSpecification.NotSupported",
            f"The instance type '{scene.inputs['instanceType']}' does not use CPU credits",
        )


# --- where it runs ------------------------------------------------------------------------------


def home(scene: Scene) -> Record:
    """Its subnet, which everything else must agree with."""
    if scene.get("subnetId") is None:
        raise Refused(
            "MissingInput",
            "No subnets found for the default VPC. Please specify a subnet.",
        )
    subnet = scene.to("subnetId")
    zone = scene.get("availabilityZone")
    if zone and zone != subnet.outputs["availabilityZone"]:
        raise Refused(
            "InvalidParameterValue",
            f"The availability zone {zone} is not the one of the subnet {subnet.id}",
        )
    for value in at(scene.inputs, "vpcSecurityGroupIds[*]"):
        group = scene.find(GROUP, value)
        if group and group.inputs["vpcId"] != subnet.inputs["vpcId"]:
            raise Refused(
                "InvalidParameter",
                f"Security group {group.id} and subnet {subnet.id} belong to different networks.",
            )
    return subnet


def private_address(scene: Scene, subnet: Record) -> str:
    network = IPv4Network(subnet.inputs["cidrBlock"])
    taken = {
        one.outputs["privateIp"]
        for one in scene.others(INSTANCE)
        if one.inputs["subnetId"] == subnet.id
    }
    asked = scene.get("privateIp")
    if asked is None:
        for number in range(_RESERVED, network.num_addresses - 1):
            if str(network[number]) not in taken:
                return str(network[number])
        raise Refused(
            "InsufficientFreeAddressesInSubnet",
            f"There are not enough free addresses in subnet '{subnet.id}' "
            "to satisfy the requested number of instances.",
        )
    address = IPv4Address(asked)
    if address not in network:
        raise Refused(
            "InvalidParameterValue",
            f"Address {asked} does not fall within the subnet's address range",
        )
    if address < network[_RESERVED] or address == network[-1]:
        raise Refused(
            "InvalidParameterValue", f"Address {asked} is in subnet's reserved address range"
        )
    if asked in taken:
        raise Refused("InvalidIPAddress.InUse", f"Address {asked} is in use.")
    return str(asked)


def publish(scene: Scene, subnet: Record) -> Outputs:
    """A public address: at the first start, and a new one at each start after a stop."""
    wanted = scene.get("associatePublicIpAddress")
    if wanted is None:
        wanted = subnet.inputs.get("mapPublicIpOnLaunch")
    scene.address = scene.hooks.address(scene) if wanted else ""
    network = scene.find(VPC, subnet.inputs["vpcId"])
    named = bool(scene.address and network and network.inputs.get("enableDnsHostnames"))
    dashed = scene.address.replace(".", "-")
    return {
        "associatePublicIpAddress": bool(wanted),
        "publicIp": scene.address,
        "publicDns": f"ec2-{dashed}.{scene.scope}.compute.amazonaws.com" if named else "",
    }


# --- what the provider refuses by itself ---


_WORDS = {
    "metadataOptions.httpTokens": ("optional", "required"),
    "metadataOptions.httpEndpoint": ("enabled", "disabled"),
    "metadataOptions.httpProtocolIpv6": ("enabled", "disabled"),
    "metadataOptions.instanceMetadataTags": ("enabled", "disabled"),
    "instanceInitiatedShutdownBehavior": ("stop", "terminate"),
    "creditSpecification.cpuCredits": ("standard", "unlimited"),
    "rootBlockDevice.volumeType": ("gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"),
}


def well_said(inputs: Inputs) -> Iterator[Problem]:
    for place, words in _WORDS.items():
        for value in at(inputs, place):
            if value not in words:
                yield place, f"expected {place} to be one of {list(words)}, got {value}"
    for value in at(inputs, "metadataOptions.httpPutResponseHopLimit"):
        if not 1 <= value <= _MOST_HOPS:
            yield "metadataOptions", f"expected a hop limit of 1 to {_MOST_HOPS}, got {value}"
    if inputs.get("userData") and inputs.get("userDataBase64"):
        yield "userData", '"user_data": conflicts with user_data_base64'


def whole_address(inputs: Inputs) -> Iterator[Problem]:
    for value in at(inputs, "privateIp"):
        try:
            IPv4Address(value)
        except ValueError:
            yield "privateIp", f"{value!r} is not a valid IPv4 address"
