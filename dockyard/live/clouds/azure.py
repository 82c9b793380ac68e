"""Azure: usage and limits of the region, sizes of the subscription, its providers, and rights.

One subscription. Sizes are told with what restricts them there; how many machines of a size a
region has left at the moment, nobody tells.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockyard import clock, deadline
from dockyard.live.answers import Answer, Limit, Offer
from dockyard.live.needs import Needs
from dockyard.spec import LabSpec
from dockyard.sweep.clouds import azure

_CORES = "cores"
_GROUPS = 980
"""Resource groups of a subscription: the same for everybody."""
_SKUS, _COMPUTE, _NETWORK = "2021-07-01", "2024-07-01", "2024-05-01"
_PROVIDERS, _PERMISSIONS = "2021-04-01", "2022-04-01"
_ROLES = "Microsoft.Authorization/roleAssignments"
_OF_GUARDS = ("Microsoft.ManagedIdentity", "Microsoft.Logic")
_OF_FLOORS = "Microsoft.DevTestLab"
_OF_ALARMS = "Microsoft.Insights"
_OF_MACHINES = ("Microsoft.Compute", "Microsoft.Network")
_MORE = (
    "Ask for more: https://portal.azure.com/#view/Microsoft_Azure_Capacity/QuotaMenuBlade; or "
    "fewer students, or another `region`."
)


def asked(client: azure.Azure) -> "Azure":
    """By the client that sweeps."""
    return Azure(client)


@dataclass(frozen=True)
class Azure:
    client: azure.Azure

    @property
    def title(self) -> str:
        return self.client.account.sentence

    # --- sizes ----------------------------------------------------------------------------------

    def sizes(self, needs: Needs, names: Sequence[str]) -> Mapping[str, Offer]:
        found = {
            one["name"].casefold(): one
            for one in self.client.rows(
                "/providers/Microsoft.Compute/skus",
                _SKUS,
                {"$filter": f"location eq '{needs.region}'"},
            )
            if one["resourceType"] == "virtualMachines"
        }
        return {name: _offer(needs, name, found.get(name.casefold())) for name in names}

    # --- limits ---------------------------------------------------------------------------------

    def limits(self, needs: Needs, keys: Sequence[str]) -> Iterable[Limit]:
        network = {
            "PublicIPAddresses": needs.addresses,
            "IPv4StandardSkuPublicIpAddresses": needs.addresses,
            "NetworkInterfaces": needs.machines,
            "NetworkSecurityGroups": needs.seats + needs.whole if needs.machines else 0,
            "VirtualNetworks": int(needs.whole and bool(needs.machines)),
        }
        yield from self._usages(needs, "Compute", _COMPUTE, {**dict.fromkeys(keys, 0)})
        yield from self._usages(needs, "Network", _NETWORK, network)
        if needs.whole:
            used = sum(1 for _ in self.client.rows("/resourceGroups", _PROVIDERS))
            needed = 1 + needs.lab.guard + needs.cluster
            yield Limit("groups", "resource groups", used, _GROUPS, needed, "Delete some.")

    def _usages(
        self, needs: Needs, service: str, version: str, needed: Mapping[str, int]
    ) -> Iterable[Limit]:
        wanted = {key.casefold(): (key, number) for key, number in needed.items()}
        path = f"/providers/Microsoft.{service}/locations/{needs.region}/usages"
        for one in self.client.rows(path, version) if needed else ():
            key, number = wanted.get(one["name"]["value"].casefold(), ("", 0))
            if key:
                what = _title(one["name"])
                yield Limit(key, what, one["currentValue"], one["limit"], number, _MORE)

    # --- rights ---------------------------------------------------------------------------------

    def rights(self, needs: Needs) -> Iterable[Answer]:
        namespaces = _namespaces(needs.lab)
        yield from self._registered(namespaces)
        granted = list(
            self.client.rows("/providers/Microsoft.Authorization/permissions", _PERMISSIONS)
        )
        role = json.loads((needs.rights / "azure-trainer.json").read_text(encoding="utf-8"))
        wanted = [one for one in role["Actions"] if one.partition("/")[0] in namespaces]
        missing = [one for one in wanted if not _may(granted, one)]
        others = [one for one in missing if not one.startswith(_ROLES)]
        problem = f"This account may not: {', '.join(others)}." if others else ""
        hint = "Have rights/azure-trainer.json assigned (docs/rights.md)." if others else ""
        yield Answer("rights", len(wanted), None, len(wanted) - len(others), problem, hint)
        if _assigns(needs.lab):
            yield _roles(needs.lab, may=f"{_ROLES}/write" not in missing)

    def _registered(self, namespaces: Collection[str]) -> Iterable[Answer]:
        """One line, or one for each that is not."""
        states = {
            # Azure itself writes microsoft.insights
            one["namespace"].casefold(): one["registrationState"]
            for one in self.client.rows("/providers", _PROVIDERS)
        }
        missing = [one for one in sorted(namespaces) if states.get(one.casefold()) != "Registered"]
        if not missing:
            yield Answer("providers registered", len(namespaces), None, len(namespaces))
        for one in missing:
            state = states.get(one.casefold(), "unknown")
            problem = f"{one} is not registered in the subscription ({state})."
            hint = f"Type: az provider register --wait --namespace {one}"
            yield Answer(f"provider {one}", problem=problem, hint=hint)


def _offer(needs: Needs, name: str, sku: Mapping[str, Any] | None) -> Offer:
    """The subscription may be kept from a size in a region, or in one of its zones."""
    another = "Take another size, `region` or `zone`; or name a `fallback`."
    if sku is None:
        return Offer({_CORES: 1}, f"{name} is no size of {needs.region}", another, least=True)
    said = {one["name"]: one["value"] for one in sku.get("capabilities") or []}
    vcpus = int(said.get("vCPUs", 1))
    takes = {_CORES: vcpus, str(sku["family"]): vcpus}
    zone = needs.lab.zone
    zones = {one for place in sku.get("locationInfo") or [] for one in place.get("zones") or []}
    if zone and zone not in zones:
        return Offer(takes, f"{name} is not offered in the zone {zone} of {needs.region}", another)
    for one in sku.get("restrictions") or []:
        if one["type"] == "Location" or zone in (one.get("restrictionInfo") or {}).get("zones", ()):
            why = f"{name} is not available in {needs.region} ({one['reasonCode']})"
            return Offer(takes, why, another)
    return Offer(takes)


def _title(name: Mapping[str, str]) -> str:
    """Azure's own words: `Total Regional vCPUs`, `Standard BS Family vCPUs`."""
    return name.get("localizedValue") or name["value"]


