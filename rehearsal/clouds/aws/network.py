"""VPC, gateway, routes, subnet."""

from __future__ import annotations

from ipaddress import IPv4Network

from rehearsal.checks import networks
from rehearsal.clouds.aws import facts
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Outputs, Ref
from rehearsal.scene import Scene, hexadecimal

VPC = "aws:ec2/vpc:Vpc"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
ROUTES = "aws:ec2/routeTable:RouteTable"
SUBNET = "aws:ec2/subnet:Subnet"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"

CIDR_BLOCK = "CIDR block"
"""what AWS calls one"""

_SIZES = range(16, 29)
"""prefix lengths of networks"""


def arn(scene: Scene, what: str) -> str:
    return f"arn:aws:ec2:{scene.scope}:{scene.setting('account')}:{what}/{scene.id}"


def owned(scene: Scene, what: str) -> Outputs:
    return {"arn": arn(scene, what), "ownerId": scene.setting("account")}


# --- VPC ----------------------------------------------------------------------------------------


def _make_vpc(scene: Scene) -> Outputs:
    block = scene.inputs["cidrBlock"]
    if IPv4Network(block).prefixlen not in _SIZES:
        raise Refused("InvalidVpc.Range", f"The CIDR '{block}' is invalid.")
    if len(scene.others(VPC)) >= scene.setting("vpcs"):
        raise Refused("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
    main = f"rtb-{hexadecimal()}"
    return {
        **owned(scene, "vpc"),
        "mainRouteTableId": main,
        "defaultRouteTableId": main,
        "defaultNetworkAclId": f"acl-{hexadecimal()}",
        "defaultSecurityGroupId": f"sg-{hexadecimal()}",
        "dhcpOptionsId": f"dopt-{hexadecimal()}",
    }


vpc = Kind(
    VPC,
    id="vpc-{hex}",
    title="EC2 VPC",
    calls={"create": "CreateVpc", "update": "ModifyVpcAttribute", "delete": "DeleteVpc"},
    takes="cidrBlock enableDnsHostnames enableDnsSupport instanceTenancy region tags",
    needs="cidrBlock",
    defaults={"enableDnsSupport": True, "instanceTenancy": "default"},
    replaces="cidrBlock instanceTenancy region",
    missing="InvalidVpcID.NotFound: The vpc ID '{value}' does not exist",
    in_use="DependencyViolation: The vpc '{id}' has dependencies and cannot be deleted.",
    checks=(networks(CIDR_BLOCK, "cidrBlock"),),
    makes=_make_vpc,
)


# --- the way out --------------------------------------------------------------------------------


def _make_gateway(scene: Scene) -> Outputs:
    network = scene.get("vpcId")
    if network and any(one.inputs.get("vpcId") == network for one in scene.others(GATEWAY)):
        raise Refused(
            "InvalidParameterValue",
            f"Network {network} already has an internet gateway attached",
        )
    return owned(scene, "internet-gateway")


def _leave_no_address(scene: Scene) -> None:
    network = scene.existing.inputs.get("vpcId")
    subnets = {one.id for one in scene.others(SUBNET) if one.inputs["vpcId"] == network}
    if any(one.address and one.inputs.get("subnetId") in subnets for one in scene.inventory.all()):
        raise Refused(
            "DependencyViolation",
            f"Network {network} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway.",
        )


gateway = Kind(
    GATEWAY,
    id="igw-{hex}",
    title="EC2 Internet Gateway",
    calls={
        "create": "CreateInternetGateway",
        "update": "AttachInternetGateway",
        "delete": "DetachInternetGateway",
    },
    takes="vpcId region tags",
    replaces="region",
    refers={"vpcId": Ref(VPC)},
    missing="InvalidInternetGatewayID.NotFound: The internetGateway ID '{value}' does not exist",
    makes=_make_gateway,
    keeps=_leave_no_address,
)


def _make_routes(scene: Scene) -> Outputs:
    for route in scene.inputs.get("routes") or []:
        found = scene.find(GATEWAY, route.get("gatewayId"))
        if found and found.inputs.get("vpcId") != scene.inputs["vpcId"]:
            raise Refused(
                "InvalidParameterValue",
                f"route table {scene.id} and network gateway {found.id} "
                "belong to different networks",
            )
    return {**owned(scene, "route-table"), "propagatingVgws": []}


routes = Kind(
    ROUTES,
    id="rtb-{hex}",
    title="EC2 Route Table",
    calls={
        "create": "CreateRouteTable",
        "update": "CreateRoute",
        "delete": "DeleteRouteTable",
    },
    takes="vpcId routes[*].cidrBlock routes[*].gatewayId region tags",
    replaces="vpcId region",
    unordered="routes",
    refers={
        "vpcId": Ref(VPC),
        # the route goes with the gateway, and stays as a blackhole
        "routes[*].gatewayId": Ref(GATEWAY, holds=False),
    },
    missing="InvalidRouteTableID.NotFound: The routeTable ID '{value}' does not exist",
    in_use="DependencyViolation: The routeTable '{id}' has dependencies and cannot be deleted.",
    checks=(networks(CIDR_BLOCK, "routes[*].cidrBlock"),),
    computes="propagatingVgws",
    makes=_make_routes,
    changes=_make_routes,
)


# --- subnet -------------------------------------------------------------------------------------


def _make_subnet(scene: Scene) -> Outputs:
    block, zone = scene.inputs["cidrBlock"], scene.get("availabilityZone")
    inside, zones = IPv4Network(block), facts.zones(scene.scope)
    around = scene.to("vpcId").inputs["cidrBlock"]
    if not inside.subnet_of(IPv4Network(around)) or inside.prefixlen not in _SIZES:
        raise Refused("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
    for other in scene.others(SUBNET):
        same = other.inputs["vpcId"] == scene.inputs["vpcId"]
        if same and inside.overlaps(IPv4Network(other.inputs["cidrBlock"])):
            raise Refused(
                "InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet"
            )
    if zone and zone not in zones:
        raise Refused(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently "
            f"only be created in the following availability zones: {', '.join(zones)}.",
        )
    chosen = zone or zones[0]
    number = zones.index(chosen) + 1
    return {
        **owned(scene, "subnet"),
        "availabilityZone": chosen,
        "availabilityZoneId": f"{scene.scope.replace('-', '')}-az{number}",
    }


def _leave_its_table(scene: Scene) -> None:
    for one in scene.others(ASSOCIATION):
        if one.inputs["subnetId"] == scene.id:
            scene.drop(one)


subnet = Kind(
    SUBNET,
    id="subnet-{hex}",
    title="EC2 Subnet",
    calls={
        "create": "CreateSubnet",
        "update": "ModifySubnetAttribute",
        "delete": "DeleteSubnet",
    },
    takes="vpcId cidrBlock availabilityZone mapPublicIpOnLaunch region tags",
    needs="cidrBlock",
    replaces="vpcId cidrBlock availabilityZone region",
    refers={"vpcId": Ref(VPC)},
    missing="InvalidSubnetID.NotFound: The subnet ID '{value}' does not exist",
    in_use="DependencyViolation: The subnet '{id}' has dependencies and cannot be deleted.",
    checks=(networks(CIDR_BLOCK, "cidrBlock"),),
    computes="availabilityZone availabilityZoneId",
    makes=_make_subnet,
    unmakes=_leave_its_table,
)


def _make_association(scene: Scene) -> Outputs:
    for other in scene.others(ASSOCIATION):
        if other.inputs["subnetId"] == scene.inputs["subnetId"]:
            raise Refused(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {scene.inputs['routeTableId']} "
                "conflicts with an existing association",
            )
    if scene.to("subnetId").inputs["vpcId"] != scene.to("routeTableId").inputs["vpcId"]:
        raise Refused(
            "InvalidParameterValue",
            f"route table {scene.inputs['routeTableId']} and subnet "
            f"{scene.inputs['subnetId']} belong to different networks",
        )
    return {}


association = Kind(
    ASSOCIATION,
    id="rtbassoc-{hex}",
    title="EC2 Route Table Association",
    calls={
        "create": "AssociateRouteTable",
        "update": "ReplaceRouteTableAssociation",
        "delete": "DisassociateRouteTable",
    },
    takes="subnetId routeTableId region",
    needs="subnetId",
    replaces="subnetId region",
    refers={"subnetId": Ref(SUBNET, holds=False), "routeTableId": Ref(ROUTES)},
    missing="InvalidAssociationID.NotFound: The association ID '{value}' does not exist",
    makes=_make_association,
    changes=_make_association,
)


KINDS = (vpc, gateway, routes, subnet, association)
