"""Networks with their subnets, security groups, public addresses, network cards."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.azure.arm import IN_GROUP, LOST, guid, named, path, told
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Outputs, Ref
from rehearsal.plain import at

if TYPE_CHECKING:
    from rehearsal.inventory import Record
    from rehearsal.scene import Scene

RULES = "azure-native:network:NetworkSecurityGroup"
NETWORK = "azure-native:network:VirtualNetwork"
ADDRESS = "azure-native:network:PublicIPAddress"
CARD = "azure-native:network:NetworkInterface"

_NAME = re.compile(r"[A-Za-z0-9]([\w.-]{0,78}\w)?")
_RULE = (
    "Resource name {value} is invalid. The name can be up to 80 characters long. It must begin "
    "with a word character, and it must end with a word character or with '_'. The name may "
    "contain word characters or '.', '-', '_'."
)
_RESERVED = 4
"""the first addresses of a subnet are Azure's own, and the last"""


def _network_told(type_: str, name: str, scene: Scene) -> Outputs:
    before = scene.old.outputs if scene.old else {}
    return {
        **told(f"Microsoft.Network/{type_}", name)(scene),
        "etag": f'W/"{guid()}"',
        "resourceGuid": before.get("resourceGuid") or guid(),
    }


# --- security groups ----------------------------------------------------------------------------

_FIRST, _LAST = 100, 4096
_HIGHEST_PORT = 65535
_TAGS = {"Internet", "VirtualNetwork", "AzureLoadBalancer", "*"}


def _refuse_rules(scene: Scene) -> None:
    seen: dict[tuple[str, int], str] = {}
    for rule in scene.inputs.get("securityRules") or []:
        name, priority = str(rule.get("name")), rule["priority"]
        if not _FIRST <= priority <= _LAST:
            raise Refused(
                "SecurityRuleInvalidPriority",
                f"Security rule has invalid Priority. Value provided: {priority} "
                f"Allowed range {_FIRST}-{_LAST}.",
            )
        other = seen.setdefault((rule["direction"], priority), name)
        if (
            other != name
            or [one.get("name") for one in scene.inputs["securityRules"]].count(name) > 1
        ):
            raise Refused(
                "SecurityRuleConflict",
                f"Security rule {name} conflicts with rule {other}. Rules cannot have the same "
                "Priority and Direction.",
            )
        for side in ("source", "destination"):
            _refuse_side(rule, side)


def _refuse_side(rule: dict[str, Any], side: str) -> None:
    for what, check in (("Port", _is_port), ("Address", _is_prefix)):
        single = f"{side}PortRange" if what == "Port" else f"{side}AddressPrefix"
        plural = f"{single}s" if what == "Port" else f"{single}es"
        one, many = rule.get(single), rule.get(plural) or []
        if one is None and not many:
            raise Refused(
                "SecurityRuleParameterRequired",
                f"Required security rule parameters are missing: {single} of {rule.get('name')}",
            )
        wrong = [value for value in many if not check(value, among_others=True)]
        if one is not None and not check(one, among_others=False):
            wrong.append(one)
        if wrong and what == "Port":
            raise Refused(
                "SecurityRuleInvalidPortRange",
                f"Security rule has invalid Port range. Value provided: {wrong[0]}. Value should "
                "be an integer OR integer range with '-' delimiter. Valid range 0-65535.",
            )
        if wrong:
            raise Refused(
                "SecurityRuleInvalidAddressPrefix",
                f"Security rule has invalid Address prefix. Value provided: {wrong[0]}",
            )


def _is_port(value: str, *, among_others: bool) -> bool:
    """`*` stands alone, never in a list."""
    if value == "*":
        return not among_others
    ports = value.split("-")
    return 1 <= len(ports) <= len("ab") and all(
        port.isdecimal() and int(port) <= _HIGHEST_PORT for port in ports
    )


def _is_prefix(value: str, *, among_others: bool) -> bool:
    """Names of Azure's own (tags) stand alone, never in a list."""
    if value in _TAGS:
        return not among_others
    try:
        ip_network(value)
    except ValueError:
        return False
    return True


_FIELDS = (
    "name priority direction access protocol description sourcePortRange sourcePortRanges "
    "sourceAddressPrefix sourceAddressPrefixes destinationPortRange destinationPortRanges "
    "destinationAddressPrefix destinationAddressPrefixes"
)