def _namespaces(lab: LabSpec) -> set[str]:
    """The providers of all that the lab has."""
    return {
        "Microsoft.Resources",
        *(_OF_MACHINES if lab.seats else ()),
        *(("Microsoft.ContainerService", "Microsoft.Compute") if lab.cluster else ()),
        *(("Microsoft.ContainerRegistry",) if lab.registry else ()),
        *(_OF_GUARDS if lab.guard else ()),
        *((_OF_FLOORS,) if lab.seats and deadline.is_within_a_day(lab, clock.now()) else ()),
        *((_OF_ALARMS,) if lab.alarm else ()),
        *(("Microsoft.Authorization",) if _assigns(lab) else ()),
    }


def _attaches(lab: LabSpec) -> bool:
    return bool(lab.cluster and lab.registry and lab.cluster.attach_registry)


def _assigns(lab: LabSpec) -> bool:
    return bool(lab.guard or _attaches(lab))


def _roles(lab: LabSpec, *, may: bool) -> Answer:
    if may:
        return Answer("may assign roles")
    words = [
        *(["`guard: false` (then end the lab yourself)"] if lab.guard else []),
        *(["`attach_registry: false`"] if _attaches(lab) else []),
    ]
    return Answer(
        "may assign roles",
        problem="This account may not assign roles, which the lab's guard or cluster needs.",
        hint=f"Have rights/azure-trainer.json assigned; or write {' and '.join(words)}.",
    )


def _may(granted: Iterable[Mapping[str, Any]], action: str) -> bool:
    """A role allows what one of its actions fits and none of its notActions does."""
    return any(
        _fits(one.get("actions") or (), action) and not _fits(one.get("notActions") or (), action)
        for one in granted
    )


def _fits(patterns: Iterable[str], action: str) -> bool:
    return any(
        re.fullmatch(re.escape(one).replace(r"\*", ".*"), action, re.IGNORECASE) for one in patterns
    )
