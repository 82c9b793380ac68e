"""Azure's power: off, deallocated, on again; and the log that boot diagnostics keep."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from rehearsal.clouds.azure.real import CHANGED, POWER, powered
from rehearsal.faults import Refused
from rehearsal.http.azure_deletions import WAIT
from rehearsal.http.manners import is_going
from rehearsal.http.server import Reply
from rehearsal.plain import at

if TYPE_CHECKING:
    from rehearsal.http.manners import Desk
    from rehearsal.http.server import Request
    from rehearsal.inventory import Record

LOGS = "/bootdiagnostics/"
_AFTER = {
    "powerOff": "stopped",
    "deallocate": "deallocated",
    "start": "running",
    "restart": "running",
}
"""stopped is billed as before; what is deallocated is not, but for its disk and address"""


class Powers:
    """What was asked for, by the number of its operation, and the logs that were asked for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._done: set[str] = set()
        self._logs: dict[str, str] = {}

    def act(self, request: Request, verb: str, record: Record) -> Reply:
        """202, and where to ask how far it is."""
        if is_going(record):
            raise Refused("Conflict", f"The VM '{record.id}' is being deleted.")
        before, now = power(record), _AFTER[verb]
        if verb == "restart":
            if before != "running":
                raise Refused(
                    "OperationNotAllowed", "Cannot restart VM: it is not running. Start it."
                )
            self._desk.hooks.happened("reboot", record)
        elif before != now:
            changed = powered(record, now, self._desk.inventory.now())
            self._desk.inventory.put(changed)
            if now == "running":
                self._desk.hooks.happened("start", changed)
            elif before == "running":
                self._desk.hooks.happened("stop", changed)
        number = str(uuid.uuid4())
        self._done.add(number)
        where = f"{request.base}/subscriptions/{record.scope}/operationresults/{number}"
        query = urlencode({"api-version": request.query["api-version"]})
        return Reply(202, "", {"Location": f"{where}?{query}", "Retry-After": WAIT})

    def is_done(self, number: str) -> bool:
        return number in self._done

    def diagnostics(self, request: Request, record: Record) -> Reply:
        """Where the log is: who has the link may read it, as with Azure's own."""
        if not any(at(record.inputs, "diagnosticsProfile.bootDiagnostics.enabled")):
            raise Refused("Conflict", "Boot diagnostics is not enabled for this virtual machine.")
        name = secrets.token_urlsafe(24)
        self._logs[name] = self._desk.hooks.console(record)
        link = f"{request.base}{LOGS}{name}"
        return Reply.of({"serialConsoleLogBlobUri": link, "consoleScreenshotBlobUri": None})

    def log(self, path: str) -> Reply:
        text = self._logs.get(path.removeprefix(LOGS))
        return Reply(404) if text is None else Reply(200, text, {"Content-Type": "text/plain"})


def power(record: Record) -> str:
    """running, stopped or deallocated."""
    return str(record.untold.get(POWER, "running"))


def view(record: Record) -> dict[str, Any]:
    """What an instance view says: the time is of what it was last told to do."""
    now = power(record)
    when = record.untold.get(CHANGED, record.created)
    done = {"code": "ProvisioningState/succeeded", "displayStatus": "Provisioning succeeded"}
    return {
        "statuses": [
            {**done, "level": "Info", "time": when},
            {"code": f"PowerState/{now}", "level": "Info", "displayStatus": f"VM {now}"},
        ]
    }
