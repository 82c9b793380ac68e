"""Machines on Amazon EC2, in a network of the lab's own.

Two security groups a machine: the lab's door, which is changed for all at once, and the
seat's own, through which its machines reach each other and nobody else.
"""

from typing import Any

import pulumi
import pulumi_aws as aws

from dockyard.seats import NETWORK, Seat, SeatMachine
from stacks.aws_provider import provider
from stacks.making import Made, Making
from stacks.seat import SeatResource

ANYWHERE = "0.0.0.0/0"
ALL = {"protocol": "-1", "from_port": 0, "to_port": 0}
# what asks it needs a token, and no container gets one: the answer dies at the first hop
METADATA = {
    "http_tokens": "required",
    "http_put_response_hop_limit": 1,
    "instance_metadata_tags": "enabled",
}
DISK = {"volume_type": "gp3", "encrypted": True, "delete_on_termination": True}


def make(making: Making) -> list[Made]:
    """The lab's machines: what all share first, then seat by seat."""
    shared = _Shared(making)
    return [made for seat in making.seats for made in _seat(shared, seat)]


class _Shared:
    """What the whole lab has once."""

    def __init__(self, making: Making) -> None:
        self.making = making
        self.provider = provider(making)
        self.mine = pulumi.ResourceOptions(provider=self.provider)
        self.network = self.add(
            aws.ec2.Vpc, "network", cidr_block=str(NETWORK), enable_dns_hostnames=True
        )
        here = {"vpc_id": self.network.id}
        zone = making.lab.zone
        subnet = {**here, "cidr_block": str(NETWORK), "availability_zone": zone}
        # in another zone it is another one, and two of one range can't be
        self.subnet = self.add(aws.ec2.Subnet, "machines", **subnet, first=False)
        gateway = self.add(aws.ec2.InternetGateway, "gateway", **here)
        out = {"cidr_block": ANYWHERE, "gateway_id": gateway.id}
        routes = self.add(aws.ec2.RouteTable, "routes", **here, routes=[out])
        self.route = aws.ec2.RouteTableAssociation(
            "routes", subnet_id=self.subnet.id, route_table_id=routes.id, opts=self.mine
        )
        self.door = self.group("door", [self._open(port) for port in making.ports], self.mine)
        self.images = {kind.image: self._image(kind.image) for kind in making.lab.machines}

    def add(self, kind: Any, name: str, *, first: bool = True, **inputs: Any) -> Any:
        """A resource of the whole lab; `first`: one in its place is made before it goes."""
        own = pulumi.ResourceOptions(provider=self.provider, delete_before_replace=not first)
        return kind(name, **inputs, tags=self.making.named(name), opts=own)

    def _open(self, port: str) -> dict[str, Any]:
        first, _, last = port.partition("-")
        ports = {"from_port": int(first), "to_port": int(last or first)}
        return {"protocol": "tcp", **ports, "cidr_blocks": self.making.cidrs}

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
        ask = aws.ssm.get_parameter_output
        return self.making.lasting_image(
            meaning, lambda: ask(name=name, opts=options).insecure_value
        )


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
        user_data=making.user_data(machine),
        user_data_replace_on_change=True,
        metadata_options=METADATA,
        root_block_device={**DISK, "volume_size": making.facts.disk(machine.disk), "tags": tags},
        instance_initiated_shutdown_behavior="terminate",
        # when its credits are spent a small machine gets slower, never dearer
        credit_specification={"cpu_credits": "standard"} if size.startswith("t") else None,
        tags=tags,
        # its first packages need the way out; its address is free when the one before is gone
        opts=seat.child(depends_on=[shared.route, *making.guards], delete_before_replace=True),
    )
    return Made(machine, made.id, made.public_ip)
