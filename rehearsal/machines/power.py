"""What a machine does by itself to its power, and what its cloud makes of that.

A reboot from inside ends the container as a power-off does; the last words on its console tell
them apart.
"""

from __future__ import annotations

import json
import subprocess
import threading
from typing import TYPE_CHECKING

from dockyard.errors import DockyardError
from rehearsal.machines.docker import LABEL

if TYPE_CHECKING:
    from rehearsal.machines.bound import Bound

_REBOOTS = "Rebooting."
"""systemd's last word"""


class Watch:
    """Looks at Docker's events until it is ended."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._process = subprocess.Popen(
            ["docker", "events", "--format", "{{json .}}", "--filter", "event=die", "--filter",
             "event=destroy", "--filter", f"label={LABEL}={bound.place.folder}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._follow, name="power", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    def _follow(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        for line in self._process.stdout:
            event = json.loads(line)
            container = event["Actor"]["ID"]
            found = [id_ for id_, one in list(self._bound.machines.items()) if one.id == container]
            for id_ in found:
                if event["Action"] == "destroy":
                    self._bound.vanished(id_)
                    continue
                try:
                    self._died(id_, int(event["Actor"]["Attributes"].get("exitCode", 0)))
                except DockyardError as error:  # it is removed meanwhile; others are watched on
                    self._bound.journal.add("not followed", container[:12], str(error))

    def _died(self, id_: str, code: int) -> None:
        bound = self._bound
        machine = bound.machines.get(id_)
        if machine is None or machine.stopping or code not in _BY_ITSELF:
            return
        if _REBOOTS in machine.console(lines=9):
            bound.journal.add("rebooted", machine.name)
            bound.start(machine)
            return
        bound.journal.add("switched off", machine.name)
        records = [r for r in bound.inventory.all(bound.real.MACHINE) if r.id == id_]
        for record in records:
            left = bound.real.switched_off(record, bound.inventory.now())
            if left is None:
                bound.inventory.remove(record)
                bound.happened("delete", record)
            elif left != record:
                bound.inventory.put(left)


_BY_ITSELF = {0, 130}
"""switched off in order, or from inside; others are a kill from outside: a power cut"""
