"""What Azure tells before anything is made: usage and limits, sizes, providers, permissions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.azure import facts
from rehearsal.clouds.azure.addresses import ADDRESS
from rehearsal.clouds.azure.arm import granted
from rehearsal.clouds.azure.launch import cores, limited
from rehearsal.faults import Refused
from rehearsal.http.manners import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.http.manners import Desk

Row = dict[str, Any]
_FILE = "rehearsal/http/azure_limits.py"
_WHERE = re.compile(r"location eq '([^']+)'")
_ZONED = frozenset(["francecentral", "westeurope", "northeurope", "uksouth", "eastus", "eastus2"])


def usages(desk: Desk, service: str, location: str) -> list[Row]:
    """Those that the stand-in holds to."""
    if location not in facts.REGIONS:
        raise Refused("InvalidParameter", f"The location '{location}' is not valid.")
    records = [one for one in desk.inventory.all() if limited(one, location)]
    if service == "Network":
        used = sum(one.kind == ADDRESS for one in records)
        limit = desk.setting("public_addresses")
        return [_usage("PublicIPAddresses", "Public IP Addresses", used, limit)]
    if service != "Compute":
        raise Refused("InvalidResourceNamespace", unknown([f"the usages of {service}"], _FILE))
    mine, limit = cores(records), desk.setting("vcpus")
    families = sorted({size.family for size in facts.SIZES.values()})
    return [
        _usage("cores", "Total Regional vCPUs", mine.total(), limit),
        *(_usage(one, f"{one} vCPUs", mine[one], limit) for one in families),
    ]


def _usage(name: str, words: str, used: int, limit: int) -> Row:
    said = {"value": name, "localizedValue": words}
    return {"unit": "Count", "name": said, "currentValue": used, "limit": limit}


def sizes(desk: Desk, query: Mapping[str, str]) -> list[Row]:
    """Of one location: without it Azure's answer has tens of megabytes."""
    found = _WHERE.fullmatch(query.get("$filter", ""))
    if not found:
        raise Refused("BadRequest", unknown([f"the filter {query.get('$filter')}"], _FILE))
    away = desk.setting("unavailable")
    return [_sku(name, size, found[1], away) for name, size in facts.SIZES.items()]


def _sku(name: str, size: facts.Size, location: str, away: list[str]) -> Row:
    zones = ["1", "2", "3"] if location in _ZONED else []
    kept = {
        "type": "Location",
        "values": [location],
        "restrictionInfo": {"locations": [location]},
        "reasonCode": "NotAvailableForSubscription",
    }
    capabilities = {"vCPUs": str(size.vcpus), "CpuArchitectureType": size.architecture}
    return {
        "resourceType": "virtualMachines",
        "name": name,
        "family": size.family,
        "locations": [location],
        "locationInfo": [{"location": location, "zones": zones}],
        "capabilities": [{"name": key, "value": value} for key, value in capabilities.items()],
        "restrictions": [kept] if name in away else [],
    }


def providers(desk: Desk) -> list[Row]:
    """Every namespace of what the stand-in has, and whether the subscription uses it."""
    spaces = {one.title.partition("/")[0] for one in desk.cloud.kinds}
    off = desk.setting("unregistered")
    return [
        {
            "namespace": _SMALL.get(one, one),
            "registrationState": "NotRegistered" if one in off else "Registered",
            "resourceTypes": [],
        }
        for one in sorted(spaces)
    ]


_SMALL = {"Microsoft.Insights": "microsoft.insights"}
"""What Azure writes as nobody else does."""


def permissions(desk: Desk) -> list[Row]:
    """Of whom asks, over the subscription."""
    return granted(desk.setting)
