"""EC2 instances as real machines."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from dockyard.clouds.aws import FACTS
from rehearsal.clouds.aws import facts
from rehearsal.clouds.aws.firewall import GROUP
from rehearsal.clouds.aws.launch import INSTANCE
from rehearsal.machines.real import Asked, Gate, Rule, meaning, memory

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from typing import Any

    from rehearsal.inventory import Inventory, Record

MACHINE = INSTANCE
FIREWALL = frozenset({GROUP})


def asked(inventory: Inventory, record: Record) -> Asked:
    size = str(record.inputs["instanceType"])
    vcpus = facts.INSTANCE_TYPES[size].vcpus
    releases = int(inventory.setting("images", 1))
    amis = {
        image: facts.ami(parameter, record.scope, release)
        for image, parameter in FACTS.images.items()
        for release in range(1, releases + 1)
        if facts.ami(parameter, record.scope, release) == record.inputs["ami"]
    }
    packed = record.inputs.get("userDataBase64")
    text = base64.b64decode(packed).decode() if packed else str(record.inputs.get("userData") or "")
    return Asked(
        system=meaning(amis, str(record.inputs["ami"])),
        user_data=text,
        vcpus=vcpus,
        memory=memory(FACTS, size, vcpus),
        private=str(record.outputs["privateIp"]),
        public=record.address,
        vendor="Amazon EC2",
    )


def gates(inventory: Inventory, record: Record) -> tuple[Gate, ...]:
    """One: what any of its groups lets in comes in."""
    ids = record.inputs.get("vpcSecurityGroupIds") or []
    groups = [one for one in inventory.all(GROUP) if one.id in ids]
    return (
        tuple(
            rule
            for group in groups
            for one in group.inputs.get("ingress") or []
            for rule in _rules(inventory, group, one)
        ),
    )


def _rules(inventory: Inventory, group: Record, one: Mapping[str, Any]) -> Iterator[Rule]:
    named = [*(one.get("securityGroups") or []), *([group.id] if one.get("self") else [])]
    members = [
        f"{other.outputs['privateIp']}/32"
        for other in inventory.all(INSTANCE)
        if set(other.inputs.get("vpcSecurityGroupIds") or []) & set(named)
    ]
    sources = (*(one.get("cidrBlocks") or []), *members)
    protocol = str(one["protocol"]).lower()
    every = protocol in {"-1", "all"}
    ports = () if every else (f"{one['fromPort']}-{one['toPort']}",)
    if sources:
        yield Rule(sources, "" if every else protocol, ports)


LAUNCHED, REASON, TRANSITION = "LaunchTime", "StateReason", "StateTransitionReason"


def switched_off(record: Record, now: dt.datetime) -> Record | None:
    """It stops or is terminated, as it was told when it was made."""
    del now  # EC2 gives no time where nobody called it
    if record.inputs.get("instanceInitiatedShutdownBehavior") == "terminate":
        return None
    return _stopped(record, ("Client.InstanceInitiatedShutdown", "Instance initiated shutdown"), "")


def stopped(record: Record, now: dt.datetime) -> Record:
    """By a call; its public address is let go."""
    when = f"User initiated ({now:%Y-%m-%d %H:%M:%S} GMT)"
    return _stopped(record, ("Client.UserInitiatedShutdown", "User initiated shutdown"), when)


def _stopped(record: Record, reason: tuple[str, str], when: str) -> Record:
    code, words = reason
    outputs = {**record.outputs, "instanceState": "stopped", "publicIp": "", "publicDns": ""}
    why = {REASON: {"Code": code, "Message": f"{code}: {words}"}, TRANSITION: when}
    return replace(record, outputs=outputs, address="", untold={**record.untold, **why})
