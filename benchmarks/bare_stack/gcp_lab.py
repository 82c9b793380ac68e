"""gcp-lab by hand: declares its resources and does nothing else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pulumi
import pulumi_gcp as gcp
from pulumi_gcp import compute

SEATS = json.loads(Path("seats.json").read_text(encoding="ascii"))
OWN = {"dockyard-lab": "gcp-lab", "dockyard-owner": "trainer", "dockyard-expires": "1795565960"}
ENDS = datetime.now(UTC) + timedelta(hours=13)

provider = gcp.Provider("gcp", project="course")
mine = pulumi.ResourceOptions(provider=provider)
network = compute.Network("network", name="bare-network", auto_create_subnetworks=False, opts=mine)
subnet = compute.Subnetwork(
    "machines",
    name="bare-machines",
    network=network.id,
    region="europe-west9",
    ip_cidr_range="10.77.0.0/16",
    opts=mine,
)
compute.Firewall(
    "door",
    name="bare-door",
    network=network.id,
    allows=[{"protocol": "tcp", "ports": ["22", "80", "8080"]}],
    source_ranges=["203.0.113.7/32"],
    opts=mine,
)
found = []
for seat in SEATS:
    parent = pulumi.ComponentResource(
        "dockyard:index:Seat", seat["name"], {}, pulumi.ResourceOptions(providers=[provider])
    )
    machine = compute.Instance(
        seat["host"],
        name=f"bare-{seat['host']}",
        machine_type="e2-small",
        zone="europe-west9-b",
        boot_disk={
            "auto_delete": True,
            "initialize_params": {
                "image": "debian-cloud/debian-13",
                "size": 20,
                "type": "pd-balanced",
                "labels": {"dockyard-lab": "gcp-lab", "dockyard-owner": "trainer"},
            },
        },
        network_interfaces=[
            {"subnetwork": subnet.id, "network_ip": seat["address"], "access_configs": [{}]}
        ],
        metadata_startup_script=seat["user_data"],
        metadata={"enable-oslogin": "FALSE", "block-project-ssh-keys": "TRUE"},
        shielded_instance_config={"enable_secure_boot": True},
        scheduling={
            "termination_time": ENDS.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "instance_termination_action": "DELETE",
            "automatic_restart": False,
        },
        allow_stopping_for_update=True,
        labels=OWN,
        tags=[f"bare-{seat['name']}"],
        opts=pulumi.ResourceOptions(
            parent=parent,
            ignore_changes=["scheduling.terminationTime"],
            delete_before_replace=True,
        ),
    )
    parent.register_outputs({})
    address = machine.network_interfaces[0].access_configs[0].nat_ip
    found.append({"host": seat["host"], "address": address, "id": machine.instance_id})
pulumi.export("machines", found)
