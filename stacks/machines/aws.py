"""Machines on Amazon EC2, in a network of the lab's own.

Two security groups a machine: the lab's door, which is changed for all at once, and the
seat's own, through which its machines reach each other and nobody else.
"""

from typing import Any

import pulumi
import pulumi_aws as aws

from dockyard.seats import NETWORK, Seat, SeatMachine
from stacks.making import Made, Making
from stacks.seat import SeatResource

ANYWHERE = "0.0.0.0/0"
ALL = {"protocol": "-1", "from_port": 0, "to_port": 0}


def make(making: Making) -> list[Made]:
    """The lab's machines: what all share first, then seat by seat."""
    shared = _Shared(making)
    return [made for seat in making.seats for made in _seat(shared, seat)]


class _Shared:
    """What the whole lab has once."""

    def __init__(self, making: Making) -> None:
        self.making = making
        self.provider = aws.Provider("aws", region=making.region)
        self.mine = pulumi.ResourceOptions(provider=self.provider)
        self.network = aws.ec2.Vpc(
            "network",
            cidr_block=str(NETWORK),
            enable_dns_hostnames=True,
            tags=making.named("network"),
            opts=self.mine,
        )
        self.subnet = aws.ec2.Subnet(
            "machines",
            vpc_id=self.network.id,
            cidr_block=str(NETWORK),
            availability_zone=making.lab.zone,
            tags=making.named("machines"),
            opts=self.mine,
        )
        self.route = self._way_out()
        door = [
            {"protocol": "tcp", "from_port": first, "to_port": last, "cidr_blocks": making.cidrs}
            for first, last in making.ports
        ]
        self.door = self.group("door", door, self.mine)
        self.images = {kind.image: self._image(kind.image) for kind in making.lab.machines}

    def _way_out(self) -> Any:
        network, named = self.network.id, self.making.named
        gateway = aws.ec2.InternetGateway(
            "gateway", vpc_id=network, tags=named("gateway"), opts=self.mine
        )
        routes = aws.ec2.RouteTable(
            "routes",
            vpc_id=network,
            routes=[{"cidr_block": ANYWHERE, "gateway_id": gateway.id}],
            tags=named("routes"),
            opts=self.mine,
        )
        return aws.ec2.RouteTableAssociation(
            "routes", subnet_id=self.subnet.id, route_table_id=routes.id, opts=self.mine
        )

    def group(
        self, name: str, ingress: list[dict[str, Any]], options: pulumi.ResourceOptions
    ) -> aws.ec2.SecurityGroup:
        """Its way out is written, since the provider takes AWS's own rule for it away."""
        return aws.ec2.SecurityGroup(
            name,
            vpc_id=self.network.id,
            description=f"{name} of the lab {self.making.prefix}",
            ingress=ingress,
            egress=[{**ALL, "cidr_blocks": [ANYWHERE]}],
            tags=self.making.named(name),
            opts=options,
        )

    def _image(self, meaning: str) -> pulumi.Input[str]:
        """The AMI, by the public parameter that names the current one."""
        name = self.making.facts.image(meaning)
        if not name.startswith("/"):
            return name
        options = pulumi.InvokeOutputOptions(provider=self.provider)
        found = aws.ssm.get_parameter_output(name=name, opts=options).insecure_value
        return self.making.lasting_image(meaning, found)


def _seat(shared: _Shared, seat: Seat) -> list[Made]:
    parent = SeatResource(seat, shared.provider)
    group = shared.group(seat.name, [{**ALL, "self": True}], parent.child())
    return parent.done([_machine(shared, parent, group, machine) for machine in seat.machines])


def _machine(
    shared: _Shared, seat: SeatResource, group: aws.ec2.SecurityGroup, machine: SeatMachine
) -> Made:
    making = shared.making
    size, tags = making.facts.size(machine.size), making.named(machine.host)
    made = aws.ec2.Instance(
        machine.host,
        ami=shared.images[machine.image],
        instance_type=size,
        subnet_id=shared.subnet.id,
        private_ip=machine.address,
        associate_public_ip_address=True,
        vpc_security_group_ids=[shared.door.id, group.id],
        user_data=making.user_data(seat.seat, machine),
        user_data_replace_on_change=True,
        metadata_options={
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
            "instance_metadata_tags": "enabled",
        },
        root_block_device={
            "volume_type": "gp3",
            "volume_size": machine.disk,
            "encrypted": True,
            "delete_on_termination": True,
            "tags": tags,
        },
        instance_initiated_shutdown_behavior="terminate",
        # when its credits are spent a small machine gets slower, never dearer
        credit_specification={"cpu_credits": "standard"} if size.startswith("t") else None,
        tags=tags,
        # its first packages need the way out
        opts=seat.child(depends_on=[shared.route]),
    )
    return Made(machine, made.id, made.public_ip)