def _make_rules(scene: Scene) -> Outputs:
    _refuse_rules(scene)
    rules = [
        {**rule, "id": f"{scene.id}/securityRules/{rule.get('name')}"}
        for rule in scene.inputs.get("securityRules") or []
    ]
    told_ = _network_told("networkSecurityGroups", "networkSecurityGroupName", scene)
    return {**told_, **({"securityRules": rules} if rules else {})}


rules = Kind(
    RULES,
    id=path("Microsoft.Network/networkSecurityGroups", "networkSecurityGroupName"),
    title="Microsoft.Network/networkSecurityGroups",
    takes="networkSecurityGroupName resourceGroupName location tags "
    + " ".join(f"securityRules[*].{field}" for field in _FIELDS.split()),
    needs="resourceGroupName location",
    replaces="networkSecurityGroupName resourceGroupName location",
    unordered="securityRules",
    names=named("networkSecurityGroupName", _NAME, _RULE),
    refers=IN_GROUP,
    in_use="InUseNetworkSecurityGroupCannotBeDeleted: Network security group {id} cannot be "
    "deleted because it is in use by the following resources: {others}. In order to delete the "
    "Network security group, remove the association with the resource(s). To learn how to do "
    "this, see aka.ms/deletensg.",
    makes=_make_rules,
    changes=_make_rules,
    seconds={"create": 5, "update": 5, "delete": 10},
)


# --- networks -----------------------------------------------------------------------------------


def _make_network(scene: Scene) -> Outputs:
    name = scene.inputs["virtualNetworkName"]
    spaces = [IPv4Network(one) for one in at(scene.inputs, "addressSpace.addressPrefixes[*]")]
    subnets: list[dict[str, Any]] = []
    taken: list[IPv4Network] = []
    for subnet in scene.inputs.get("subnets") or []:
        block = IPv4Network(subnet["addressPrefix"])
        if not any(block.subnet_of(space) for space in spaces):
            raise Refused(
                "NetcfgSubnetRangeOutsideVnet",
                f"Subnet '{subnet['name']}' is not valid because its IP address range is outside "
                f"the IP address range of virtual network '{name}'.",
            )
        if any(block.overlaps(other) for other in taken):
            raise Refused(
                "NetcfgSubnetRangesOverlap",
                f"Subnet '{subnet['name']}' is not valid because its IP address range overlaps "
                f"with that of an existing subnet in virtual network '{name}'.",
            )
        taken.append(block)
        id_ = f"{scene.id}/subnets/{subnet['name']}"
        subnets.append({**subnet, "id": id_, "provisioningState": "Succeeded"})
    told_ = _network_told("virtualNetworks", "virtualNetworkName", scene)
    return {**told_, **({"subnets": subnets} if subnets else {})}


network = Kind(
    NETWORK,
    id=path("Microsoft.Network/virtualNetworks", "virtualNetworkName"),
    title="Microsoft.Network/virtualNetworks",
    takes="virtualNetworkName resourceGroupName location tags addressSpace.addressPrefixes "
    "enableDdosProtection enableVmProtection "
    "subnets[*].name subnets[*].addressPrefix subnets[*].networkSecurityGroup.id",
    needs="resourceGroupName location addressSpace",
    replaces="virtualNetworkName resourceGroupName location",
    names=named("virtualNetworkName", _NAME, _RULE),
    refers={**IN_GROUP, "subnets[*].networkSecurityGroup.id": Ref(RULES, LOST)},
    in_use="InUseSubnetCannotBeDeleted: A subnet of {id} is in use by {others} and cannot be "
    "deleted. In order to delete the subnet, delete all the resources within the subnet. "
    "See aka.ms/deletesubnet.",
    makes=_make_network,
    changes=_make_network,
    seconds={"create": 5, "update": 5, "delete": 10},
)


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
    if len(scene.others(ADDRESS)) >= limit:
        raise Refused(
            "PublicIPCountLimitReached",
            f"Cannot create more than {limit} public IP addresses for this subscription in this "
            "region.",
        )
    scene.address = scene.hooks.address(scene)
    return _tell_address(scene)


def _tell_address(scene: Scene) -> Outputs:
    told_ = _network_told("publicIPAddresses", "publicIpAddressName", scene)
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
    names=named("publicIpAddressName", _NAME, _RULE),
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
        **_network_told("networkInterfaces", "networkInterfaceName", scene),
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
    names=named("networkInterfaceName", _NAME, _RULE),
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
    seconds={"create": 3, "update": 3, "delete": 10},
)

KINDS = (rules, network, address, card)
