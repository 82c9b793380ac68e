"""What a machine is made from, whatever cloud was asked: the border of clouds and containers."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from dockyard.spec import Size

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from dockyard.clouds import Facts
    from dockyard.spec import Image
    from rehearsal.inventory import Inventory, Record

MEMORY = {Size.SMALL: 2048, Size.MEDIUM: 4096, Size.LARGE: 16384}
"""MB of a machine of each meaning, in every cloud"""
_MEMORY_EACH = 2048
"""MB a vCPU of a machine by another name"""


@dataclass(frozen=True)
class Asked:
    """What the cloud was asked for. `memory` in MB; addresses are empty where there is none."""

    system: str
    """as a description names an image; empty: one that no description names by meaning"""
    user_data: str
    vcpus: int
    memory: int
    private: str
    public: str
    vendor: str = ""
    """who made its hardware, as the firmware says; empty: what this computer's says"""


@dataclass(frozen=True)
class Rule:
    """One line of a firewall. No ports: all of them; no protocol: every one."""

    sources: tuple[str, ...]
    """CIDRs"""
    protocol: str = ""
    ports: tuple[str, ...] = ()
    """`80` or `8000-8100`"""
    allow: bool = True


Gate = tuple[Rule, ...]
"""Rules in their order, the first that fits decides; what fits none is dropped."""


class Real(Protocol):
    """A cloud's own half, rehearsal/clouds/<cloud>/real.py."""

    MACHINE: str
    """the kind that is a machine"""
    FIREWALL: frozenset[str]
    """kinds whose change changes firewalls"""

    def asked(self, inventory: Inventory, record: Record) -> Asked:
        """What a machine is to be."""

    def gates(self, inventory: Inventory, record: Record) -> tuple[Gate, ...]:
        """What lets a packet through to the machine: all of them must."""

    def switched_off(self, record: Record, now: dt.datetime) -> Record | None:
        """What the cloud has after somebody switched the machine off from inside; None: nothing."""


def load(name: str) -> Real:
    """A cloud's own half."""
    return cast("Real", importlib.import_module(f"rehearsal.clouds.{name}.real"))


def meaning(names: Mapping[Image, str], value: str) -> str:
    """The word of a description that a cloud's own name stands for; empty when none does."""
    return next((word for word, name in names.items() if name == value), "")


def memory(facts: Facts, native: str, vcpus: int) -> int:
    """MB of a size by the cloud's own name."""
    known = {name: MEMORY[size] for size, name in facts.sizes.items()}
    return known.get(native, _MEMORY_EACH * vcpus)
