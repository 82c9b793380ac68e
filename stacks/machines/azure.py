"""Machines on Microsoft Azure, in a resource group and a network of the lab's own.

Two security groups on the way to a machine: that of the subnet is the lab's door, which is
changed for all at once; that of the seat keeps other seats out.
"""

import base64
from typing import Any

import pulumi
from pulumi_azure_native import compute, network

from dockyard.errors import DockyardError
from dockyard.seats import NETWORK, Seat, SeatMachine
from stacks.azure_group import resource_group
from stacks.making import Made, Making
from stacks.seat import SeatResource

IMAGE = ("publisher", "offer", "sku", "version")


def make(making: Making) -> list[Made]:
    """The lab's machines: what all share first, then seat by seat."""
    if not making.lab.access.keys:
        raise DockyardError(
            "Azure makes no machine without a public key, and there is none here.",
            "Make one: ssh-keygen -t ed25519",
        )
    shared = _Shared(making)
    return [made for seat in making.seats for made in _seat(shared, seat)]


class _Shared:
    """What the whole lab has once."""

    def __init__(self, making: Making) -> None:
        self.making, self.group = making, resource_group(making)
        ports = [str(a) if a == b else f"{a}-{b}" for a, b in making.ports]
        trainer = _rule("trainer", 100, protocol="Tcp", destination_port_ranges=ports)
        trainer["source_address_prefixes"] = making.cidrs
        inside = _rule("network", 200, source_address_prefix="VirtualNetwork", **_ANY)
        door = self.rules("door", [trainer, inside])
        self.network = self.add(
            network.VirtualNetwork,
            "network",
            virtual_network_name="network",
            address_space={"address_prefixes": [str(NETWORK)]},
            subnets=[
                {
                    "name": "machines",
                    "address_prefix": str(NETWORK),
                    "network_security_group": {"id": door.id},
                }
            ],
        )

    def add(self, kind: Any, name: str, seat: SeatResource | None = None, **inputs: Any) -> Any:
        """A resource in the lab's group; deleting the group deletes it, in the same call."""
        own = {"parent": seat, "deleted_with": self.group, **inputs.pop("options", {})}
        return kind(
            name,
            resource_group_name=self.group.name,
            location=self.group.location,
            tags=self.making.tags,
            opts=pulumi.ResourceOptions(**own),
            **inputs,
        )

    def rules(
        self, name: str, rules: list[dict[str, Any]], seat: SeatResource | None = None
    ) -> Any:
        """A security group; what no rule of it lets in stays out, but for the network itself."""
        named = {"network_security_group_name": name, "security_rules": rules}
        return self.add(network.NetworkSecurityGroup, name, seat, **named)


_ANY = {"destination_port_range": "*"}


def _rule(
    name: str, priority: int, access: str = "Allow", protocol: str = "*", **more: Any
) -> dict[str, Any]:
    sides = {"source_port_range": "*", "destination_address_prefix": "*", "direction": "Inbound"}
    own = {"name": name, "priority": priority, "access": access, "protocol": protocol}
    return {**sides, **own, **more}


def _seat(shared: _Shared, seat: Seat) -> list[Made]:
    parent = SeatResource(seat)
    rules = [
        _rule("seat", 100, source_address_prefix=seat.subnet, **_ANY),
        _rule("others", 110, "Deny", source_address_prefix="VirtualNetwork", **_ANY),
        # who comes from outside has passed the door
        _rule("door", 120, source_address_prefix="Internet", **_ANY),
    ]
    group = shared.rules(seat.name, rules, parent)
    return parent.done([_machine(shared, parent, group, machine) for machine in seat.machines])


def _machine(shared: _Shared, seat: SeatResource, group: Any, machine: SeatMachine) -> Made:
    making, host = shared.making, machine.host
    zones = [making.lab.zone] if making.lab.zone else None
    standard = {"sku": {"name": "Standard"}, "public_ip_allocation_method": "Static"}
    address = shared.add(
        network.PublicIPAddress, host, seat, public_ip_address_name=host, zones=zones, **standard
    )
    way = {
        "name": "machine",
        "subnet": {"id": shared.network.subnets[0].id},
        "private_ip_allocation_method": "Static",
        "private_ip_address": machine.address,
        "public_ip_address": {"id": address.id},
    }
    card = shared.add(
        network.NetworkInterface,
        host,
        seat,
        network_interface_name=host,
        network_security_group={"id": group.id},
        ip_configurations=[way],
    )
    made = shared.add(
        compute.VirtualMachine,
        host,
        seat,
        vm_name=host,
        hardware_profile={"vm_size": making.facts.size(machine.size)},
        network_profile={"network_interfaces": [{"id": card.id, "primary": True}]},
        os_profile=_system(making, seat.seat, machine),
        storage_profile={
            "image_reference": dict(
                zip(IMAGE, making.facts.image(machine.image).split(":"), strict=True)
            ),
            "os_disk": {
                "name": host,
                "create_option": "FromImage",
                "delete_option": "Delete",
                "disk_size_gb": machine.disk,
                "managed_disk": {"storage_account_type": "StandardSSD_LRS"},
            },
        },
        # the console shows the machine's host keys
        diagnostics_profile={"boot_diagnostics": {"enabled": True}},
        zones=zones,
        options=_FIXED,
    )
    return Made(machine, made.id, address.ip_address.apply(lambda found: found or ""))


# Azure changes none of them in place (PropertyChangeNotAllowed); a name is free when it is gone
_FIXED = {
    "replace_on_changes": ["osProfile", "storageProfile.imageReference"],
    "delete_before_replace": True,
}


def _system(making: Making, seat: Seat, machine: SeatMachine) -> dict[str, Any]:
    login = making.facts.login
    text = making.user_data(seat, machine).encode("ascii")
    path = f"/home/{login}/.ssh/authorized_keys"
    keys = [{"path": path, "key_data": key} for key in making.lab.access.keys]
    return {
        "computer_name": machine.host,
        "admin_username": login,
        "custom_data": base64.b64encode(text).decode("ascii"),
        "linux_configuration": {
            "disable_password_authentication": True,
            "ssh": {"public_keys": keys},
        },
    }
