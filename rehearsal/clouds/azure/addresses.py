"""Public addresses and network cards."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.azure.arm import IN_GROUP, LOST, guid, named, path
from rehearsal.clouds.azure.launch import limited
from rehearsal.clouds.azure.network import NAME, NETWORK, RULE, RULES, network_told
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Outputs, Ref
from rehearsal.plain import at

if TYPE_CHECKING:
    from rehearsal.inventory import Record
    from rehearsal.scene import Scene

ADDRESS = "azure-native:network:PublicIPAddress"
CARD = "azure-native:network:NetworkInterface"
_RESERVED = 4
"""the first addresses of a subnet are Azure's own, and the last"""


# --- public addresses ---------------------------------------------------------------------------


def _make_address(scene: Scene) -> Outputs:
    if scene.get("sku.name") in {None, "Basic"}:
        raise Refused(
            "IPv4BasicSkuPublicIpCountLimitReached",
            "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription "
            "in this region.",
        )
    if scene.get("publicIPAllocationMethod") != "Static":
        raise Refused(
            "StandardAndStandardV2SkuPublicIPAddressesMustBeStatic",
            f"Standard sku publicIp {scene.id} must have AllocationMethod set to Static.",
        )
    limit = scene.setting("public_addresses")
    here = [one for one in scene.others(ADDRESS) if limited(one, scene.inputs["location"])]
    if len(here) >= limit:
        raise Refused(
            "PublicIPCountLimitReached",
            f"Cannot create more than {limit} public IP addresses for this subscription in this "
            "region.",
        )
    scene.address = scene.hooks.address(scene)
    return _tell_address(scene)


def _tell_address(scene: Scene) -> Outputs:
    told_ = network_told("publicIPAddresses", "publicIpAddressName", scene)
    return {**told_, "ipAddress": scene.address}


address = Kind(
    ADDRESS,
    id=path("Microsoft.Network/publicIPAddresses", "publicIpAddressName"),
    title="Microsoft.Network/publicIPAddresses",
    takes="publicIpAddressName resourceGroupName location zones publicIPAllocationMethod "
    "publicIPAddressVersion idleTimeoutInMinutes dnsSettings.domainNameLabel sku.name sku.tier "
    "tags",
    needs="resourceGroupName location",
    replaces="publicIpAddressName resourceGroupName location",
    fixed={
        "zones": "ResourceAvailabilityZonesCannotBeModified: Zones cannot be "
        "added/updated/removed once the resource is created. The resource cannot be updated "
        "from regional to zonal or vice-versa.",
        "sku": "SkuCannotBeChangedOnUpdate: Sku property is set at creation time and cannot be "
        "changed on resource update.",
    },
    names=named("publicIpAddressName", NAME, RULE),
    refers=IN_GROUP,
    in_use="PublicIPAddressCannotBeDeleted: Public IP address {id} can not be deleted since it "
    "is still allocated to resource {others}. In order to delete the public IP, "
    "disassociate/detach the Public IP address from the resource. To learn how to do this, see "
    "aka.ms/deletepublicip.",
    computes="ipAddress",
    makes=_make_address,
    changes=_tell_address,
    seconds={"create": 4, "update": 4, "delete": 10},
)


# --- network cards ------------------------------------------------------------------------------


def _make_card(scene: Scene) -> Outputs:
    configurations = []
    for asked in scene.inputs.get("ipConfigurations") or []:
        id_ = f"{scene.id}/ipConfigurations/{asked.get('name')}"
        private = _private_address(scene, asked, id_)
        configurations.append({**asked, "id": id_, "privateIPAddress": private})
        public = (asked.get("publicIPAddress") or {}).get("id")
        for other in scene.others(CARD) if public else []:
            if public in at(other.inputs, "ipConfigurations[*].publicIPAddress.id"):
                raise Refused(
                    "PublicIPAddressInUse",
                    f"Resource {id_} is referencing public IP address {public} that is already "
                    f"allocated to resource {other.id}.",
                )
    before = scene.old.outputs if scene.old else {}
    return {
        **network_told("networkInterfaces", "networkInterfaceName", scene),
        "ipConfigurations": configurations,
        "macAddress": before.get("macAddress") or f"00-0D-3A-00-{guid()[:2]}-{guid()[:2]}".upper(),
    }


