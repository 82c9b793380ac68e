"""What a lab costs, from a dated table that is shipped with its sources: dockyard/prices/.

Nothing is asked of any cloud. What the table does not know is said to be unknown, never guessed;
what it knows of another region alone is said to be that region's.
"""

import json
import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dockyard import clock, clouds, deadline
from dockyard.errors import DescriptionError, DockyardError
from dockyard.seats import machines
from dockyard.spec import LabSpec

TABLES = Path(__file__).parent / "prices"
HOURS_OF_A_MONTH = 730
_NEVER = ("traffic", "tax", "cents for what ends the lab", "what students make in it")
"""What no table could know of a lab."""
EUR = "DOCKYARD_EUR"
"""The setting that says what a euro is worth in dollars: 1.16. One dollar when it is not set."""


@dataclass(frozen=True)
class Item:
    """So many of one thing: `hour` and `spot` are dollars an hour for each, None is unknown."""

    what: str
    count: int
    hour: float | None
    region: str
    spot: float | None = None
    stays: bool = False
    """It costs as much when the machines are stopped."""


@dataclass(frozen=True)
class Price:
    """`seconds` is how long the lab lives from now on, or from when it was made."""

    items: tuple[Item, ...]
    seats: int
    region: str
    as_of: str
    sources: tuple[str, ...]
    seconds: int

    def _sum(self, items: Iterator[Item]) -> float:
        return sum(one.count * (one.hour or 0) for one in items)

    @property
    def hour(self) -> float:
        """What is known of it, in dollars an hour."""
        return self._sum(iter(self.items))

    @property
    def whole(self) -> float:
        return self.hour * self.seconds / 3600

    def at(self, today: Mapping[str, float]) -> "Price":
        """The same with other prices an hour, by what they are of."""
        items = (replace(one, hour=today.get(one.what, one.hour)) for one in self.items)
        return replace(self, items=tuple(items))

    @property
    def stopped(self) -> float:
        """What would go on costing, an hour, if machines were stopped in place of deleted."""
        return self._sum(one for one in self.items if one.stays)

    @property
    def spot(self) -> float | None:
        """An hour as spot machines; None where the table knows no spot price."""
        sizes = [one for one in self.items if one.what.startswith("machine ")]
        if not sizes or any(one.spot is None for one in sizes):
            return None
        saved = sum(one.count * ((one.hour or 0) - (one.spot or 0)) for one in sizes)
        return self.hour - saved

    @property
    def unknown(self) -> list[str]:
        return [one.what for one in self.items if one.hour is None]

    @property
    def others(self) -> list[str]:
        """Where prices of another region stand in, in words."""
        return [
            f"the prices of {region}, for {self.region}'s are not in the table: {', '.join(what)}"
            for region, what in self.elsewhere.items()
        ]

    @property
    def uncounted(self) -> str:
        """What the sums leave out, in words."""
        return ", ".join([*(f"{what} (price unknown)" for what in self.unknown), *_NEVER])

    @property
    def elsewhere(self) -> dict[str, list[str]]:
        """What is another region's price, by region."""
        found: dict[str, list[str]] = {}
        for one in self.items:
            if one.hour and one.region != self.region:
                found.setdefault(one.region, []).append(one.what)
        return found


def price(lab: LabSpec, seconds: int | None = None) -> Price | None:
    """Of the whole lab until its deadline, if it were made now; None where nobody is paid."""
    path = TABLES / f"{lab.target}.json"
    if not path.is_file():
        return None
    table = json.loads(path.read_text(encoding="utf-8"))
    region = lab.region or clouds.load(lab.target).default_region
    now = clock.now()
    lives = max(0, deadline.instant(lab, now) - int(now)) if seconds is None else seconds
    items = tuple(_items(lab, table, region))
    return Price(items, lab.seats, region, table["as_of"], tuple(table["sources"]), lives)


def _items(lab: LabSpec, table: dict[str, Any], region: str) -> Iterator[Item]:
    facts = clouds.load(lab.target)
    made = machines(lab)
    for size, count in Counter(facts.size(one.size) for one in made).items():
        yield _size(table, region, f"machine {size}", size, count)
    gigabytes = sum(facts.disk(one.disk) for one in made)
    if lab.cluster:
        size = facts.size(lab.cluster.size)
        yield _size(table, region, f"machine {size} (node)", size, lab.cluster.nodes)
        yield _one(table, region, "cluster", "the cluster's control plane")
        # what AKS makes beside it: a managed disk a node, and a way out to the internet
        yield replace(_one(table, region, "node_disk", "disk of a node"), count=lab.cluster.nodes)
        yield _one(table, region, "load_balancer", "the cluster's load balancer")
        yield _one(table, region, "address", "the cluster's public address")
    if gigabytes:
        month, where = _find(table, region, "disk")
        hour = None if month is None else month / HOURS_OF_A_MONTH
        yield Item("GB of disk", gigabytes, hour, where, stays=True)
    if made:
        hour, where = _find(table, region, "address")
        yield Item("public address", len(made), hour, where, stays=lab.target == "azure")
    if lab.registry:
        sku = lab.registry.sku
        yield _one(table, region, "registry", f"the registry ({sku})", sku)


