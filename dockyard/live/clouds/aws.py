"""AWS: what the account may have (Service Quotas), which sizes a zone offers, and who may do what.

Nobody tells how many vCPUs are in use: the machines that run are counted. Whether a zone has
room for one more machine AWS tells nobody before it is asked to make it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dockyard import at_once
from dockyard.live.answers import Answer, Limit, Offer
from dockyard.live.needs import Needs
from dockyard.sweep.aws_asking import HOME
from dockyard.sweep.clouds import aws
from dockyard.sweep.things import GoneError

_VCPUS = {
    "L-1216C47A": ("standard", "a c d h i is im m r t z"),
    "L-DB2E81BA": ("G and VT", "g gr vt"),
    "L-417A185B": ("P", "p"),
    "L-74FC7D96": ("F", "f"),
    "L-7295265B": ("X", "x"),
}
"""The quota of running on-demand vCPUs, by the letters that a size's name begins with."""
_VPCS, _GROUPS = "L-F678F1CE", "L-E79EC296"
_MAKES = ("MakeCreate", "MakeRunInstances")
_GUARDS, _ALARMS = "Guard", "Alarm"
"""The statements of rights/aws-trainer.json that are asked, by how their names begin."""
_AT_ONCE = 8


def asked(client: aws.Aws) -> "Aws":
    """By the client that sweeps."""
    return Aws(client)


@dataclass(frozen=True)
class Aws:
    client: aws.Aws

    @property
    def title(self) -> str:
        return self.client.account.sentence

    # --- sizes ----------------------------------------------------------------------------------

    def sizes(self, needs: Needs, names: Sequence[str]) -> Mapping[str, Offer]:
        zones = self._zones_of(needs, names) if names else {}
        there = [name for name in names if zones[name]]
        vcpus = self._vcpus(needs.region, there) if there else {}
        return {name: self._offer(needs, name, zones[name], vcpus.get(name, 0)) for name in names}

    def _zones_of(self, needs: Needs, names: Sequence[str]) -> dict[str, set[str]]:
        """The zones of the region that offer each."""
        found: dict[str, set[str]] = {name: set() for name in names}
        asked = {
            "LocationType": "availability-zone",
            "Filters": [{"Name": "instance-type", "Values": list(names)}],
        }
        call = "describe_instance_type_offerings"
        for page in self.client.pages("ec2", needs.region, call, **asked):
            for one in page["InstanceTypeOfferings"]:
                found[one["InstanceType"]].add(one["Location"])
        return found

    def _vcpus(self, region: str, names: Sequence[str]) -> dict[str, int]:
        pages = self.client.pages(
            "ec2", region, "describe_instance_types", InstanceTypes=list(names)
        )
        return {
            str(one["InstanceType"]): int(one["VCpuInfo"]["DefaultVCpus"])
            for page in pages
            for one in page["InstanceTypes"]
        }

    def _offer(self, needs: Needs, name: str, zones: set[str], vcpus: int) -> Offer:
        quota, least = _quota(name), not vcpus
        takes = {quota: vcpus or 1} if quota else {}
        place = needs.lab.zone or needs.region
        wanted = {needs.lab.zone} if needs.lab.zone else self._all_zones(needs.region)
        if zones >= wanted:
            return Offer(takes)
        some = ", ".join(sorted(zones))
        if not zones:
            return Offer(
                takes,
                f"{name} is not offered in {needs.region}",
                "Take another size or `region`; or name a `fallback`.",
                least,
            )
        if needs.lab.zone:
            return Offer(
                takes, f"{name} is not offered in {place}", f"Take another `zone`: {some}."
            )
        return Offer(
            takes,
            f"{name} is offered in {some} alone, and AWS may choose another zone",
            f"Write one of them as `zone`: {min(zones)}",
        )

    def _all_zones(self, region: str) -> set[str]:
        own = [{"Name": "opt-in-status", "Values": ["opt-in-not-required"]}]
        said = self.client.ask("ec2", region, "describe_availability_zones", Filters=own)
        return {one["ZoneName"] for one in said["AvailabilityZones"]}

    # --- limits ---------------------------------------------------------------------------------

    def limits(self, needs: Needs, keys: Sequence[str]) -> Iterable[Limit]:
        running = self._running(needs.region) if keys else {}
        for key in keys:
            title, hint = f"vCPUs ({_VCPUS[key][0]})", _more("ec2", key, needs.region)
            allowed = self._allowed("ec2", key, needs.region)
            yield Limit(key, title, running.get(key, 0), allowed, hint=hint)
        if needs.machines:
            used = self._count(needs.region, "describe_security_groups", "SecurityGroups")
            yield self._vpc_limit(
                needs, _GROUPS, "security groups", used, needs.seats + 2 * needs.whole
            )
        if needs.machines and needs.whole:
            used = self._count(needs.region, "describe_vpcs", "Vpcs")
            yield self._vpc_limit(needs, _VPCS, "networks (VPCs)", used, 1)

    def _vpc_limit(self, needs: Needs, key: str, what: str, used: int, needed: int) -> Limit:
        allowed = self._allowed("vpc", key, needs.region)
        return Limit(key, what, used, allowed, needed, _more("vpc", key, needs.region))

    def _allowed(self, service: str, code: str, region: str) -> int:
        """What was granted to the account; where it never asked for more, what everybody has."""
        words = {"ServiceCode": service, "QuotaCode": code}
        with suppress(GoneError):
            said = self.client.ask("service-quotas", region, "get_service_quota", **words)
            return int(said["Quota"]["Value"])
        said = self.client.ask("service-quotas", region, "get_aws_default_service_quota", **words)
        return int(said["Quota"]["Value"])

    def _count(self, region: str, call: str, key: str) -> int:
        return sum(len(page[key]) for page in self.client.pages("ec2", region, call))

    def _running(self, region: str) -> dict[str, int]:
        """The vCPUs of the machines that run on demand, by their quota."""
        found: dict[str, int] = {}
        on = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        for page in self.client.pages("ec2", region, "describe_instances", Filters=on):
            for one in (one for group in page["Reservations"] for one in group["Instances"]):
                quota = _quota(one["InstanceType"])
                if quota and not one.get("InstanceLifecycle"):
                    cpu = one["CpuOptions"]
                    vcpus = cpu["CoreCount"] * cpu["ThreadsPerCore"]
                    found[quota] = found.get(quota, 0) + vcpus
        return found

    # --- rights ---------------------------------------------------------------------------------

    def rights(self, needs: Needs) -> Iterable[Answer]:
        """IAM's own simulation of what makes a lab, on things such as the lab's."""
        if self._arn.endswith(":root"):
            return [Answer("rights", unseen="the account's root user may do everything")]
        statements = [one for one in _statements(needs) if _is_asked(needs, one["Sid"])]
        with at_once.pool(_AT_ONCE) as pool:
            denied = [
                action
                for found in pool.map(lambda one: self._denied(needs, one), statements)
                for action in found
            ]
        actions = {action for one in statements for action in one["Action"]}
        if not denied:
            return [Answer("rights", len(actions), allowed=len(actions))]
        return [
            Answer(
                "rights",
                len(actions),
                allowed=len(actions - set(denied)),
                problem=f"{self._arn} may not: {', '.join(sorted(set(denied)))}.",
                hint="Have rights/aws-trainer.json attached "
                f"(docs/rights.md){_or_without(denied)}.",
            )
        ]

    @cached_property
    def _arn(self) -> str:
        """Who asks; of a session, the role that it has taken."""
        found = re.fullmatch(r"(arn:[^:]+):sts::(\d+):assumed-role/([^/]+)/.*", self._caller)
        return f"{found[1]}:iam::{found[2]}:role/{found[3]}" if found else self._caller

    @property
    def _caller(self) -> str:
        return self.client.account.title

    def _denied(self, needs: Needs, statement: Mapping[str, Any]) -> list[str]:
        said_of = statement.get("Condition")
        said = self.client.ask(
            "iam",
            HOME,
            "simulate_principal_policy",
            PolicySourceArn=self._arn,
            ActionNames=statement["Action"],
            ResourceArns=[
                _filled(arn, needs.region, self.client.account.id)
                for arn in _list(statement["Resource"])
            ],
            **({"ContextEntries": list(_context(said_of))} if said_of else {}),
        )
        results = said["EvaluationResults"]
        return [one["EvalActionName"] for one in results if one["EvalDecision"] != "allowed"]