def _private_address(scene: Scene, asked: dict[str, Any], id_: str) -> str:
    subnet = _subnet(scene, str((asked.get("subnet") or {}).get("id")))
    block = IPv4Network(subnet["addressPrefix"])
    taken = {
        one["privateIPAddress"]: one["id"]
        for card in scene.others(CARD)
        for one in card.outputs["ipConfigurations"]
        if scene.same(one["subnet"]["id"], subnet["id"])
    }
    wanted = asked.get("privateIPAddress")
    if wanted is None:
        for number in range(_RESERVED, block.num_addresses - 1):
            if str(block[number]) not in taken:
                return str(block[number])
        raise Refused(
            "SubnetIsFull",
            f"Subnet {subnet['id']} with address prefix {block} does not have enough capacity.",
        )
    if IPv4Address(wanted) not in block:
        raise Refused(
            "PrivateIPAddressNotInSubnet",
            f"Private static IP address {wanted} does not belong to the range of subnet prefix "
            f"{block}.",
        )
    if IPv4Address(wanted) < block[_RESERVED] or IPv4Address(wanted) == block[-1]:
        raise Refused(
            "PrivateIPAddressInReservedRange",
            f"Private static IP address {wanted} falls within reserved IP range of subnet prefix "
            f"{block}.",
        )
    if wanted in taken:
        raise Refused(
            "PrivateIPAddressIsAllocated",
            f"IP configuration {id_} is using the private IP address {wanted} which is already "
            f"allocated to resource {taken[wanted]}.",
        )
    return str(wanted)


def _subnet(scene: Scene, id_: str) -> dict[str, Any]:
    home: Record | None = scene.find(NETWORK, id_, by="subnets[*].id")
    if home is None or not scene.same(home.inputs["location"], scene.inputs["location"]):
        raise Refused.said(LOST.format(value=id_))
    return next(one for one in home.outputs["subnets"] if scene.same(one["id"], id_))


HELD_UNTIL = "heldUntil"


def hold_card(scene: Scene, card: Record, machine: str) -> None:
    """Azure keeps the card of a machine for it, three minutes after that one is gone."""
    seconds = scene.setting("cards_held")
    if seconds:
        end = (scene.inventory.now() + dt.timedelta(seconds=seconds)).isoformat()
        held = {**card.outputs, HELD_UNTIL: end, "heldFor": machine}
        scene.inventory.put(replace(card, outputs=held))


def _refuse_held(scene: Scene) -> None:
    held = scene.existing.outputs
    until = held.get(HELD_UNTIL)
    if until and scene.inventory.now() < dt.datetime.fromisoformat(until):
        raise Refused(
            "NicReservedForAnotherVm",
            f"Nic(s) in request is reserved for another Virtual Machine for 180 seconds. Please "
            f"provide another nic(s) or retry after 180 seconds. Reserved VM: {held['heldFor']}",
        )


card = Kind(
    CARD,
    id=path("Microsoft.Network/networkInterfaces", "networkInterfaceName"),
    title="Microsoft.Network/networkInterfaces",
    takes="networkInterfaceName resourceGroupName location tags networkSecurityGroup.id "
    "enableAcceleratedNetworking enableIPForwarding ipConfigurations[*].name "
    "ipConfigurations[*].primary ipConfigurations[*].subnet.id "
    "ipConfigurations[*].privateIPAllocationMethod ipConfigurations[*].privateIPAddress "
    "ipConfigurations[*].publicIPAddress.id",
    needs="location ipConfigurations",
    replaces="networkInterfaceName resourceGroupName location",
    names=named("networkInterfaceName", NAME, RULE),
    refers={
        **IN_GROUP,
        "networkSecurityGroup.id": Ref(RULES, LOST),
        "ipConfigurations[*].subnet.id": Ref(NETWORK, LOST, by="subnets[*].id"),
        "ipConfigurations[*].publicIPAddress.id": Ref(ADDRESS, LOST),
    },
    in_use="NicInUse: Network Interface {id} is used by existing resource {others}. In order to "
    "delete the network interface, it must be dissociated from the resource. To learn more, see "
    "aka.ms/deletenic.",
    makes=_make_card,
    changes=_make_card,
    keeps=_refuse_held,
    seconds={"create": 3, "update": 3, "delete": 10},
)

KINDS = (address, card)
