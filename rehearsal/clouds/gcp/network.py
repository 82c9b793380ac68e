"""Networks, subnetworks, firewall rules."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from rehearsal.checks import networks
from rehearsal.clouds.gcp import facts
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs, Ref
from rehearsal.plain import at

if TYPE_CHECKING:
    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
FIREWALL = "gcp:compute/firewall:Firewall"

LINK = "https://www.googleapis.com/compute/v1/"
NAME = re.compile("[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_RANGE = "IP CIDR range"
_RULE = '{value!r} doesn\'t match regexp "^(?:[a-z](?:[-a-z0-9]{{0,61}}[a-z0-9])?)$"'


def names(within: str = "project") -> Names:
    return Names(
        "name",
        NAME,
        _RULE,
        taken="alreadyExists: The resource '{id}' already exists",
        within=within,
        auto=lambda name, digits: f"{name.lower().replace('_', '-')[:54]}-{digits[:7]}",
    )


def found(field: str) -> str:
    """The refusal of a reference to nothing."""
    return (
        f"invalid: Invalid value for field 'resource.{field}': '{{value}}'. "
        "The referenced resource does not exist."
    )


def missing(kind: str) -> str:
    return f"notFound: The resource '{{value}}' was not found ({kind})"


def project(scene: Scene) -> str:
    return str(scene.inputs.get("project") or scene.config.get("project") or "")


def region(scene: Scene) -> str:
    """Its own, or the provider's, which the provider may take from its zone."""
    zone = str(scene.config.get("zone") or "")
    given = scene.inputs.get("region") or scene.config.get("region") or facts.ZONES.get(zone)
    if given is None:
        raise Refused(
            "", "Cannot determine region: set in this resource, or set provider-level 'region'."
        )
    return str(given).rpartition("/")[2]


def told(scene: Scene) -> Outputs:
    before = scene.old.outputs if scene.old else {}
    now = scene.inventory.now().isoformat(timespec="seconds")
    return {
        "selfLink": LINK + scene.id,
        "creationTimestamp": before.get("creationTimestamp") or now,
        "project": scene.scope,
    }


# --- networks -----------------------------------------------------------------------------------


def _make_network(scene: Scene) -> Outputs:
    limit = scene.setting("networks")
    if scene.old is None and len(scene.others(NETWORK)) >= limit:
        raise Refused("QUOTA_EXCEEDED", f"Quota 'NETWORKS' exceeded.  Limit: {limit}.0 globally.")
    link = told(scene)
    return {"selfLink": link["selfLink"], "project": link["project"]}


network = Kind(
    NETWORK,
    id=lambda scene: f"projects/{scene.scope}/global/networks/{scene.inputs['name']}",
    title="Network",
    takes="name autoCreateSubnetworks description routingMode mtu project",
    defaults={"autoCreateSubnetworks": True},
    replaces="name autoCreateSubnetworks description project",
    names=names(),
    missing=missing("network"),
    in_use="resourceInUseByAnotherResource: The network resource '{id}' is already being used by "
    "'{others}'",
    computes="project",
    makes=_make_network,
    changes=_make_network,
    seconds={"create": 12, "update": 12, "delete": 25},
)


# --- subnetworks --------------------------------------------------------------------------------


def _make_subnetwork(scene: Scene) -> Outputs:
    block, home = IPv4Network(scene.inputs["ipCidrRange"]), scene.to("network")
    if region(scene) not in facts.REGIONS:
        raise Refused(
            "invalid",
            f"Invalid value for field 'region': '{region(scene)}'. Unknown region.",
        )
    if home.inputs.get("autoCreateSubnetworks"):
        raise Refused(
            "invalid",
            f"Invalid value for field 'resource.network': '{home.id}'. Subnetworks of a network "
            "in auto mode are the network's own in this stand-in.",
        )
    for other in scene.others(SUBNETWORK):
        taken = IPv4Network(other.inputs["ipCidrRange"])
        if scene.same(other.inputs["network"], home.id) and block.overlaps(taken):
            raise Refused(
                "invalid",
                f"Invalid IPCidrRange: {block} conflicts with existing subnetwork "
                f"'{other.inputs['name']}' in region '{other.outputs['region']}'.",
            )
    return {**told(scene), "region": region(scene), "gatewayAddress": str(block[1])}


