"""Azure's virtual machines as real machines."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dockyard.clouds.azure import FACTS
from rehearsal.clouds.azure import facts
from rehearsal.clouds.azure.addresses import CARD
from rehearsal.clouds.azure.launch import MACHINE as VM
from rehearsal.clouds.azure.network import NETWORK, RULES
from rehearsal.machines.real import Asked, Gate, Rule, meaning, memory
from rehearsal.plain import at

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from rehearsal.inventory import Inventory, Record

MACHINE = VM
FIREWALL = frozenset({RULES, NETWORK, CARD})
POWER = "powerState"
"""of a record: running where it says nothing, stopped, or deallocated"""
CHANGED = "powerChanged"
"""of a record: since when"""
_IMAGE = ("publisher", "offer", "sku", "version")


def asked(inventory: Inventory, record: Record) -> Asked:
    size = str(next(at(record.inputs, "hardwareProfile.vmSize")))
    vcpus = facts.SIZES[size].vcpus
    reference: Mapping[str, Any] = next(at(record.inputs, "storageProfile.imageReference"), {})
    packed = next(at(record.inputs, "osProfile.customData"), "")
    return Asked(
        system=meaning(FACTS.images, ":".join(str(reference.get(one)) for one in _IMAGE)),
        user_data=base64.b64decode(packed).decode(),
        vcpus=vcpus,
        memory=memory(FACTS, size, vcpus),
        private=next(
            (
                str(address)
                for card in _cards(inventory, record)
                for address in at(card.outputs, "ipConfigurations[*].privateIPAddress")
            ),
            "",
        ),
        public=record.address,
    )


def _cards(inventory: Inventory, record: Record) -> list[Record]:
    ids = [_same(one) for one in at(record.inputs, "networkProfile.networkInterfaces[*].id")]
    return [one for one in inventory.all(CARD) if _same(one.id) in ids]


def _same(id_: str) -> str:
    return id_.casefold()


def gates(inventory: Inventory, record: Record) -> tuple[Gate, ...]:
    """The subnet's group, and that of the network card: a packet must pass both."""
    subnets = {
        _same(subnet["id"]): (subnet, network)
        for network in inventory.all(NETWORK)
        for subnet in network.outputs.get("subnets") or []
    }
    gates: list[Gate] = []
    for card in _cards(inventory, record):
        for id_ in at(card.inputs, "ipConfigurations[*].subnet.id"):
            subnet, network = subnets[_same(id_)]
            space = list(at(network.inputs, "addressSpace.addressPrefixes[*]"))
            for owner in (subnet, card.inputs):
                named = (owner.get("networkSecurityGroup") or {}).get("id")
                gates += [_gate(one, space) for one in inventory.all(RULES) if _is(one, named)]
    return tuple(gates)


def _is(record: Record, id_: str | None) -> bool:
    return id_ is not None and _same(record.id) == _same(id_)


def _gate(group: Record, space: list[str]) -> Gate:
    """Its rules by number, then those that Azure has in every group."""
    rules = sorted(group.inputs.get("securityRules") or [], key=lambda one: int(one["priority"]))
    own = [rule for one in rules if one["direction"] == "Inbound" for rule in _rules(one, space)]
    return (*own, Rule(tuple(space)))


def _rules(one: Mapping[str, Any], space: list[str]) -> Iterator[Rule]:
    allow, protocol = one["access"] == "Allow", str(one["protocol"]).lower()
    ports = tuple(_both(one, "destinationPortRange", "destinationPortRanges"))
    every = protocol == "*"
    for source in _both(one, "sourceAddressPrefix", "sourceAddressPrefixes"):
        if source == "Internet":
            # what is not of the network: those of it are passed on to the next rules
            yield Rule(tuple(f"!{block}" for block in space), "" if every else protocol,
                       () if every else ports, allow)  # fmt: skip
            continue
        blocks = {"VirtualNetwork": space, "*": ["0.0.0.0/0"]}.get(source, [source])
        yield Rule(tuple(blocks), "" if every else protocol, () if every else ports, allow)


def _both(one: Mapping[str, Any], single: str, plural: str) -> list[str]:
    value = one.get(single)
    return [*([value] if value is not None else []), *(one.get(plural) or [])]


def switched_off(record: Record, now: dt.datetime) -> Record | None:
    """It is stopped, keeps its address, and costs as before: nobody deallocated it."""
    return powered(record, "stopped", now)


def powered(record: Record, state: str, now: dt.datetime) -> Record:
    untold = {**record.untold, POWER: state, CHANGED: now.isoformat(timespec="microseconds")}
    return replace(record, untold=untold)
