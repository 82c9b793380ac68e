"""What this computer does to a machine in the middle of its installation, once, and unasked."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from typing import TYPE_CHECKING

from rehearsal.machines import docker, doors

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.http.manners import Desk
    from rehearsal.machines.bound import Bound
    from rehearsal.machines.machine import Machine

_PAUSE = 0.3
_DARK = 2.0
"""seconds without power"""
_BUSY = ("grep", "-q", '"step":"docker"', "/var/lib/dockyard/result.json")


class Acts:
    """Waits for machines of which something is planned, and does it."""

    def __init__(self, bound: Bound, desk: Desk, file: Path) -> None:
        self._bound = bound
        self._desk = desk
        self._planned = json.loads(file.read_text("utf-8")) if file.exists() else []
        for one in self._planned:
            threading.Thread(target=self._wait, args=(one,), daemon=True).start()

    def _wait(self, one: dict[str, str]) -> None:
        while True:
            for id_, machine in list(self._bound.machines.items()):
                if machine.name == one["host"] and _is_busy(machine):
                    self._bound.journal.add(one["act"], machine.name)
                    _ACTS[one["act"]](self._desk, id_, machine)
                    return
            time.sleep(_PAUSE)


def _is_busy(machine: Machine) -> bool:
    asked = ["docker", "exec", machine.id, *_BUSY]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _cut_power(_: Desk, __: str, machine: Machine) -> None:
    docker.run("kill", machine.id)
    time.sleep(_DARK)
    machine.start()


def _vanish(desk: Desk, id_: str, _: Machine) -> None:
    """As a person in the cloud's console: the machine goes with its record, and its disk along."""
    for record in desk.inventory.all():
        if record.id == id_:
            desk.delete(record)


def _silence(_: Desk, __: str, machine: Machine) -> None:
    """Whoever connects hears nothing: Docker's own pause does not hold a machine everywhere."""
    machine.obey(doors.text(()))


_ACTS = {"cut-power": _cut_power, "vanish": _vanish, "silence": _silence}
