"""Security groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rehearsal.checks import networks
from rehearsal.clouds.aws.network import CIDR_BLOCK, VPC, owned
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs, Problem, Ref
from rehearsal.plain import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

GROUP = "aws:ec2/securityGroup:SecurityGroup"

_TEXT = re.compile(r"[0-9A-Za-z_ .:/()#,@\[\]+=&;{}!$*-]{0,255}")
"""what AWS allows in descriptions: no accents, no apostrophe"""
_ALLOWED = "a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*"


def _plain_words(inputs: Inputs) -> Iterator[Problem]:
    for place in ("description", "ingress[*].description", "egress[*].description"):
        for value in at(inputs, place):
            if not _TEXT.fullmatch(value):
                yield place, f"{value!r} may have up to 255 of {_ALLOWED}"


def _whole_ports(inputs: Inputs) -> Iterator[Problem]:
    for rule in [*at(inputs, "ingress[*]"), *at(inputs, "egress[*]")]:
        first, last = rule["fromPort"], rule["toPort"]
        if rule["protocol"] in {"-1", "all"} and (first, last) != (0, 0):
            both = f"from_port ({first}) and to_port ({last}) must both be 0"
            yield "ingress", f"{both} to use the 'ALL' \"-1\" protocol!"


def _make_group(scene: Scene) -> Outputs:
    # each network has one by itself
    if len(scene.others(GROUP)) + len(scene.others(VPC)) >= scene.setting("groups"):
        raise Refused(
            "SecurityGroupLimitExceeded",
            "The maximum number of security groups for your account has been reached.",
        )
    for way in ("ingress", "egress"):
        rules = scene.inputs.get(way) or []
        count = sum(len(rule.get(of) or []) for rule in rules for of in _SOURCES)
        if count > scene.setting("rules"):
            raise Refused(
                "RulesPerSecurityGroupLimitExceeded",
                "The maximum number of rules per security group has been reached.",
            )
        for rule in rules:
            if not any(rule.get(of) for of in (*_SOURCES, "self")):
                raise Refused(
                    "InvalidParameterValue",
                    "The request must contain a source or a destination of each rule",
                )
    return owned(scene, "security-group")


_SOURCES = ("cidrBlocks", "ipv6CidrBlocks", "securityGroups")
_RULE = [
    "protocol",
    "fromPort",
    "toPort",
    "description",
    "self",
    "cidrBlocks",
    "ipv6CidrBlocks",
    "securityGroups",
]
_WAYS = ("ingress", "egress")

group = Kind(
    GROUP,
    id="sg-{hex}",
    title="EC2 Security Group",
    calls={
        "create": "CreateSecurityGroup",
        "update": "AuthorizeSecurityGroupIngress",
        "delete": "DeleteSecurityGroup",
    },
    takes="name description vpcId revokeRulesOnDelete region tags "
    + " ".join(f"{way}[*].{field}" for way in _WAYS for field in _RULE),
    needs="vpcId",
    defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
    replaces="name description vpcId region",
    unordered="ingress egress " + " ".join(f"{way}[*].{of}" for way in _WAYS for of in _SOURCES),
    names=Names(
        "name",
        re.compile(r"(?!sg-)[0-9A-Za-z_ .:/()#,@\[\]+=&;{}!$*-]{1,255}"),
        "may have up to 255 of a-z, A-Z, 0-9, spaces, some signs, and not begin with sg-",
        taken="InvalidGroup.Duplicate: The security group '{value}' already exists for VPC",
        within="vpcId",
        auto=lambda name, digits: f"{name}-{digits[:7]}",
    ),
    refers={"vpcId": Ref(VPC)} | {f"{way}[*].securityGroups[*]": Ref(GROUP) for way in _WAYS},
    missing="InvalidGroup.NotFound: The security group '{value}' does not exist",
    in_use="DependencyViolation: resource {id} has a dependent object",
    checks=(
        _plain_words,
        _whole_ports,
        networks(CIDR_BLOCK, *(f"{way}[*].{of}[*]" for way in _WAYS for of in _SOURCES[:2])),
    ),
    makes=_make_group,
    changes=_make_group,
)

KINDS = (group,)
