"""Compute Engine's instances as real machines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dockyard.clouds.gcp import FACTS
from rehearsal.clouds.gcp import facts
from rehearsal.clouds.gcp.launch import INSTANCE
from rehearsal.clouds.gcp.network import FIREWALL as RULE
from rehearsal.machines.real import Asked, Gate, Rule, meaning, memory
from rehearsal.plain import at

if TYPE_CHECKING:
    import datetime as dt

    from rehearsal.inventory import Inventory, Record

MACHINE = INSTANCE
FIREWALL = frozenset({RULE})


def asked(inventory: Inventory, record: Record) -> Asked:
    del inventory  # all of it is in the record
    size = str(record.inputs["machineType"]).rpartition("/")[2]
    vcpus = facts.MACHINE_TYPES[size].vcpus
    image = next(at(record.inputs, "bootDisk.initializeParams.image"), "")
    metadata = record.inputs.get("metadata") or {}
    return Asked(
        system=meaning(FACTS.images, str(image)),
        user_data=record.inputs.get("metadataStartupScript") or metadata.get("startup-script", ""),
        vcpus=vcpus,
        memory=memory(FACTS, size, vcpus),
        private=_private(record),
        public=record.address,
    )


def _private(record: Record) -> str:
    return str(next(at(record.properties, "networkInterfaces[*].networkIp"), ""))


def gates(inventory: Inventory, record: Record) -> tuple[Gate, ...]:
    """One: the rules for its tags, those of the lowest number first."""
    tags = set(record.inputs.get("tags") or [])
    rules = [
        one
        for one in sorted(inventory.all(RULE), key=lambda one: one.inputs.get("priority", 1000))
        if one.scope == record.scope
        and not one.inputs.get("disabled")
        and one.inputs.get("direction", "INGRESS") == "INGRESS"
        and (not one.inputs.get("targetTags") or tags & set(one.inputs["targetTags"]))
    ]
    return (tuple(rule for one in rules for rule in _rules(inventory, one)),)


def _rules(inventory: Inventory, one: Record) -> list[Rule]:
    from_tags = set(one.inputs.get("sourceTags") or [])
    members = [
        f"{_private(other)}/32"
        for other in inventory.all(INSTANCE)
        if from_tags & set(other.inputs.get("tags") or [])
    ]
    sources = (*(one.properties.get("sourceRanges") or []), *members)
    return [
        Rule(
            sources,
            "" if str(allow["protocol"]).lower() == "all" else str(allow["protocol"]).lower(),
            tuple(map(str, allow.get("ports") or ())),
        )
        for allow in one.inputs.get("allows") or []
        if sources
    ]


LAST_STOP, LAST_START = "lastStopTimestamp", "lastStartTimestamp"


def switched_off(record: Record, now: dt.datetime) -> Record | None:
    return stopped(record, now)


def stopped(record: Record, now: dt.datetime) -> Record:
    """It is TERMINATED, Google's word for stopped, and its address is let go."""
    outputs = {**record.outputs, "currentStatus": "TERMINATED"}
    untold = {**record.untold, LAST_STOP: now.isoformat(timespec="milliseconds")}
    return replace(record, outputs=outputs, address="", untold=untold)
