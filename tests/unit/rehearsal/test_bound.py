"""Machines of a rehearsal: many are made at once, and none waits for ever."""

import threading
from ipaddress import IPv4Network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rehearsal.inventory import Inventory, Record
from rehearsal.machines.bound import Bound
from rehearsal.machines.journal import Journal
from rehearsal.machines.machine import Place


def test_an_address_is_given_while_firewalls_are_written(tmp_path: Path) -> None:
    """One thread writes firewalls and asks the inventory, which one that makes a machine holds."""
    writing, making = threading.Event(), threading.Event()
    inventory = Inventory()
    inventory.put(Record(id="i-1", kind="machine", name="a", scope="here", inputs={}))

    def gates(inventory: Inventory, _: Record) -> tuple[()]:
        writing.set()
        making.wait(5)
        inventory.all()
        return ()

    place = Place(tmp_path, "none", "")
    bound = Bound("aws", place, IPv4Network("10.64.0.0/24"), {}, Journal(tmp_path / "journal"))
    bound.inventory = inventory
    any_bound: Any = bound
    any_bound.real = SimpleNamespace(MACHINE="machine", gates=gates)
    any_bound.machines = {"i-1": SimpleNamespace(close=lambda _: None)}
    given: list[str] = []

    def make() -> None:
        writing.wait(5)
        with inventory:
            making.set()
            given.append(any_bound.address(SimpleNamespace(inventory=inventory)))

    threads = [threading.Thread(target=one, daemon=True) for one in (bound.close, make)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    assert given == ["10.64.0.17"]
    assert not any(one.is_alive() for one in threads)
