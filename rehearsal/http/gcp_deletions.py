"""A deletion on Google Cloud is an operation: RUNNING, then DONE, with an error or without."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.gcp import launch, network
from rehearsal.faults import Refused
from rehearsal.http.manners import is_going
from rehearsal.http.server import Reply

if TYPE_CHECKING:
    from rehearsal.http.manners import Desk
    from rehearsal.http.server import Request
    from rehearsal.inventory import Record


class Deletions:
    """What was asked to be deleted, by the number of its operation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._begun: dict[str, tuple[Record, str, dict[str, Any] | None]] = {}

    def begin(self, request: Request, record: Record, place: str) -> Reply:
        """The operation; `place` is the zone or region of it."""
        late = None
        fault = self._desk.inventory.struck("wait", record.kind, record.name)
        if fault:
            code, _, text = fault.error.partition(": ")
            late = {"errors": [{"code": code, "message": text}]}
        elif record.kind not in self._desk.cloud.by_token:
            self._refuse_disk(record)
            self._desk.inventory.remove(record)
        elif not is_going(record):
            self._desk.delete(record)
        number = str(secrets.randbelow(9 * 10**18) + 10**18)
        self._begun[number] = (record, place, late)
        return self._told(request, number)

    def look(self, request: Request, project: str, place: str, number: str) -> Reply:
        """How far it is."""
        found = self._begun.get(number)
        if found is None or found[1] != place or found[0].scope != project:
            raise Refused("notFound", f"The resource 'operations/{number}' was not found")
        return self._told(request, number)

    def _refuse_disk(self, record: Record) -> None:
        users = record.inputs.get("users") or []
        held = [one for one in self._desk.inventory.all(launch.INSTANCE) if one.id in users]
        if held:
            raise Refused(
                "resourceInUseByAnotherResource",
                f"The disk resource '{record.id}' is already being used by '{held[0].id}'",
            )

    def _told(self, request: Request, number: str) -> Reply:
        record, place, late = self._begun[number]
        there = self._desk.inventory.get(record.kind, record.id, record.scope) is not None
        done = bool(late) or not there
        return Reply.of(
            {
                "id": number,
                "name": number,
                "kind": "compute#operation",
                "operationType": "delete",
                "status": "DONE" if done else "RUNNING",
                "progress": 100 if done else 0,
                "targetLink": network.LINK + record.id,
                "selfLink": f"{request.base}/compute/v1/projects/{record.scope}/{place}/"
                f"operations/{number}",
                **({"error": late, "httpErrorStatusCode": 400} if late else {}),
            }
        )
