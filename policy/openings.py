"""Whom a security group, or what a cloud calls so, lets in, and through which ports."""

import ipaddress
from collections.abc import Iterator

from policy.kinds import AWS_GROUP, AZURE_GROUP, GCP_DOOR
from policy.resources import Resource

INSIDE = ipaddress.IPv4Network("10.77.0.0/16")
DOORS = (AWS_GROUP, AZURE_GROUP, GCP_DOOR)
Opening = tuple[str, int, int, bool]
"""From where, the first port, the last one, and whether every protocol is let in."""


def openings(one: Resource) -> Iterator[Opening]:
    """Whatever lets somebody in, in each cloud's own shape."""
    yield from _aws_openings(one)
    yield from _azure_openings(one)
    yield from _gcp_openings(one)


def _aws_openings(one: Resource) -> Iterator[Opening]:
    for rule in one.at("ingress[]"):
        whole = str(rule.get("protocol")) in {"-1", "all"}
        for cidr in rule.get("cidrBlocks") or ():
            yield cidr, rule.get("fromPort", 0), 65535 if whole else rule.get("toPort", 0), whole


def _azure_openings(one: Resource) -> Iterator[Opening]:
    for rule in one.at("securityRules[]"):
        if rule.get("access") != "Allow" or rule.get("direction") != "Inbound":
            continue
        froms = rule.get("sourceAddressPrefixes") or [rule.get("sourceAddressPrefix")]
        for ports in rule.get("destinationPortRanges") or [rule.get("destinationPortRange")]:
            first, last = _range(str(ports))
            yield from ((str(where), first, last, False) for where in froms)


def _gcp_openings(one: Resource) -> Iterator[Opening]:
    for rule in one.at("allows[]"):
        for ports in rule.get("ports") or ["0-65535"]:
            first, last = _range(ports)
            for where in one.properties.get("sourceRanges") or ():
                yield where, first, last, rule.get("protocol") == "all"


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.replace("*", "0-65535").partition("-")
    return int(first), int(last or first)


def outside(where: str) -> bool:
    """Whether it is more than the lab's own network.

    Azure's word Internet is not: who comes by it has passed the subnet's group, which is checked.
    """
    if where in {"VirtualNetwork", "Internet", "AzureLoadBalancer"}:
        return False
    if where == "*":
        return True
    return ":" in where or not ipaddress.IPv4Network(where).subnet_of(INSIDE)
