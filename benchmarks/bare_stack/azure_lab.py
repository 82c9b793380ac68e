"""azure-lab by hand: declares its resources and does nothing else."""

import base64
import json
from pathlib import Path

import pulumi
from pulumi_azure_native import compute, devtestlab, network, resources

SEATS = json.loads(Path("seats.json").read_text(encoding="ascii"))
KEY = Path("key.pub").read_text(encoding="ascii").strip()
OWN = {"dockyard-lab": "azure-lab", "dockyard-owner": "trainer", "dockyard-expires": "1795565960"}
INTO = {"direction": "Inbound", "source_port_range": "*", "destination_address_prefix": "*"}


def rule(
    name: str, priority: int, access: str, ports: list[str], **more: object
) -> dict[str, object]:
    own = {"name": name, "priority": priority, "access": access, "protocol": "*"}
    return {**INTO, **own, "destination_port_ranges": ports, **more}


group = resources.ResourceGroup(
    "lab", resource_group_name="dockyard-bare", location="francecentral", tags=OWN
)
place = {"resource_group_name": group.name, "location": group.location, "tags": OWN}


def mine(parent: pulumi.Resource | None = None, **more: bool) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(parent=parent, deleted_with=group, **more)


trainer = {"protocol": "Tcp", "source_address_prefixes": ["203.0.113.7/32"]}
door = network.NetworkSecurityGroup(
    "door",
    network_security_group_name="door",
    security_rules=[rule("trainer", 100, "Allow", ["22", "80", "8080"], **trainer)],
    opts=mine(),
    **place,
)
machines = {
    "name": "machines",
    "address_prefix": "10.77.0.0/16",
    "network_security_group": {"id": door.id},
}
net = network.VirtualNetwork(
    "network",
    virtual_network_name="network",
    address_space={"address_prefixes": ["10.77.0.0/16"]},
    subnets=[machines],
    opts=mine(),
    **place,
)
found = []
for seat in SEATS:
    host = seat["host"]
    parent = pulumi.ComponentResource("dockyard:index:Seat", seat["name"], {})
    every = ["0-65535"]
    own = network.NetworkSecurityGroup(
        seat["name"],
        network_security_group_name=seat["name"],
        security_rules=[
            rule("seat", 100, "Allow", every, source_address_prefix=seat["subnet"]),
            rule("others", 110, "Deny", every, source_address_prefix="VirtualNetwork"),
            rule("door", 120, "Allow", every, source_address_prefix="Internet"),
        ],
        opts=mine(parent),
        **place,
    )
    address = network.PublicIPAddress(
        host,
        public_ip_address_name=host,
        sku={"name": "Standard"},
        public_ip_allocation_method="Static",
        opts=mine(parent),
        **place,
    )
    card = network.NetworkInterface(
        host,
        network_interface_name=host,
        network_security_group={"id": own.id},
        ip_configurations=[
            {
                "name": "machine",
                "subnet": {"id": net.subnets[0].id},
                "private_ip_allocation_method": "Static",
                "private_ip_address": seat["address"],
                "public_ip_address": {"id": address.id},
            }
        ],
        opts=mine(parent),
        **place,
    )
    keys = [{"path": "/home/dockyard/.ssh/authorized_keys", "key_data": KEY}]
    machine = compute.VirtualMachine(
        host,
        vm_name=host,
        hardware_profile={"vm_size": "Standard_B1ms"},
        network_profile={"network_interfaces": [{"id": card.id}]},
        os_profile={
            "computer_name": host,
            "admin_username": "dockyard",
            "linux_configuration": {
                "disable_password_authentication": True,
                "ssh": {"public_keys": keys},
            },
            "custom_data": base64.b64encode(seat["user_data"].encode()).decode(),
        },
        storage_profile={
            "image_reference": {
                "publisher": "Debian",
                "offer": "debian-13",
                "sku": "13-gen2",
                "version": "latest",
            },
            "os_disk": {
                "name": host,
                "disk_size_gb": 30,
                "create_option": "FromImage",
                "delete_option": "Delete",
                "managed_disk": {"storage_account_type": "StandardSSD_LRS"},
            },
        },
        diagnostics_profile={"boot_diagnostics": {"enabled": True}},
        opts=mine(parent, delete_before_replace=True),
        **place,
    )
    devtestlab.GlobalSchedule(
        f"{host} floor",
        name=f"shutdown-computevm-{host}",
        task_type="ComputeVmShutdownTask",
        status="Enabled",
        daily_recurrence={"time": "2200"},
        time_zone_id="UTC",
        notification_settings={"status": "Disabled"},
        target_resource_id=machine.id,
        opts=mine(parent),
        **place,
    )
    parent.register_outputs({})
    found.append({"host": host, "address": address.ip_address, "id": machine.id})
pulumi.export("machines", found)
