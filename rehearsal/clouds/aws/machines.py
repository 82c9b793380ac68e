"""Instances and key pairs."""

from __future__ import annotations

import base64
import re
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import facts
from rehearsal.clouds.aws.network import GROUP, SUBNET, VPC, arn
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs, Problem, Ref
from rehearsal.plain import at
from rehearsal.scene import Scene, hexadecimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Record
    from rehearsal.kinds import Inputs

INSTANCE = "aws:ec2/instance:Instance"
KEY = "aws:ec2/keyPair:KeyPair"

USER_DATA_BYTES = 16384
_RESERVED = 4
"""the first addresses of a subnet are AWS's own, and the last"""
_MOST_HOPS = 64


# --- what may run -------------------------------------------------------------------------------


def _type_and_image(scene: Scene) -> facts.InstanceType:
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


def _room(scene: Scene, chosen: facts.InstanceType, zone: str) -> None:
    asked, limit = str(scene.inputs["instanceType"]), scene.setting("vcpus")
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


def _user_data(scene: Scene) -> None:
    text, packed = scene.get("userData"), scene.get("userDataBase64")
    size = len(base64.b64decode(packed) if packed else str(text or "").encode())
    if size > USER_DATA_BYTES:
        raise Refused("InvalidParameterValue", f"User data is limited to {USER_DATA_BYTES} bytes")


def _credits(scene: Scene, chosen: facts.InstanceType) -> None:
    if scene.get("creditSpecification.cpuCredits") and not chosen.burstable:
        raise Refused(
            "InstanceCreditSpecification.NotSupported",
            f"The instance type '{scene.inputs['instanceType']}' does not use CPU credits",
        )


# --- where it runs ------------------------------------------------------------------------------


def _home(scene: Scene) -> Record:
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


def _private_address(scene: Scene, subnet: Record) -> str:
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


def _publish(scene: Scene, subnet: Record) -> Outputs:
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


# --- the instance -------------------------------------------------------------------------------


def _make_instance(scene: Scene) -> Outputs:
    chosen = _type_and_image(scene)
    subnet = _home(scene)
    zone = str(subnet.outputs["availabilityZone"])
    _user_data(scene)
    _credits(scene, chosen)
    private = _private_address(scene, subnet)
    _room(scene, chosen, zone)
    return {
        "arn": arn(scene, "instance"),
        "instanceState": "running",
        "availabilityZone": zone,
        "privateIp": private,
        "privateDns": f"ip-{private.replace('.', '-')}.{scene.scope}.compute.internal",
        "primaryNetworkInterfaceId": f"eni-{hexadecimal()}",
        "rootBlockDevice": _root(scene, f"vol-{hexadecimal()}"),
        **_publish(scene, subnet),
    }


def _root(scene: Scene, volume: str) -> dict[str, Any]:
    asked = scene.get("rootBlockDevice") or {}
    image = facts.image(scene.inputs["ami"], scene.scope, scene.setting("images"))
    return {
        "volumeSize": image.gigabytes if image else 8,
        "volumeType": "gp3",
        "deleteOnTermination": True,
        "encrypted": False,
        **asked,
        "volumeId": volume,
        "deviceName": "/dev/xvda",
    }


def _change_instance(scene: Scene) -> Outputs:
    chosen, before = _type_and_image(scene), dict(scene.existing.outputs)
    _user_data(scene)
    _credits(scene, chosen)
    subnet = _home(scene)
    if "instanceType" in scene.changed:
        _room(scene, chosen, before["availabilityZone"])
    root = _root(scene, before["rootBlockDevice"]["volumeId"])
    if root["volumeSize"] < before["rootBlockDevice"]["volumeSize"]:
        raise Refused("InvalidParameterValue", "New size cannot be smaller than existing size")
    stopped = scene.changed & {"instanceType", "userData", "userDataBase64"}
    started = _publish(scene, subnet) if stopped and scene.address else {}
    return {**before, "rootBlockDevice": root, **started}


def _unmake_instance(scene: Scene) -> None:
    if scene.existing.inputs.get("disableApiTermination"):
        raise Refused(
            "OperationNotPermitted",
            f"The instance '{scene.id}' may not be terminated. Modify its "
            "'disableApiTermination' instance attribute and try again.",
        )


_WORDS = {
    "metadataOptions.httpTokens": ("optional", "required"),
    "metadataOptions.httpEndpoint": ("enabled", "disabled"),
    "metadataOptions.httpProtocolIpv6": ("enabled", "disabled"),
    "metadataOptions.instanceMetadataTags": ("enabled", "disabled"),
    "instanceInitiatedShutdownBehavior": ("stop", "terminate"),
    "creditSpecification.cpuCredits": ("standard", "unlimited"),
    "rootBlockDevice.volumeType": ("gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"),
}


