"""Schedules (EventBridge Scheduler)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import guards
from rehearsal.faults import Refused
from rehearsal.http.manners import Desk, unknown
from rehearsal.http.server import Reply, Request

if TYPE_CHECKING:
    from rehearsal.inventory import Record

_FILE = "rehearsal/http/aws_schedules.py"
_MOST = 100
_PATH = re.compile(r"/schedules(?:/(?P<name>[0-9a-zA-Z_.-]+))?")


def answer(desk: Desk, request: Request, region: str) -> Reply:
    """One call of EventBridge Scheduler."""
    found = _PATH.fullmatch(request.path)
    name = found["name"] if found else None
    call = {
        ("GET", False): "ListSchedules",
        ("GET", True): "GetSchedule",
        ("DELETE", True): "DeleteSchedule",
    }.get((request.method, bool(name)))
    strange = request.query.keys() - _TAKES.get(call or "", set())
    if found is None or call is None or strange:
        what = strange or [f"{request.method} {request.path}"]
        raise Refused("ValidationException", unknown(what, _FILE))
    desk.called(call, region)
    if f"scheduler:{call}" in desk.setting("denied"):
        raise Refused("AccessDeniedException", f"not authorized to perform: scheduler:{call}")
    here = [one for one in desk.seen(guards.SCHEDULE) if one.scope == region]
    if name is None:
        return _schedules(desk, request, here)
    for one in here:
        if one.inputs["name"] == name:
            if call == "GetSchedule":
                return Reply.of({**_schedule(one), "Target": _target(one)})
            desk.delete(one)
            return Reply.of({})
    raise Refused("ResourceNotFoundException", f"Schedule {name} does not exist.")


_TAKES = {
    "ListSchedules": {"ScheduleGroup", "NamePrefix", "NextToken", "MaxResults"},
    "GetSchedule": {"groupName"},
    "DeleteSchedule": {"groupName", "clientToken"},
}


def _schedules(desk: Desk, request: Request, here: list[Record]) -> Reply:
    prefix = request.query.get("NamePrefix", "")
    found = [_schedule(one) for one in here if one.inputs["name"].startswith(prefix)]
    most = int(request.query.get("MaxResults") or _MOST)
    page, token = desk.page(found, request.query.get("NextToken") or "", most)
    return Reply.of({"Schedules": list(page), **({"NextToken": token} if token else {})})


def _schedule(record: Record) -> dict[str, Any]:
    return {
        "Arn": record.outputs["arn"],
        "GroupName": "default",
        "Name": record.inputs["name"],
        "State": record.outputs["state"],
    }


def _target(record: Record) -> dict[str, Any]:
    asked = record.inputs["target"]
    return {"Arn": asked["arn"], "RoleArn": asked["roleArn"], "Input": asked["input"]}