def _size(table: dict[str, Any], region: str, what: str, size: str, count: int) -> Item:
    found, where = _find(table, region, "sizes", size)
    hour, spot = found or (None, None)
    return Item(what, count, hour, where, spot)


def _one(table: dict[str, Any], region: str, *path: str) -> Item:
    """`path` is the key, what it is called, and a key below."""
    key, what, *below = path
    hour, where = _find(table, region, key, *below)
    return Item(what, 1, hour, where, stays=True)


def _find(table: dict[str, Any], region: str, *path: str) -> tuple[Any, str]:
    """The value of this region, or of the one that the table knows best; and which it was."""
    for where in (region, table["elsewhere"]):
        value = table["regions"].get(where, {})
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            return value, where
    return None, region


def lines(lab: LabSpec) -> Iterator[str]:
    """What a person reads of it before anything is made."""
    found = price(lab)
    if found is None:
        return
    seat = f", {found.hour / found.seats:.4f} a seat" if found.seats else ""
    yield (
        f"Price: {found.hour:.4f} USD an hour{seat}; {found.whole:.2f} USD until it ends "
        f"(table of {found.as_of}). Never taken down: {found.hour * 24 * 30:.0f} USD in 30 days."
    )
    yield f"  not counted: {found.uncounted}"
    for said in found.others:
        yield f"  {said}"
    if found.spot is not None:
        yield (
            f"  as spot machines about {found.spot:.4f} an hour; those may be taken away at any "
            "time, so Dockyard makes none"
        )
    if found.stopped:
        yield f"  stopped it would still cost {found.stopped:.4f} an hour: a lab is deleted instead"
    if lab.budget:
        yield f"  budget: {lab.budget}"


def compared(found: Price, today: Mapping[str, float]) -> Iterator[str]:
    """What differs from the table, and what the lab costs so; `today` as live_prices says it."""
    known = [one for one in found.items if one.what in today]
    if not known:
        yield "? Prices of today: the price interface knows none of these sizes."
        return
    differ = [one for one in known if one.hour is None or _differs(today[one.what], one.hour)]
    for one in differ:
        table = "nothing" if one.hour is None else f"{one.hour:.4f}"
        yield f"! {one.what}: today {today[one.what]:.4f} USD an hour, in the table {table}"
    now = found.at(today)
    same = "" if differ else ", as in the table"
    yield f"At prices of today{same}: {now.hour:.4f} USD an hour, {now.whole:.2f} until it ends."


def _differs(today: float, table: float) -> bool:
    """By more than what rounding makes of it."""
    return abs(today - table) > table / 100


def refuse_budget(lab: LabSpec, seconds: int | None = None) -> None:
    """Raises DescriptionError for a lab that costs more than it may, or nobody knows what."""
    found = price(lab, seconds)
    if lab.budget is None or found is None:
        return
    if any(what.startswith("machine ") for what in found.unknown):
        raise DescriptionError(
            f"The budget is {lab.budget}, but the price of {', '.join(found.unknown)} is unknown.",
            "Take a size of the table (dockyard price LAB), or leave out `budget`.",
        )
    most = _dollars(lab.budget)
    if found.whole > most:
        cents = math.ceil(found.whole * 100)  # or it may seem to cost just what it may
        raise DescriptionError(
            f"The lab would cost {cents / 100:.2f} USD until it ends, but its budget is "
            f"{lab.budget} ({most:.2f} USD).",
            "Fewer students, smaller machines, an earlier end; or another `budget`.",
        )


def _dollars(budget: str) -> float:
    amount, currency = budget.split()
    return float(amount) * (_euro() if currency == "EUR" else 1.0)


def _euro() -> float:
    """No rate is asked of anybody: a euro counts as a dollar, which is on the safe side."""
    said = os.environ.get(EUR, "1")
    try:
        rate = float(said)
    except ValueError:
        rate = 0.0
    if not 0 < rate < math.inf:  # nor is nan: no lab costs more than that
        raise DockyardError(f"{EUR} is {said[:40]!r}, which is no rate.", f"Write it as {EUR}=1.16")
    return rate
