"""Accounts and roles (IAM), the project's policy, workflows, jobs and alarms over HTTP."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.gcp import alarms, flows, guards, roles
from rehearsal.clouds.gcp.rights import may
from rehearsal.faults import Refused
from rehearsal.http.manners import Desk, unknown
from rehearsal.http.server import Reply, Request

if TYPE_CHECKING:
    from rehearsal.inventory import Record

_FILE = "rehearsal/http/gcp_guards.py"
_MOST = 100
_PATH = re.compile(
    r"/(?P<version>v1|v3)/projects/(?P<project>[^/:]+)(?P<place>/locations/[^/]+)?"
    r"(?:/(?P<what>[a-zA-Z]+)(?:/(?P<name>[^/]+))?"
    r"|:(?P<verb>getIamPolicy|setIamPolicy))"
)
_KINDS = {
    "serviceAccounts": (roles.ACCOUNT, "iam.serviceAccounts", "accounts"),
    "roles": (roles.ROLE, "iam.roles", "roles"),
    "workflows": (flows.FLOW, "workflows.workflows", "workflows"),
    "jobs": (guards.JOB, "cloudscheduler.jobs", "jobs"),
    "alertPolicies": (alarms.POLICY, "monitoring.alertPolicies", "alertPolicies"),
    "notificationChannels": (
        alarms.CHANNEL,
        "monitoring.notificationChannels",
        "notificationChannels",
    ),
}
STATUS = {
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
}


def answer(desk: Desk, request: Request) -> Reply:
    """One call of these services."""
    found = _PATH.fullmatch(request.path)
    if not found or not _is_there(found):
        raise Refused("NOT_FOUND", unknown([f"{request.method} {request.path}"], _FILE))
    project = found["project"]
    if found["verb"]:
        _may(desk, f"resourcemanager.projects.{found['verb']}")
        return _policy(desk, project, found["verb"], json.loads(request.body))
    kind, right, key = _KINDS[found["what"]]
    here = [one for one in desk.seen(kind) if one.scope == project]
    if request.method == "GET" and not found["name"]:
        _may(desk, f"{right}.list")
        start = f"projects/{project}{found['place'] or ''}/"
        return _page(desk, request, key, [one for one in here if one.id.startswith(start)])
    if request.method != "DELETE" or not found["name"]:
        raise Refused("NOT_FOUND", unknown([f"{request.method} {request.path}"], _FILE))
    _may(desk, f"{right}.delete")
    for one in here:
        if f"/{found['version']}/{one.id}" == request.path:
            alarms.refuse_watched(desk.inventory, one)
            seconds = desk.delete(one)
            return Reply.of({"name": f"{one.id}/operations/1", "done": not seconds})
    raise Refused("NOT_FOUND", f"{request.path} was not found")


def _is_there(found: re.Match[str]) -> bool:
    """Monitoring alone has a third version."""
    what = found["what"]
    third = what in {"alertPolicies", "notificationChannels"}
    return (what is None or what in _KINDS) and third == (found["version"] == "v3")


def _may(desk: Desk, permission: str) -> None:
    desk.called(permission)
    service = permission.partition(".")[0].replace("resourcemanager", "cloudresourcemanager")
    if f"{service}.googleapis.com" not in desk.setting("apis"):
        text = f"API {service} has not been used in this project before or it is disabled."
        raise Refused("PERMISSION_DENIED", text)
    if not may(desk.setting, permission):
        raise Refused("PERMISSION_DENIED", f"Permission '{permission}' denied")


def _page(desk: Desk, request: Request, key: str, found: list[Record]) -> Reply:
    strange = request.query.keys() - {"pageToken", "pageSize"}
    if strange:
        raise Refused("INVALID_ARGUMENT", unknown(strange, _FILE))
    most = int(request.query.get("pageSize") or _MOST)
    page, token = desk.page(found, request.query.get("pageToken", ""), most)
    rows = [_view(one) for one in page]
    return Reply.of({key: rows, **({"nextPageToken": token} if token else {})})


def _view(record: Record) -> dict[str, Any]:
    """Labels where the kind has them."""
    labels: dict[str, Any] = {}
    if record.kind in {alarms.POLICY, alarms.CHANNEL}:
        title = record.inputs.get("displayName") or ""
        address = {"labels": record.inputs["labels"]} if record.kind == alarms.CHANNEL else {}
        tags = dict(record.tags)
        return {"name": record.id, "displayName": title, "userLabels": tags, **address}
    if record.kind == flows.FLOW:
        labels = {"labels": dict(record.tags)}
    return {
        "name": record.id,
        "description": record.inputs.get("description") or "",
        **labels,
    }


def _policy(desk: Desk, project: str, verb: str, asked: dict[str, Any]) -> Reply:
    """Of bindings, those of guards; whoever has read it before another wrote is refused."""
    with desk.inventory:
        mine = [one for one in desk.inventory.all(roles.MEMBER) if one.scope == project]
        etag = "-".join(sorted(str(one.outputs["etag"]) for one in mine))
        if verb == "getIamPolicy":
            if asked.get("options", {}).get("requestedPolicyVersion") != _CONDITIONS:
                text = "a policy with conditions is read and written as version 3 alone"
                raise Refused("INVALID_ARGUMENT", text)
            return Reply.of({"version": 3, "etag": etag, "bindings": [_row(one) for one in mine]})
        policy = asked["policy"]
        if policy.get("etag") != etag or policy.get("version") != _CONDITIONS:
            raise Refused("ABORTED", "There were concurrent policy changes.")
        kept = [(row["role"], member) for row in policy["bindings"] for member in row["members"]]
        for one in mine:
            if (one.inputs["role"], one.inputs["member"]) not in kept:
                desk.inventory.remove(one)
        return Reply.of(policy)


_CONDITIONS = 3


def _row(record: Record) -> dict[str, Any]:
    return {
        "role": record.inputs["role"],
        "members": [record.inputs["member"]],
        "condition": record.inputs.get("condition") or {},
    }
