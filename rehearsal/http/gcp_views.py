"""What Google Cloud says of a thing, and which of them a filter means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.gcp import network
from rehearsal.faults import Refused
from rehearsal.http.manners import is_going, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.inventory import Record

_FILE = "rehearsal/http/gcp_views.py"
_GLOBAL = ("networks", "firewalls")


def view(what: str, record: Record) -> dict[str, Any]:
    """As Google tells it; `what` is its list."""
    link = network.LINK + record.id
    place = "/".join(record.id.split("/")[2:4])
    kind = place.partition("/")[0]
    said: dict[str, Any] = {
        "name": record.id.rpartition("/")[2],
        "selfLink": link,
        "creationTimestamp": record.created,
        "description": record.inputs.get("description") or "",
    }
    if what not in _GLOBAL:
        said |= {kind.removesuffix("s"): f"{network.LINK}projects/{record.scope}/{place}"}
    if what in {"instances", "disks", "addresses", "forwardingRules"}:
        said |= {"labels": dict(record.tags)}
    return said | (_OWN[what](record) if what in _OWN else {})


def _instance(record: Record) -> dict[str, Any]:
    return {
        "id": record.outputs["instanceId"],
        "status": "STOPPING" if is_going(record) else record.outputs["currentStatus"],
        "lastStartTimestamp": record.created,
        **record.untold,
        "machineType": record.inputs["machineType"],
        "deletionProtection": bool(record.inputs.get("deletionProtection")),
        "networkInterfaces": [
            {
                "network": one["network"],
                "subnetwork": one["subnetwork"],
                "networkIP": one["networkIp"],
                # one that is stopped has the way, and no address on it
                "accessConfigs": [
                    {"natIP": way["natIp"]} if record.address else {}
                    for way in one["accessConfigs"]
                ],
            }
            for one in record.outputs["networkInterfaces"]
        ],
        "disks": [
            {
                "source": record.outputs["bootDisk"]["source"],
                "autoDelete": record.outputs["bootDisk"]["autoDelete"],
                "boot": True,
            }
        ],
    }


def _linked(record: Record) -> dict[str, Any]:
    named = str(record.inputs["network"])
    return {"network": network.LINK + named.removeprefix(network.LINK)}


_OWN: dict[str, Callable[[Record], dict[str, Any]]] = {
    "instances": _instance,
    "disks": lambda one: {"users": [network.LINK + user for user in one.inputs["users"]]},
    "subnetworks": _linked,
    "firewalls": _linked,
    "forwardingRules": _linked,
}

_FILTER = re.compile(r'labels\.([a-z0-9_-]+)\s*(?:=\s*"?([a-z0-9_-]*)"?|:\*)')


def fits(record: Record, text: str) -> bool:
    """Whether a list's filter lets it through."""
    for part in text.split(" AND ") if text else []:
        found = _FILTER.fullmatch(part.strip().removeprefix("(").removesuffix(")"))
        if not found:
            raise Refused("invalid", unknown([f"the filter {part}"], _FILE))
        key, value = found.groups()
        if key not in record.tags or value not in {None, record.tags[key]}:
            return False
    return True
