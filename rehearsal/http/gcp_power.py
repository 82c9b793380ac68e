"""Compute Engine's power: stop, start and reset, each an operation; and its serial port."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from rehearsal.clouds.gcp import network, real
from rehearsal.clouds.gcp.machines import started_again
from rehearsal.faults import Refused
from rehearsal.http.manners import is_going
from rehearsal.http.server import Reply

if TYPE_CHECKING:
    from rehearsal.http.manners import Desk
    from rehearsal.inventory import Record

_CONSOLE = 1
"""the number of the port that a machine's console is"""


def act(desk: Desk, verb: str, record: Record) -> Reply:
    """It is done when this returns; what is so already stays so."""
    if is_going(record):
        raise Refused("resourceNotReady", f"The resource '{record.id}' is not ready")
    runs = record.outputs["currentStatus"] == "RUNNING"
    if verb == "stop" and runs:
        _now(desk, verb, real.stopped(record, desk.inventory.now()))
    elif verb == "start" and not runs:
        _now(desk, verb, _started(desk, record))
    elif verb == "reset":
        if not runs:
            raise Refused("resourceNotReady", f"The resource '{record.id}' is not ready")
        desk.hooks.happened("reboot", record)
    number = str(secrets.randbelow(9 * 10**18) + 10**18)
    return Reply.of(
        {
            "id": number,
            "name": number,
            "kind": "compute#operation",
            "operationType": verb,
            "status": "DONE",
            "progress": 100,
            "targetLink": network.LINK + record.id,
        }
    )


def _now(desk: Desk, verb: str, record: Record) -> None:
    desk.inventory.put(record)
    desk.hooks.happened(verb, record)


def _started(desk: Desk, record: Record) -> Record:
    """With another ephemeral address."""
    scene = desk.scene(record)
    interfaces = started_again(scene, [{**one} for one in record.outputs["networkInterfaces"]])
    outputs = {**record.outputs, "currentStatus": "RUNNING", "networkInterfaces": interfaces}
    now = desk.inventory.now().isoformat(timespec="milliseconds")
    untold = {**record.untold, real.LAST_START: now}
    return replace(record, outputs=outputs, address=scene.address, untold=untold)


def port(desk: Desk, record: Record, number: str, start: str) -> Reply:
    """From the `start`-th byte on."""
    text = desk.hooks.console(record) if int(number or _CONSOLE) == _CONSOLE else ""
    first = int(start or 0)
    said = text.encode()[first:].decode(errors="replace")
    end = len(text.encode())
    return Reply.of({"contents": said, "start": str(first), "next": str(end)})
