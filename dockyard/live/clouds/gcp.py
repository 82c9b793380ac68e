"""Google Cloud: quotas of region and project, sizes of the zone, interfaces, permissions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockyard import yaml_file
from dockyard.clouds.gcp import zone_of
from dockyard.live.answers import Answer, Limit, Offer
from dockyard.live.needs import Needs
from dockyard.sweep.clouds import gcp
from dockyard.sweep.things import GoneError

_CPUS, _ALL = "CPUS", "CPUS_ALL_REGIONS"
_GUARDED = ("iam.googleapis.com", "cloudresourcemanager.googleapis.com", "workflows.googleapis.com")
_GUARDS = (*_GUARDED, "cloudscheduler.googleapis.com")
_ALARM = "monitoring.googleapis.com"
_COMPUTE = "compute.googleapis.com"
_OF_GUARDS = ("iam.", "workflows.", "cloudscheduler.", "resourcemanager.")
_OF_ALARMS = "monitoring."
_AT_ONCE = 100
"""Permissions that one call asks."""


def asked(client: gcp.Gcp) -> "Gcp":
    """By the client that sweeps."""
    return Gcp(client)


@dataclass(frozen=True)
class Gcp:
    client: gcp.Gcp

    @property
    def title(self) -> str:
        return self.client.account.sentence

    # --- sizes ----------------------------------------------------------------------------------

    def sizes(self, needs: Needs, names: Sequence[str]) -> Mapping[str, Offer]:
        zone = needs.lab.zone or zone_of(needs.region)
        own = _by_metric(self.client.below(f"/regions/{needs.region}"))
        return {name: self._offer(zone, name, own) for name in names}

    def _offer(self, zone: str, name: str, own: Mapping[str, Any]) -> Offer:
        """A family without a quota of its own in this region counts for all CPUs."""
        family = f"{name.partition('-')[0].upper()}_CPUS"
        keys = (family if family in own else _CPUS, _ALL)
        try:
            said = self.client.below(f"/zones/{zone}/machineTypes/{name}")
        except GoneError:
            return Offer(
                dict.fromkeys(keys, 1),
                f"{name} is not offered in {zone}",
                "Take another size or `zone`; or name a `fallback`.",
                least=True,
            )
        return Offer(dict.fromkeys(keys, int(said["guestCpus"])))

    # --- limits ---------------------------------------------------------------------------------

    def limits(self, needs: Needs, keys: Sequence[str]) -> Iterable[Limit]:
        here = _by_metric(self.client.below(f"/regions/{needs.region}"))
        everywhere = _by_metric(self.client.below(""))
        hint = (
            "Ask for more: https://console.cloud.google.com/iam-admin/quotas?project="
            f"{self.client.account.id}; or fewer students, or another `region`."
        )
        needed = {
            "IN_USE_ADDRESSES": needs.addresses,
            "INSTANCES": needs.machines,
            "SSD_TOTAL_GB": needs.gigabytes,
            "NETWORKS": int(needs.whole and bool(needs.machines)),
        }
        for key in (*keys, *needed):
            one = here.get(key) or everywhere.get(key)
            if one is not None:
                used, allowed = int(one["usage"]), int(one["limit"])
                yield Limit(key, one["metric"], used, allowed, needed.get(key, 0), hint)

    # --- rights ---------------------------------------------------------------------------------

    def rights(self, needs: Needs) -> Iterable[Answer]:
        yield from self._enabled(needs)
        data: Any = yaml_file.read(needs.rights / "gcp-trainer.yaml").data
        unasked = (
            *(() if needs.lab.guard else _OF_GUARDS),
            *(() if needs.lab.alarm else (_OF_ALARMS,)),
        )
        wanted = [one for one in data["includedPermissions"] if not one.startswith(unasked)]
        granted = {
            one
            for first in range(0, len(wanted), _AT_ONCE)
            for one in self._granted(wanted[first : first + _AT_ONCE])
        }
        missing = [one for one in wanted if one not in granted]
        problem = f"This account may not: {', '.join(missing)}." if missing else ""
        hint = "Have rights/gcp-trainer.yaml granted (docs/rights.md)" if missing else ""
        if missing and all(one.startswith(_OF_GUARDS) for one in missing):
            hint += "; or write `guard: false` and end the lab yourself"
        hint += "." if missing else ""
        yield Answer("rights", len(wanted), None, len(granted), problem, hint)

    def _granted(self, permissions: Sequence[str]) -> list[str]:
        url = f"{self.client.service('cloudresourcemanager')}:testIamPermissions"
        said = self.client.ask("POST", url, body={"permissions": list(permissions)})
        return list(said.get("permissions") or [])

    def _enabled(self, needs: Needs) -> Iterator[Answer]:
        """One line for those that are, and one for all that are not."""
        alarm = (_ALARM,) if needs.lab.alarm else ()
        wanted = [_COMPUTE, *(_GUARDS if needs.lab.guard else ()), *alarm]
        base = self.client.service("serviceusage")
        states = {one: self.client.ask("GET", f"{base}/services/{one}")["state"] for one in wanted}
        off = [one for one in wanted if states[one] != "ENABLED"]
        problem = f"Not enabled in the project: {', '.join(off)}." if off else ""
        words = f"{' '.join(off)} --project {self.client.account.id}"
        hint = f"Type: gcloud services enable {words}" if off else ""
        yield Answer("interfaces enabled", len(wanted), None, len(wanted) - len(off), problem, hint)


def _by_metric(said: Mapping[str, Any]) -> dict[str, Any]:
    return {one["metric"]: one for one in said.get("quotas") or []}