def _smaller(olds: Inputs, news: Inputs) -> bool:
    """A range may grow in place, never shrink or move."""
    old, new = olds.get("ipCidrRange"), news.get("ipCidrRange")
    if not isinstance(old, str) or not isinstance(new, str):
        return True
    return not IPv4Network(old).subnet_of(IPv4Network(new))


subnetwork = Kind(
    SUBNETWORK,
    id=lambda scene: (
        f"projects/{scene.scope}/regions/{region(scene)}/subnetworks/{scene.inputs['name']}"
    ),
    title="Subnetwork",
    takes="name network region ipCidrRange description privateIpGoogleAccess project",
    needs="ipCidrRange",
    replaces="name network region description project",
    replaces_if={"ipCidrRange": _smaller},
    names=names("project region"),
    refers={"network": Ref(NETWORK, found("network"))},
    missing=missing("subnetwork"),
    in_use="resourceInUseByAnotherResource: The subnetwork resource '{id}' is already being used "
    "by '{others}'",
    checks=(networks(_RANGE, "ipCidrRange"),),
    computes="project region",
    makes=_make_subnetwork,
    changes=_make_subnetwork,
    seconds={"create": 15, "update": 15, "delete": 15},
)


# --- firewall rules -----------------------------------------------------------------------------

_PROTOCOLS = frozenset(["tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip", "all"])
_PORTS = re.compile(r"\d{1,5}(-\d{1,5})?")
_HIGHEST_PORT = 65535


def _refuse_allows(scene: Scene) -> None:
    for number, rule in enumerate(scene.inputs.get("allows") or []):
        protocol, ports = str(rule["protocol"]).lower(), rule.get("ports") or []
        field = f"resource.allowed[{number}]"
        if protocol not in _PROTOCOLS and not protocol.isdecimal():
            raise Refused(
                "invalid",
                f"Invalid value for field '{field}.IPProtocol': '{protocol}'. Must be a valid IP "
                "protocol name or number.",
            )
        if ports and protocol not in {"tcp", "udp", "sctp"}:
            raise Refused(
                "invalid",
                f"Invalid value for field '{field}.ports': ports may be given for tcp, udp and "
                "sctp only.",
            )
        for port in ports:
            if not _PORTS.fullmatch(port) or any(
                int(one) > _HIGHEST_PORT for one in port.split("-")
            ):
                raise Refused(
                    "invalid",
                    f"Invalid value for field '{field}.ports[0]': '{port}'. Ports may only be "
                    "specified as an integer or range of integers from 0 to 65535.",
                )


def _make_firewall(scene: Scene) -> Outputs:
    if not scene.inputs.get("allows"):
        raise Refused("", "one of `allow,deny` must be specified")
    _refuse_allows(scene)
    for tag in [*at(scene.inputs, "sourceTags[*]"), *at(scene.inputs, "targetTags[*]")]:
        refuse_tag(tag)
    everybody = {} if any(scene.inputs.get(one) for one in _SOURCES) else ["0.0.0.0/0"]
    return {**told(scene), **({"sourceRanges": everybody} if everybody else {})}


def refuse_tag(tag: str) -> None:
    if not NAME.fullmatch(tag):
        raise Refused(
            "invalid",
            f"Invalid value for field 'resource.tags': '{tag}'. Must be a match of regex "
            "'(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'",
        )


_SOURCES = ("sourceRanges", "sourceTags", "sourceServiceAccounts")

firewall = Kind(
    FIREWALL,
    id=lambda scene: f"projects/{scene.scope}/global/firewalls/{scene.inputs['name']}",
    title="Firewall",
    takes="name network description direction priority disabled allows[*].protocol "
    "allows[*].ports sourceRanges sourceTags targetTags project",
    defaults={"priority": 1000},
    replaces="name network direction project",
    unordered="allows allows[*].ports sourceRanges sourceTags targetTags",
    names=names(),
    refers={"network": Ref(NETWORK, found("network"))},
    missing=missing("firewall"),
    checks=(networks(_RANGE, "sourceRanges[*]"),),
    computes="project direction sourceRanges",
    makes=_make_firewall,
    changes=_make_firewall,
    seconds={"create": 8, "update": 8, "delete": 8},
)

KINDS = (network, subnetwork, firewall)
