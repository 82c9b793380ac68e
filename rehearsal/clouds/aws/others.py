"""What a lab of ours makes none of, and a person in its network might: addresses, disks, cards."""

from __future__ import annotations

import datetime as dt

from rehearsal.clouds.aws.firewall import GROUP
from rehearsal.clouds.aws.launch import INSTANCE
from rehearsal.clouds.aws.network import SUBNET, arn, owned
from rehearsal.inventory import Record
from rehearsal.kinds import Kind, Outputs, Ref
from rehearsal.operations import GONE_AT
from rehearsal.scene import Scene, hexadecimal

ADDRESS = "aws:ec2/eip:Eip"
VOLUME = "aws:ebs/volume:Volume"
CARD = "aws:ec2/networkInterface:NetworkInterface"


# --- public addresses that are kept -------------------------------------------------------------


def _make_address(scene: Scene) -> Outputs:
    scene.address = scene.hooks.address(scene)
    return {
        "arn": arn(scene, "elastic-ip"),
        "allocationId": scene.id,
        "publicIp": scene.address,
        "domain": "vpc",
    }


address = Kind(
    ADDRESS,
    id="eipalloc-{hex}",
    title="EC2 EIP",
    calls={"create": "AllocateAddress", "update": "AssociateAddress", "delete": "ReleaseAddress"},
    takes="domain instance region tags",
    replaces="domain region",
    refers={"instance": Ref(INSTANCE, holds=False)},
    missing="InvalidAllocationID.NotFound: The allocation ID '{value}' does not exist",
    computes="domain",
    makes=_make_address,
)


# --- disks --------------------------------------------------------------------------------------

volume = Kind(
    VOLUME,
    id="vol-{hex}",
    title="EC2 EBS Volume",
    calls={"create": "CreateVolume", "update": "ModifyVolume", "delete": "DeleteVolume"},
    takes="availabilityZone size type encrypted region tags",
    replaces="availabilityZone encrypted region",
    missing="InvalidVolume.NotFound: The volume '{value}' does not exist.",
    computes="type",
    makes=lambda scene: {"arn": arn(scene, "volume"), "type": "gp3"},
    seconds={"create": 5, "delete": 5},
)


# --- cards --------------------------------------------------------------------------------------

card = Kind(
    CARD,
    id="eni-{hex}",
    title="EC2 Network Interface",
    calls={
        "create": "CreateNetworkInterface",
        "update": "ModifyNetworkInterfaceAttribute",
        "delete": "DeleteNetworkInterface",
    },
    takes="subnetId securityGroups description region tags",
    needs="subnetId",
    replaces="subnetId region",
    unordered="securityGroups",
    refers={"subnetId": Ref(SUBNET), "securityGroups[*]": Ref(GROUP)},
    missing="InvalidNetworkInterfaceID.NotFound: The networkInterface ID '{value}' does not exist",
    makes=lambda scene: owned(scene, "network-interface"),
)


def hold_interface(scene: Scene) -> None:
    """The card of an ended instance may stay a while, and hold its groups and its subnet."""
    seconds = scene.setting("cards_held")
    if not seconds:
        return
    ended = scene.existing
    end = scene.inventory.now() + dt.timedelta(seconds=seconds)
    scene.inventory.put(
        Record(
            f"eni-{hexadecimal()}",
            CARD,
            f"of {ended.id}",
            ended.scope,
            {
                "subnetId": ended.inputs["subnetId"],
                "securityGroups": ended.inputs.get("vpcSecurityGroupIds") or [],
                "description": "",
            },
            {"status": "in-use", GONE_AT: end.isoformat()},
        )
    )


KINDS = (address, volume, card)
