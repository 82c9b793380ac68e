"""Networks with their subnets, and security groups."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, ip_network
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.azure.arm import IN_GROUP, LOST, guid, named, path, told
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Outputs, Ref
from rehearsal.plain import at

if TYPE_CHECKING:
    from rehearsal.scene import Scene

RULES = "azure-native:network:NetworkSecurityGroup"
NETWORK = "azure-native:network:VirtualNetwork"

NAME = re.compile(r"[A-Za-z0-9]([\w.-]{0,78}\w)?")
RULE = (
    "Resource name {value} is invalid. The name can be up to 80 characters long. It must begin "
    "with a word character, and it must end with a word character or with '_'. The name may "
    "contain word characters or '.', '-', '_'."
)


def network_told(type_: str, name: str, scene: Scene) -> Outputs:
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
    told_ = network_told("networkSecurityGroups", "networkSecurityGroupName", scene)
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
    names=named("networkSecurityGroupName", NAME, RULE),
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
    told_ = network_told("virtualNetworks", "virtualNetworkName", scene)
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
    names=named("virtualNetworkName", NAME, RULE),
    refers={**IN_GROUP, "subnets[*].networkSecurityGroup.id": Ref(RULES, LOST)},
    in_use="InUseSubnetCannotBeDeleted: A subnet of {id} is in use by {others} and cannot be "
    "deleted. In order to delete the subnet, delete all the resources within the subnet. "
    "See aka.ms/deletesubnet.",
    makes=_make_network,
    changes=_make_network,
    seconds={"create": 5, "update": 5, "delete": 10},
)


KINDS = (rules, network)
