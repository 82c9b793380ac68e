"""Who may do what (Cloud Resource Manager), and which interfaces are enabled (Service Usage)."""

from __future__ import annotations

import json
import re

from rehearsal.clouds.gcp.rights import may
from rehearsal.faults import Refused
from rehearsal.http.manners import Desk, unknown
from rehearsal.http.server import Reply, Request

_FILE = "rehearsal/http/gcp_rights.py"
_PATH = re.compile(
    r"/v1/projects/(?P<project>[^/:]+)(?::testIamPermissions|/services/(?P<api>[a-z.]+))"
)
_PERMISSION = re.compile(r"[a-z]+(\.[a-zA-Z]+){2}")
_MOST = 100


def fits(request: Request) -> bool:
    """Whether it is a call of these two."""
    return bool(_PATH.fullmatch(request.path))


def answer(desk: Desk, request: Request) -> Reply:
    found = _PATH.fullmatch(request.path)
    if not found or request.query or request.method != ("GET" if found["api"] else "POST"):
        raise Refused("NOT_FOUND", unknown([f"{request.method} {request.path}"], _FILE))
    return _service(desk, *found.groups()) if found["api"] else _permissions(desk, request)


def _service(desk: Desk, project: str, api: str) -> Reply:
    right = "serviceusage.services.get"
    desk.called(right, api)
    if not may(desk.setting, right):
        raise Refused("PERMISSION_DENIED", f"Permission '{right}' denied")
    state = "ENABLED" if api in desk.setting("apis") else "DISABLED"
    return Reply.of({"name": f"projects/{project}/services/{api}", "state": state})


def _permissions(desk: Desk, request: Request) -> Reply:
    """Whoever is let in may ask for their own."""
    desk.called("resourcemanager.projects.testIamPermissions")
    asked = json.loads(request.body)["permissions"]
    strange = [one for one in asked if not _PERMISSION.fullmatch(one)]
    if strange:
        text = f"Permission {strange[0]} is not valid for this resource."
        raise Refused("INVALID_ARGUMENT", text)
    if len(asked) > _MOST:
        raise Refused("INVALID_ARGUMENT", f"At most {_MOST} permissions can be tested at once.")
    granted = [one for one in asked if may(desk.setting, one)]
    return Reply.of({"permissions": granted} if granted else {})