def _well_said(inputs: Inputs) -> Iterator[Problem]:
    for place, words in _WORDS.items():
        for value in at(inputs, place):
            if value not in words:
                yield place, f"expected {place} to be one of {list(words)}, got {value}"
    for value in at(inputs, "metadataOptions.httpPutResponseHopLimit"):
        if not 1 <= value <= _MOST_HOPS:
            yield "metadataOptions", f"expected a hop limit of 1 to {_MOST_HOPS}, got {value}"
    if inputs.get("userData") and inputs.get("userDataBase64"):
        yield "userData", '"user_data": conflicts with user_data_base64'


def _whole_address(inputs: Inputs) -> Iterator[Problem]:
    for value in at(inputs, "privateIp"):
        try:
            IPv4Address(value)
        except ValueError:
            yield "privateIp", f"{value!r} is not a valid IPv4 address"


_RENEWED = "publicIp publicDns"

instance = Kind(
    INSTANCE,
    id="i-{hex}",
    title="EC2 Instance",
    calls={
        "create": "RunInstances",
        "update": "ModifyInstanceAttribute",
        "delete": "TerminateInstances",
    },
    takes="ami instanceType subnetId privateIp associatePublicIpAddress availabilityZone "
    "vpcSecurityGroupIds keyName userData userDataBase64 userDataReplaceOnChange "
    "instanceInitiatedShutdownBehavior creditSpecification.cpuCredits disableApiTermination "
    "metadataOptions.httpTokens metadataOptions.httpPutResponseHopLimit "
    "metadataOptions.httpEndpoint metadataOptions.instanceMetadataTags "
    "rootBlockDevice.volumeType rootBlockDevice.volumeSize rootBlockDevice.encrypted "
    "rootBlockDevice.deleteOnTermination rootBlockDevice.tags region tags",
    needs="ami instanceType",
    defaults={"userDataReplaceOnChange": False},
    replaces="ami subnetId privateIp associatePublicIpAddress availabilityZone keyName "
    "rootBlockDevice.encrypted region",
    replaces_if=dict.fromkeys(
        ["userData", "userDataBase64"],
        lambda _, news: news.get("userDataReplaceOnChange") is True,
    ),
    renews=dict.fromkeys(["instanceType", "userData", "userDataBase64"], _RENEWED),
    unordered="vpcSecurityGroupIds",
    # newer types are not in it
    beyond_the_list="instanceType",
    refers={
        "subnetId": Ref(SUBNET),
        "vpcSecurityGroupIds[*]": Ref(GROUP),
        "keyName": Ref(KEY, holds=False),
    },
    missing="InvalidInstanceID.NotFound: The instance ID '{value}' does not exist",
    computes="privateIp associatePublicIpAddress availabilityZone rootBlockDevice",
    checks=(_well_said, _whole_address),
    makes=_make_instance,
    changes=_change_instance,
    unmakes=_unmake_instance,
    seconds={"create": 15, "update": 60, "delete": 40},
)


# --- keys ---------------------------------------------------------------------------------------


def _make_key(scene: Scene) -> Outputs:
    kind, _, blob = str(scene.inputs["publicKey"]).partition(" ")
    kinds = {"ssh-rsa": "rsa", "ssh-ed25519": "ed25519"}
    if not blob or kind not in kinds:
        raise Refused("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
    return {
        "arn": arn(scene, "key-pair"),
        "keyPairId": f"key-{hexadecimal()}",
        "keyType": kinds[kind],
        "fingerprint": ":".join(hexadecimal(2) for _ in range(16)),
    }


key = Kind(
    KEY,
    id=lambda scene: str(scene.inputs["keyName"]),
    title="EC2 Key Pair",
    calls={"create": "ImportKeyPair", "delete": "DeleteKeyPair"},
    takes="keyName publicKey region tags",
    replaces="keyName publicKey region",
    names=Names(
        "keyName",
        re.compile(r"[\x20-\x7e]{1,255}"),
        "may have 1 to 255 ASCII characters",
        taken="InvalidKeyPair.Duplicate: The keypair already exists",
        auto=lambda name, digits: f"{name}-{digits[:7]}",
    ),
    missing="InvalidKeyPair.NotFound: The key pair '{value}' does not exist",
    makes=_make_key,
)

KINDS = (instance, key)
