"""Machines on Google Compute Engine, in a network of the lab's own.

Networks and firewalls take no labels there: they carry the lab's name. Every name is written
out, so that one that is there already is refused, not made twice.
"""

from typing import Any

import pulumi
from pulumi_gcp import compute

from dockyard.clouds.gcp import zone_of
from dockyard.seats import NETWORK, Seat, SeatMachine
from stacks.gcp_provider import provider
from stacks.guarding import utc
from stacks.making import Made, Making
from stacks.seat import SeatResource


def make(making: Making) -> list[Made]:
    """The lab's machines: what all share first, then seat by seat."""
    shared = _Shared(making)
    return [made for seat in making.seats for made in _seat(shared, seat)]


class _Shared:
    """What the whole lab has once."""

    def __init__(self, making: Making) -> None:
        self.making = making
        self.zone = making.lab.zone or zone_of(making.region)
        self.provider = provider(making)
        self.mine = pulumi.ResourceOptions(provider=self.provider)
        name = self.name("network")
        # it takes no labels, and is all that is left when the cloud has ended the machines
        self.network = compute.Network(
            "network",
            name=name,
            auto_create_subnetworks=False,
            description=making.whose,
            # a network that was made without it stays
            opts=pulumi.ResourceOptions(provider=self.provider, ignore_changes=["description"]),
        )
        self.subnet = compute.Subnetwork(
            "machines",
            name=self.name("machines"),
            network=self.network.id,
            region=making.region,
            ip_cidr_range=str(NETWORK),
            # in another region it is another one, and two of one range can't be
            opts=pulumi.ResourceOptions(provider=self.provider, delete_before_replace=True),
        )
        door = [{"protocol": "tcp", "ports": making.ports}]
        self.firewall("door", door, source_ranges=making.cidrs, opts=self.mine)

    def name(self, name: str) -> str:
        """A name in the lab's own range of names."""
        return f"{self.making.prefix}-{name}"

    def firewall(self, name: str, allows: list[dict[str, Any]], **more: Any) -> None:
        """A rule that lets in; what no rule lets in stays out."""
        compute.Firewall(name, name=self.name(name), network=self.network.id, allows=allows, **more)


def _seat(shared: _Shared, seat: Seat) -> list[Made]:
    parent = SeatResource(seat, shared.provider)
    if len(seat.machines) > 1:
        tag = [shared.name(seat.name)]
        everything = [{"protocol": "all"}]
        shared.firewall(
            seat.name, everything, source_tags=tag, target_tags=tag, opts=parent.child()
        )
    return parent.done([_machine(shared, parent, machine) for machine in seat.machines])


def _machine(shared: _Shared, seat: SeatResource, machine: SeatMachine) -> Made:
    making = shared.making
    made = compute.Instance(
        machine.host,
        name=shared.name(machine.host),
        machine_type=making.facts.size(machine.size),
        zone=shared.zone,
        boot_disk={
            "auto_delete": True,
            "initialize_params": {
                "image": making.facts.image(machine.image),
                "size": making.facts.disk(machine.disk),
                "type": "pd-balanced",
                "labels": making.identity,
            },
        },
        network_interfaces=[
            {
                "subnetwork": shared.subnet.id,
                "network_ip": machine.address,
                "access_configs": [{}],
            }
        ],
        # not all images have cloud-init; other settings are another machine
        metadata_startup_script=making.user_data(machine),
        # keys are the lab's own, never those of the project's people
        metadata={"enable-oslogin": "FALSE", "block-project-ssh-keys": "TRUE"},
        shielded_instance_config={"enable_secure_boot": True},
        scheduling={
            "termination_time": utc(making.latest),
            "instance_termination_action": "DELETE",
            "automatic_restart": False,
        },
        allow_stopping_for_update=True,
        labels=making.tags,
        tags=[shared.name(seat.seat.name)],
        opts=seat.child(
            # moved on a stopped machine only: it is set once, the deadline itself is a label
            ignore_changes=["scheduling.terminationTime"],
            delete_before_replace=True,
            depends_on=making.guards,
        ),
    )
    return Made(machine, made.instance_id, made.network_interfaces[0].access_configs[0].nat_ip)