def _quota(size: str) -> str:
    """The quota that machines of a size count for; empty: none that is known here."""
    letters = re.match("[a-z]*", size)
    word = letters[0] if letters else ""
    return next((code for code, (_, words) in _VCPUS.items() if word in words.split()), "")


def _more(service: str, code: str, region: str) -> str:
    other = "delete a network that nobody needs" if code == _VPCS else "fewer students"
    return (
        f"Ask for more: https://{region}.console.aws.amazon.com/servicequotas/home/services/"
        f"{service}/quotas/{code} (hours to days); or {other}, or another `region`."
    )


def _statements(needs: Needs) -> list[dict[str, Any]]:
    read = json.loads((needs.rights / "aws-trainer.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = read["Statement"]
    return found


def _is_asked(needs: Needs, name: str) -> bool:
    guard, alarm = needs.lab.guard, bool(needs.lab.alarm)
    asked = (*_MAKES, *([_GUARDS] if guard else []), *([_ALARMS] if alarm else []))
    return name.startswith(asked)


def _or_without(denied: Iterable[str]) -> str:
    """What a lab can do without, when nothing else is missing."""
    services = {one.partition(":")[0] for one in denied}
    if services <= {"sns", "states"}:
        return "; or leave `alarm` out"
    if services <= {"iam", "scheduler", "sns", "states"}:
        return "; or write `guard: false` and end the lab yourself"
    return ""


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _filled(arn: str, region: str, account: str) -> str:
    """One thing that the pattern means: the simulation takes no patterns, but all."""
    if arn == "*":
        return arn
    parts = arn.split(":", 5)
    if parts[3] == "*":
        parts[3] = region
    if parts[4] == "*":
        parts[4] = account
    return ":".join(parts).replace("*", "x")


def _context(condition: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the lab will say of itself, for the conditions to hold."""
    for key, value in ((k, v) for keys in condition.values() for k, v in keys.items()):
        text = _list(value)[0].replace("*", "x")
        yield {"ContextKeyName": key, "ContextKeyValues": [text], "ContextKeyType": "string"}
