"""Machines on Microsoft Azure, in a resource group and a network of the lab's own.

Two security groups on the way to a machine: that of the subnet is the lab's door, which is
changed for all at once; that of the seat keeps other seats out.
"""

import base64
from typing import Any

import pulumi
from pulumi_azure_native import compute, network

from dockyard.seats import NETWORK, Seat, SeatMachine
from stacks.azure_group import resource_group
from stacks.guards.azure import floor
from stacks.making import Made, Making
from stacks.seat import SeatResource

SSD = {"storage_account_type": "StandardSSD_LRS"}
EVERY = ["0-65535"]
IMAGE = ("publisher", "offer", "sku", "version")
# Azure changes none of them in place (PropertyChangeNotAllowed); a name is free when it is gone
FIXED = {"replace_on_changes": ["osProfile", "storageProfile", "zones"]}


def make(making: Making) -> list[Made]:
    """The lab's machines: what all share first, then seat by seat."""
    shared = _Shared(making)
    return [made for seat in making.seats for made in _seat(shared, seat)]


class _Shared:
    """What the whole lab has once."""

    def __init__(self, making: Making) -> None:
        self.making, self.group = making, resource_group(making)
        self.zones = [making.lab.zone] if making.lab.zone else None
        trainer = {"source_address_prefixes": making.cidrs, "protocol": "Tcp"}
        door = self.rules("door", [_rule("trainer", 100, making.ports, **trainer)])
        subnet: dict[str, Any] = {"name": "machines", "address_prefix": str(NETWORK)}
        subnet["network_security_group"] = {"id": door.id}
        named: dict[str, Any] = {"virtual_network_name": "network", "subnets": [subnet]}
        named["address_space"] = {"address_prefixes": [str(NETWORK)]}
        self.network = self.add(network.VirtualNetwork, "network", **named)

    def add(self, kind: Any, name: str, seat: SeatResource | None = None, **inputs: Any) -> Any:
        """A resource in the lab's group; deleting the group deletes it, in the same call."""
        own = {"parent": seat, "deleted_with": self.group, **inputs.pop("options", {})}
        place = {"resource_group_name": self.group.name, "location": self.group.location}
        options = pulumi.ResourceOptions(**own)
        return kind(name, **place, **inputs, tags=self.making.tags, opts=options)

    def rules(
        self, name: str, rules: list[dict[str, Any]], seat: SeatResource | None = None
    ) -> Any:
        """A security group; what no rule of it lets in stays out, but for the network itself."""
        named = {"network_security_group_name": name, "security_rules": rules}
        return self.add(network.NetworkSecurityGroup, name, seat, **named)


def _rule(name: str, priority: int, ports: list[str], **more: Any) -> dict[str, Any]:
    into = {"destination_port_ranges": ports, "destination_address_prefix": "*"}
    own = {"name": name, "priority": priority, "direction": "Inbound", "access": "Allow"}
    return {**own, "source_port_range": "*", **into, "protocol": "*", **more}


def _seat(shared: _Shared, seat: Seat) -> list[Made]:
    parent = SeatResource(seat)
    rules = [
        _rule("seat", 100, EVERY, source_address_prefix=seat.subnet),
        _rule("others", 110, EVERY, source_address_prefix="VirtualNetwork", access="Deny"),
        # who comes from outside has passed the door
        _rule("door", 120, EVERY, source_address_prefix="Internet"),
    ]
    group = shared.rules(seat.name, rules, parent)
    return parent.done([_machine(shared, parent, group, machine) for machine in seat.machines])


def _machine(shared: _Shared, seat: SeatResource, group: Any, machine: SeatMachine) -> Made:
    making, host = shared.making, machine.host
    # its zone can't change, and while it is in use it can't go: in another zone it is another one
    named = "-".join([host, *(shared.zones or ())])
    own: dict[str, Any] = {"public_ip_address_name": named, "sku": {"name": "Standard"}}
    own |= {"public_ip_allocation_method": "Static", "zones": shared.zones}
    address = shared.add(network.PublicIPAddress, host, seat, **own)
    way = {
        "name": "machine",
        "subnet": {"id": shared.network.subnets[0].id},
        "private_ip_allocation_method": "Static",
        "private_ip_address": machine.address,
        "public_ip_address": {"id": address.id},
    }
    own = {"network_interface_name": host, "network_security_group": {"id": group.id}}
    card = shared.add(network.NetworkInterface, host, seat, ip_configurations=[way], **own)
    made = shared.add(
        compute.VirtualMachine,
        host,
        seat,
        vm_name=host,
        hardware_profile={"vm_size": making.facts.size(machine.size)},
        network_profile={"network_interfaces": [{"id": card.id}]},
        os_profile=_system(making, machine),
        storage_profile=_storage(making, machine),
        # the console shows the machine's host keys
        diagnostics_profile={"boot_diagnostics": {"enabled": True}},
        zones=shared.zones,
        options={**FIXED, "delete_before_replace": True, "depends_on": making.guards},
    )
    floor(making, host, made, seat.child(deleted_with=shared.group))
    # its id is made of names: the same again when it is made anew
    return Made(machine, made.id, address.ip_address, made.vm_id)


def _storage(making: Making, machine: SeatMachine) -> dict[str, Any]:
    image = dict(zip(IMAGE, making.facts.image(machine.image).split(":"), strict=True))
    disk = {"name": machine.host, "disk_size_gb": making.facts.disk(machine.disk)}
    # Azure's own default leaves the disk of a deleted machine
    disk |= {"create_option": "FromImage", "delete_option": "Delete", "managed_disk": SSD}
    return {"image_reference": image, "os_disk": disk}


def _system(making: Making, machine: SeatMachine) -> dict[str, Any]:
    login = making.facts.login
    text = making.user_data(machine).encode("ascii")
    path = f"/home/{login}/.ssh/authorized_keys"
    keys = [{"path": path, "key_data": key} for key in making.lab.access.keys]
    ssh = {"disable_password_authentication": True, "ssh": {"public_keys": keys}}
    own = {"computer_name": machine.host, "admin_username": login, "linux_configuration": ssh}
    return {**own, "custom_data": base64.b64encode(text).decode("ascii")}
