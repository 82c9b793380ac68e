"""Binds the inventory's instances to real machines (the hooks of scene.py)."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING

from dockyard.errors import DockyardError
from rehearsal.faults import Refused
from rehearsal.machines import doors, real
from rehearsal.machines.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network

    from rehearsal.inventory import Inventory, Record
    from rehearsal.machines.journal import Journal
    from rehearsal.machines.machine import Place
    from rehearsal.scene import Scene

RESERVED = 16
"""addresses at the begin of the network that are nobody's machine: the gateway, and guests"""


class Bound:
    """One cloud's instances as machines. `images` are by the system's name."""

    def __init__(
        self, cloud: str, place: Place, block: IPv4Network, images: Mapping[str, str],
        journal: Journal,
    ) -> None:  # fmt: skip
        self.real = real.load(cloud)
        self.place = place
        self.images = images
        self.journal = journal
        self.machines: dict[str, Machine] = {}
        """by the instance's id"""
        self._addresses = islice(block.hosts(), RESERVED, None)
        self._spent: list[str] = []
        self._lock = threading.RLock()
        """of the machines; who holds it may ask the inventory"""
        self._giving = threading.Lock()
        """of the addresses, which are asked for while the inventory is held: never that of above"""
        self.inventory: Inventory

    # --- the hooks ------------------------------------------------------------------------------

    def address(self, scene: Scene) -> str:
        """The next one; a cloud rarely gives the same twice."""
        with self._giving:
            found = next(self._addresses, None)
            if found is None:
                taken = {record.address for record in scene.inventory.all()}
                return next(one for one in self._spent if one not in taken)
            self._spent.append(str(found))
            return str(found)

    def happened(self, what: str, record: Record) -> None:
        if record.kind == self.real.MACHINE:
            {
                "create": self._create, "update": self._update, "delete": self._delete,
                "stop": self._stop, "start": self._start, "reboot": self._reboot,
            }[what](record)  # fmt: skip
        elif record.kind in self.real.FIREWALL:
            self.close()

    # --- machines -------------------------------------------------------------------------------

    def _create(self, record: Record) -> None:
        self.journal.add("asked", record.name)
        asked = self.real.asked(self.inventory, record)
        try:
            machine = Machine.boot(self.place, record.name, self._image(asked.system), asked)
            with self._lock:
                self.machines[record.id] = machine
            self.close()
        except DockyardError as error:
            self._delete(record)
            self.inventory.remove(record)
            raise Refused("InternalError", f"this computer made no machine: {error}") from None
        self.journal.add("running", record.name, asked.public)

    def _image(self, system: str) -> str:
        return self.images.get(system) or next(iter(self.images.values()))

    def _update(self, record: Record) -> None:
        machine = self.machines.get(record.id)
        if machine is None:
            return
        asked, before = self.real.asked(self.inventory, record), machine.asked
        if asked == before:
            return
        stops = asked.public != before.public
        if stops:
            self.stop(machine)
        machine.resize(asked)
        if stops and asked.public:
            machine.move(self.place.network, asked.public)
            self.start(machine)
        self.close()

    def _delete(self, record: Record) -> None:
        with self._lock:
            machine = self.machines.pop(record.id, None)
        if machine:
            machine.remove()
            self.journal.add("gone", record.name)

    def _stop(self, record: Record) -> None:
        machine = self.machines.get(record.id)
        if machine and machine.pid:
            self.stop(machine)

    def _start(self, record: Record) -> None:
        machine = self.machines.get(record.id)
        if machine is None:
            return
        asked, before = self.real.asked(self.inventory, record), machine.asked
        machine.asked = asked
        if asked.public != before.public:
            machine.move(self.place.network, asked.public)
        self.start(machine)
        self.close()

    def _reboot(self, record: Record) -> None:
        machine = self.machines.get(record.id)
        if machine:
            self.stop(machine)
            self.start(machine)

    def console(self, record: Record) -> str:
        machine = self.machines.get(record.id)
        return machine.console() if machine else ""

    def stop(self, machine: Machine) -> None:
        machine.stop()
        self.journal.add("stopped", machine.name)

    def start(self, machine: Machine) -> None:
        machine.start()
        self.journal.add("started", machine.name)

    def vanished(self, id_: str) -> None:
        """Its container is gone, whoever removed it."""
        with self._lock:
            machine = self.machines.pop(id_, None)
        if machine:
            self.journal.add("gone", machine.name)

    # --- firewalls ------------------------------------------------------------------------------

    def close(self) -> None:
        """Every machine's firewall as the cloud has it now."""
        records = {one.id: one for one in self.inventory.all(self.real.MACHINE)}
        with self._lock:
            for id_, machine in list(self.machines.items()):
                if id_ in records:
                    rules = doors.text(self.real.gates(self.inventory, records[id_]))
                    machine.close(rules)
