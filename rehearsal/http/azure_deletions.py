"""A deletion in Azure is a long operation: 202 and a Location, where 202 stands until it ends."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from rehearsal.faults import Refused
from rehearsal.http.manners import is_going
from rehearsal.http.server import Reply

if TYPE_CHECKING:
    from rehearsal.http.manners import Desk
    from rehearsal.http.server import Request
    from rehearsal.inventory import Record

WAIT = "1"
"""seconds after which to ask again"""


class Deletions:
    """What was asked to be deleted, by the number of its operation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._begun: dict[str, tuple[Record, Refused | None]] = {}

    def begin(self, request: Request, record: Record) -> Reply:
        """202, and where to ask how far it is."""
        late = None
        fault = self._desk.inventory.struck("wait", record.kind, record.name)
        if fault:
            late = Refused.said(fault.error)
        elif record.kind not in self._desk.cloud.by_token:
            self._desk.inventory.remove(record)  # a disk, a role: nothing holds it
        elif not is_going(record):
            self._desk.delete(record)
        number = str(uuid.uuid4())
        self._begun[number] = (record, late)
        where = f"{request.base}/subscriptions/{record.scope}/operationresults/{number}"
        query = urlencode({"api-version": request.query["api-version"]})
        return Reply(202, "", {"Location": f"{where}?{query}", "Retry-After": "0"})

    def look(self, request: Request, number: str) -> Reply:
        """How far it is; raises Refused when it failed late."""
        if number not in self._begun:
            raise Refused("ResourceNotFound", f"The operation '{number}' was not found.")
        record, late = self._begun[number]
        if late:
            raise late
        if self._desk.inventory.get(record.kind, record.id, record.scope) is None:
            return Reply(200)
        where = f"{request.base}{request.path}?{urlencode(request.query)}"
        return Reply(202, "", {"Location": where, "Retry-After": WAIT})
