"""How EC2 calls each kind, in which order they go, and what must be done before one can go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Ask = Callable[..., Any]

NOBODY = frozenset(
    [
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "MissingAuthenticationToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ]
)
DENIED = ("AccessDenied", "AuthorizationError")
"""How the codes begin."""
GONE = (
    "NotFound",
    "DoesNotExist",
    "NoSuchEntity",
    "NoSuchResource",
    "InvalidSecurityGroupID.NotFound",
    "NotAttached",
)
BUSY = frozenset(
    [
        "ConcurrentModification",
        "ConflictException",
        "DeleteConflict",
        "DependencyViolation",
        "IncorrectState",
        "IncorrectInstanceState",
        "InvalidIPAddress.InUse",
        "InvalidNetworkInterface.InUse",
        "InternalError",
        "RequestLimitExceeded",
        "ResourceInUse",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "Unavailable",
        "VolumeInUse",
    ]
)


@dataclass(frozen=True)
class Kind:
    """One kind of EC2. `filter` is empty where it lies in no network."""

    word: str
    stage: int
    call: str
    parameter: str
    console: str
    command: str
    list_call: str
    list_key: str
    id_key: str
    filter: str = "vpc-id"
    pages: bool = True
    """not every list has pages"""
    many: bool = False
    """one call deletes several"""
    is_gone: Callable[[Row], bool] = lambda _: False
    state: Callable[[Row], dict[str, Any]] = lambda _: {}
    """what the list says of one of the lab's own"""
    skips: Callable[[Row], bool] = lambda _: False
    """what goes with its network by itself, or is gone"""
    also: Callable[[Row, str], dict[str, Any]] = lambda _row, whose: _foreign(whose)
    before: Callable[[Ask, str], None] | None = None


def _foreign(whose: str) -> dict[str, Any]:
    return {"by_hand": f"it carries the tags of another lab, {whose}"} if whose else {}


def _goes_with(row: Row) -> dict[str, Any]:
    """A disk that goes with its machine is not deleted by itself."""
    held = [one for one in row.get("Attachments") or [] if one.get("DeleteOnTermination")]
    return {"along": held[0]["InstanceId"]} if held else {}


def _leave_tables(ask: Ask, id_: str) -> None:
    for table in ask("describe_route_tables", RouteTableIds=[id_])["RouteTables"]:
        for one in table.get("Associations") or []:
            if not one.get("Main"):
                ask("disassociate_route_table", AssociationId=one["RouteTableAssociationId"])


def _detach(ask: Ask, id_: str) -> None:
    said = ask("describe_internet_gateways", InternetGatewayIds=[id_])
    for gateway in said["InternetGateways"]:
        for one in gateway.get("Attachments") or []:
            ask("detach_internet_gateway", InternetGatewayId=id_, VpcId=one["VpcId"])


def _let_go(ask: Ask, id_: str) -> None:
    """Rules of other groups that name this one hold it; they go."""
    named = [{"Name": "ip-permission.group-id", "Values": [id_]}]
    for group in ask("describe_security_groups", Filters=named)["SecurityGroups"]:
        pairs = [
            {"IpProtocol": rule["IpProtocol"], **_ports(rule), "UserIdGroupPairs": mine}
            for rule in group.get("IpPermissions") or []
            if (mine := [one for one in rule["UserIdGroupPairs"] if one["GroupId"] == id_])
        ]
        if group["GroupId"] != id_ and pairs:
            ask("revoke_security_group_ingress", GroupId=group["GroupId"], IpPermissions=pairs)


def _ports(rule: Row) -> dict[str, Any]:
    return {key: rule[key] for key in ("FromPort", "ToPort") if key in rule}


def _card(row: Row, whose: str) -> dict[str, Any]:
    """A card that a service holds goes with what that service made, and only so."""
    if row.get("RequesterManaged"):
        return {"by_hand": f"it belongs to {row.get('Description') or 'a service'}: delete that"}
    return _foreign(whose)


KINDS = {
    "instance": Kind(
        "machine", 0, "terminate_instances", "InstanceIds",
        "Instances:instanceId={id}", "terminate-instances --instance-ids {id}",
        "describe_instances", "Reservations", "InstanceId", many=True,
        is_gone=lambda row: row["State"]["Name"] == "terminated",
        state=lambda row: {"going": row["State"]["Name"] == "shutting-down"},
        skips=lambda row: row["State"]["Name"] in {"terminated", "shutting-down"},
    ),
    "network-interface": Kind(
        "network card", 1, "delete_network_interface", "NetworkInterfaceId",
        "NIC:networkInterfaceId={id}", "delete-network-interface --network-interface-id {id}",
        "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId",
        # one of a machine goes with it
        skips=lambda row: bool((row.get("Attachment") or {}).get("InstanceId")),
        also=_card,
    ),
    "elastic-ip": Kind(
        "address", 1, "release_address", "AllocationId",
        "ElasticIpDetails:AllocationId={id}", "release-address --allocation-id {id}",
        "describe_addresses", "Addresses", "AllocationId", filter="", pages=False,
    ),
    "volume": Kind(
        "disk", 1, "delete_volume", "VolumeId",
        "VolumeDetails:volumeId={id}", "delete-volume --volume-id {id}",
        "describe_volumes", "Volumes", "VolumeId", filter="", state=_goes_with,
    ),
    "snapshot": Kind(
        "snapshot", 1, "delete_snapshot", "SnapshotId",
        "SnapshotDetails:snapshotId={id}", "delete-snapshot --snapshot-id {id}",
        "describe_snapshots", "Snapshots", "SnapshotId", filter="",
    ),
    "key-pair": Kind(
        "key pair", 1, "delete_key_pair", "KeyPairId",
        "KeyPairs:keyPairId={id}", "delete-key-pair --key-pair-id {id}",
        "describe_key_pairs", "KeyPairs", "KeyPairId", filter="", pages=False,
    ),
    "security-group": Kind(
        "security group", 2, "delete_security_group", "GroupId",
        "SecurityGroup:groupId={id}", "delete-security-group --group-id {id}",
        "describe_security_groups", "SecurityGroups", "GroupId",
        skips=lambda row: row["GroupName"] == "default",
        before=_let_go,
    ),
    "subnet": Kind(
        "subnet", 3, "delete_subnet", "SubnetId",
        "SubnetDetails:subnetId={id}", "delete-subnet --subnet-id {id}",
        "describe_subnets", "Subnets", "SubnetId",
    ),
    "route-table": Kind(
        "route table", 4, "delete_route_table", "RouteTableId",
        "RouteTableDetails:RouteTableId={id}", "delete-route-table --route-table-id {id}",
        "describe_route_tables", "RouteTables", "RouteTableId",
        skips=lambda row: any(one.get("Main") for one in row.get("Associations") or []),
        before=_leave_tables,
    ),
    "internet-gateway": Kind(
        "internet gateway", 4, "delete_internet_gateway", "InternetGatewayId",
        "InternetGateway:internetGatewayId={id}",
        "delete-internet-gateway --internet-gateway-id {id}",
        "describe_internet_gateways", "InternetGateways", "InternetGatewayId",
        filter="attachment.vpc-id",
        before=_detach,
    ),
    "vpc": Kind(
        "network", 5, "delete_vpc", "VpcId",
        "VpcDetails:VpcId={id}", "delete-vpc --vpc-id {id}",
        "describe_vpcs", "Vpcs", "VpcId", filter="",
    ),
}  # fmt: skip
"""By EC2's own word for the kind; `stage` is the order of deleting."""
