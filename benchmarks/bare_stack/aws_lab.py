"""aws-lab by hand: declares its resources and does nothing else."""

import json
from pathlib import Path

import pulumi
import pulumi_aws as aws

SEATS = json.loads(Path("seats.json").read_text(encoding="ascii"))
OWN = {"dockyard-lab": "aws-lab", "dockyard-owner": "trainer", "dockyard-expires": "1795565960"}
ALL = {"protocol": "-1", "from_port": 0, "to_port": 0}
OUT = [{**ALL, "cidr_blocks": ["0.0.0.0/0"]}]


def tags(name: str) -> dict[str, str]:
    return {**OWN, "Name": f"trainer-aws-lab-{name}"}


provider = aws.Provider("aws", region="eu-west-3")
mine = pulumi.ResourceOptions(provider=provider)
network = aws.ec2.Vpc(
    "network", cidr_block="10.77.0.0/16", enable_dns_hostnames=True, tags=tags("network"), opts=mine
)
subnet = aws.ec2.Subnet(
    "machines", vpc_id=network.id, cidr_block="10.77.0.0/16", tags=tags("machines"), opts=mine
)
gateway = aws.ec2.InternetGateway("gateway", vpc_id=network.id, tags=tags("gateway"), opts=mine)
routes = aws.ec2.RouteTable(
    "routes",
    vpc_id=network.id,
    routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}],
    tags=tags("routes"),
    opts=mine,
)
route = aws.ec2.RouteTableAssociation(
    "routes", subnet_id=subnet.id, route_table_id=routes.id, opts=mine
)
door = aws.ec2.SecurityGroup(
    "door",
    vpc_id=network.id,
    description="door",
    ingress=[
        {"protocol": "tcp", "from_port": p, "to_port": p, "cidr_blocks": ["203.0.113.7/32"]}
        for p in (22, 80, 8080)
    ],
    egress=OUT,
    tags=tags("door"),
    opts=mine,
)
image = aws.ssm.get_parameter_output(
    name="/aws/service/debian/release/13/latest/amd64",
    opts=pulumi.InvokeOutputOptions(provider=provider),
).insecure_value
found = []
for seat in SEATS:
    parent = pulumi.ComponentResource(
        "dockyard:index:Seat", seat["name"], {}, pulumi.ResourceOptions(providers=[provider])
    )
    group = aws.ec2.SecurityGroup(
        seat["name"],
        vpc_id=network.id,
        description=seat["name"],
        ingress=[{**ALL, "self": True}],
        egress=OUT,
        tags=tags(seat["name"]),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    machine = aws.ec2.Instance(
        seat["host"],
        ami=image,
        instance_type="t3.small",
        subnet_id=subnet.id,
        private_ip=seat["address"],
        associate_public_ip_address=True,
        vpc_security_group_ids=[door.id, group.id],
        user_data=seat["user_data"],
        user_data_replace_on_change=True,
        metadata_options={
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
            "instance_metadata_tags": "enabled",
        },
        root_block_device={
            "volume_type": "gp3",
            "volume_size": 20,
            "encrypted": True,
            "delete_on_termination": True,
            "tags": tags(seat["host"]),
        },
        instance_initiated_shutdown_behavior="terminate",
        credit_specification={"cpu_credits": "standard"},
        tags=tags(seat["host"]),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[route], delete_before_replace=True),
    )
    parent.register_outputs({})
    found.append({"host": seat["host"], "address": machine.public_ip, "id": machine.id})
pulumi.export("machines", found)
