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

    from rehearsal.machines.bound import Bound
    from rehearsal.machines.machine import Machine

_PAUSE = 0.3
_DARK = 2.0
"""seconds without power"""
_BUSY = ("grep", "-q", '"step":"docker"', "/var/lib/dockyard/result.json")


class Acts:
    """Waits for machines of which something is planned, and does it."""

    def __init__(self, bound: Bound, file: Path) -> None:
        self._bound = bound
        self._planned = json.loads(file.read_text("utf-8")) if file.exists() else []
        for one in self._planned:
            threading.Thread(target=self._wait, args=(one,), daemon=True).start()

    def _wait(self, one: dict[str, str]) -> None:
        while True:
            for id_, machine in list(self._bound.machines.items()):
                if machine.name == one["host"] and _is_busy(machine):
                    self._bound.journal.add(one["act"], machine.name)
                    _ACTS[one["act"]](self._bound, id_, machine)
                    return
            time.sleep(_PAUSE)


def _is_busy(machine: Machine) -> bool:
    asked = ["docker", "exec", machine.id, *_BUSY]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _cut_power(_: Bound, __: str, machine: Machine) -> None:
    docker.run("kill", machine.id)
    time.sleep(_DARK)
    machine.start()


def _vanish(bound: Bound, id_: str, machine: Machine) -> None:
    for record in bound.inventory.all(bound.real.MACHINE):
        if record.id == id_:
            bound.inventory.remove(record)
    machine.remove()


def _silence(_: Bound, __: str, machine: Machine) -> None:
    """Whoever connects hears nothing: Docker's own pause does not hold a machine everywhere."""
    doors.close(machine.pid, doors.text(()))


_ACTS = {"cut-power": _cut_power, "vanish": _vanish, "silence": _silence}
