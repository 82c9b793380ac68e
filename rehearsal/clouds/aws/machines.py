"""Instances."""

from __future__ import annotations

from typing import Any

from rehearsal.clouds.aws import facts
from rehearsal.clouds.aws.firewall import GROUP
from rehearsal.clouds.aws.keys import KEY
from rehearsal.clouds.aws.launch import (
    INSTANCE,
    home,
    private_address,
    publish,
    refuse_credits,
    refuse_full,
    refuse_user_data,
    type_and_image,
    well_said,
    whole_address,
)
from rehearsal.clouds.aws.network import SUBNET, arn
from rehearsal.clouds.aws.others import hold_interface
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Outputs, Ref
from rehearsal.scene import Scene, hexadecimal

# --- the instance -------------------------------------------------------------------------------


def _make_instance(scene: Scene) -> Outputs:
    chosen = type_and_image(scene)
    subnet = home(scene)
    zone = str(subnet.outputs["availabilityZone"])
    refuse_user_data(scene)
    refuse_credits(scene, chosen)
    private = private_address(scene, subnet)
    refuse_full(scene, chosen, zone)
    return {
        "arn": arn(scene, "instance"),
        "instanceState": "running",
        "availabilityZone": zone,
        "privateIp": private,
        "privateDns": f"ip-{private.replace('.', '-')}.{scene.scope}.compute.internal",
        "primaryNetworkInterfaceId": f"eni-{hexadecimal()}",
        "rootBlockDevice": _root(scene, f"vol-{hexadecimal()}"),
        **publish(scene, subnet),
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
    chosen, before = type_and_image(scene), dict(scene.existing.outputs)
    refuse_user_data(scene)
    refuse_credits(scene, chosen)
    subnet = home(scene)
    if "instanceType" in scene.changed:
        refuse_full(scene, chosen, before["availabilityZone"])
    root = _root(scene, before["rootBlockDevice"]["volumeId"])
    if root["volumeSize"] < before["rootBlockDevice"]["volumeSize"]:
        raise Refused("InvalidParameterValue", "New size cannot be smaller than existing size")
    stopped = scene.changed & {"instanceType", "userData", "userDataBase64"}
    started = publish(scene, subnet) if stopped and scene.address else {}
    return {**before, "rootBlockDevice": root, **started}


def _keep_instance(scene: Scene) -> None:
    if scene.existing.inputs.get("disableApiTermination"):
        raise Refused(
            "OperationNotPermitted",
            f"The instance '{scene.id}' may not be terminated. Modify its "
            "'disableApiTermination' instance attribute and try again.",
        )


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
    checks=(well_said, whole_address),
    makes=_make_instance,
    changes=_change_instance,
    keeps=_keep_instance,
    unmakes=hold_interface,
    seconds={"create": 15, "update": 60, "delete": 40},
)


KINDS = (instance,)
