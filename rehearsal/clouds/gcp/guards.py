"""What ends a lab when nobody does: an account, its role, a workflow, and a job that starts it."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.gcp.launch import INSTANCE
from rehearsal.clouds.gcp.network import missing, names
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs, Problem, Ref
from rehearsal.plain import at
from rehearsal.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Record
    from rehearsal.kinds import Inputs

ACCOUNT = "gcp:serviceaccount/account:Account"
ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
MEMBER = "gcp:projects/iAMMember:IAMMember"
FLOW = "gcp:workflows/workflow:Workflow"
JOB = "gcp:cloudscheduler/job:Job"
FIRED_AT = "firedAt"
_FILE = "rehearsal/clouds/gcp/guards.py"


# --- who it is, and what it may -----------------------------------------------------------------


def _make_account(scene: Scene) -> Outputs:
    email = f"{scene.inputs['accountId']}@{scene.scope}.iam.gserviceaccount.com"
    return {
        "email": email,
        "member": f"serviceAccount:{email}",
        "name": f"projects/{scene.scope}/serviceAccounts/{email}",
        "uniqueId": str(secrets.randbelow(9 * 10**20) + 10**20),
        "project": scene.scope,
    }


account = Kind(
    ACCOUNT,
    id=lambda scene: (
        f"projects/{scene.scope}/serviceAccounts/"
        f"{scene.inputs['accountId']}@{scene.scope}.iam.gserviceaccount.com"
    ),
    title="ServiceAccount",
    takes="accountId displayName description project",
    replaces="accountId project",
    names=Names(
        "accountId",
        re.compile("[a-z][a-z0-9-]{4,28}[a-z0-9]"),
        "{value!r} doesn't match regexp '^[a-z](?:[-a-z0-9]{{4,28}}[a-z0-9])$'",
        taken="alreadyExists: Service account {value} already exists within project",
        within="project",
        auto=None,
    ),
    missing=missing("service account"),
    computes="project",
    makes=_make_account,
    changes=_make_account,
)


def _make_custom(scene: Scene) -> Outputs:
    known = {"compute.instances", "compute.zoneOperations", "workflows.executions"}
    for one in scene.inputs["permissions"]:
        if one.rpartition(".")[0] not in known:
            raise Refused("invalid", f"Permission {one} is not valid. (or is not in {_FILE} yet)")
    name = f"projects/{scene.scope}/roles/{scene.inputs['roleId']}"
    return {"name": name, "project": scene.scope, "deleted": False}


custom = Kind(
    ROLE,
    id=lambda scene: f"projects/{scene.scope}/roles/{scene.inputs['roleId']}",
    title="Custom Project Role",
    takes="roleId title description permissions stage project",
    defaults={"stage": "GA"},
    replaces="roleId project",
    unordered="permissions",
    names=Names(
        "roleId",
        re.compile("[A-Za-z0-9_.]{3,64}"),
        "{value!r} doesn't match regexp '^[a-zA-Z0-9_.]{{3,64}}$'",
        taken="alreadyExists: A role named {value} in projects already exists.",
        within="project",
        auto=None,
    ),
    missing=missing("role"),
    computes="project",
    makes=_make_custom,
    changes=_make_custom,
)


def _make_member(scene: Scene) -> Outputs:
    role, member = scene.inputs["role"], str(scene.inputs["member"])
    if scene.find(ROLE, role) is None and not str(role).startswith("roles/"):
        raise Refused("invalid", f"Role {role} does not exist in the resource's hierarchy.")
    known = [one.outputs["member"] for one in scene.others(ACCOUNT)]
    if member.startswith("serviceAccount:") and member not in known:
        raise Refused("invalid", f"Service account {member} does not exist.")
    expression = scene.get("condition.expression")
    if expression is not None and not _CONDITION.fullmatch(expression):
        raise Refused("", f"the stand-in can't read this condition: add to {_FILE}: {expression}")
    return {"etag": secrets.token_urlsafe(8)}


_CONDITION = re.compile(
    r'resource\.type != "compute\.googleapis\.com/Instance" \|\| '
    r'resource\.name\.extract\("/instances/\{name\}"\)\.startsWith\("(?P<prefix>[a-z0-9-]+)"\)'
)

member = Kind(
    MEMBER,
    id=lambda scene: f"{scene.scope}/{scene.inputs['role']}/{scene.inputs['member']}",
    title="IAM Member",
    takes="project role member condition.title condition.expression condition.description",
    replaces="project role member condition",
    refers={"role": Ref(ROLE, "invalid: Role {value} does not exist.", holds=False)},
    missing=missing("binding"),
    makes=_make_member,
)


# --- the workflow -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Order:
    """What a workflow does, as far as the stand-in can read it."""

    labels: dict[str, str]
    deletes: bool
    waits: bool


def _read(source: str) -> _Order:
    """Raises Refused for what Workflows refuses, and for what only the stand-in can't run."""
    try:
        steps = json.loads(source)["main"]["steps"]
    except (ValueError, KeyError, TypeError):
        raise Refused("invalid", "main.workflow: parse error: no main, or no steps") from None
    calls = dict(_calls(steps))
    strange = calls.keys() - {_LIST, _DELETE}
    if strange or _LIST not in calls:
        raise Refused("", f"the stand-in can't run {sorted(strange)}: add to {_FILE}")
    text = str(calls[_LIST].get("filter", ""))
    labels = dict(re.findall(r"labels\.([\w-]+)=([\w-]+)", text))
    if " AND ".join(f"labels.{key}={value}" for key, value in labels.items()) != text:
        raise Refused("invalid", f"Invalid value for field 'filter': '{text}'.")
    return _Order(labels, _DELETE in calls, "${sys.now() < order.expires}" in source)


_LIST = "googleapis.compute.v1.instances.aggregatedList"
_DELETE = "googleapis.compute.v1.instances.delete"


def _calls(value: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every call in it, and its arguments."""
    if isinstance(value, dict):
        if isinstance(value.get("call"), str):
            yield value["call"], value.get("args", {})
        for item in value.values():
            yield from _calls(item)
    elif isinstance(value, list):
        for item in value:
            yield from _calls(item)


def _make_flow(scene: Scene) -> Outputs:
    _read(str(scene.inputs["sourceContents"]))
    _known_account(scene, str(scene.inputs.get("serviceAccount")))
    revision = 1 + (int(scene.old.outputs["revisionId"][:6]) if scene.old else 0)
    now = scene.inventory.now().isoformat(timespec="seconds")
    labels = {**(scene.inputs.get("labels") or {}), "goog-pulumi-provisioned": "true"}
    return {
        "project": scene.scope,
        "state": "ACTIVE",
        "revisionId": f"{revision:06}-{secrets.token_hex(2)[:3]}",
        "createTime": scene.old.outputs["createTime"] if scene.old else now,
        "updateTime": now,
        "effectiveLabels": labels,
        "pulumiLabels": labels,
    }


def _known_account(scene: Scene, email: str) -> None:
    if email not in [one.outputs["email"] for one in scene.others(ACCOUNT)]:
        raise Refused("invalid", f"Service account {email} does not exist.")


flow = Kind(
    FLOW,
    id=lambda scene: (
        f"projects/{scene.scope}/locations/{scene.inputs['region']}/workflows/"
        f"{scene.inputs['name']}"
    ),
    title="Workflow",
    takes="name region project description serviceAccount sourceContents labels deletionProtection",
    needs="region",
    defaults={"deletionProtection": True},
    replaces="name region project",
    names=names("project region"),
    missing=missing("workflow"),
    tags="labels",
    computes="project",
    makes=_make_flow,
    changes=_make_flow,
    seconds={"create": 10, "update": 10, "delete": 5},
)


# --- the job ------------------------------------------------------------------------------------

_EVERY = re.compile(r"\*/(\d{1,2}) \* \* \* \*")
_EXECUTIONS = "https://workflowexecutions.googleapis.com/v1/"


def _readable(inputs: Inputs) -> Iterator[Problem]:
    schedule = inputs.get("schedule")
    if isinstance(schedule, str) and not _EVERY.fullmatch(schedule):
        yield "schedule", f"the stand-in knows */10 * * * * and the like: add to {_FILE}"


def _make_job(scene: Scene) -> Outputs:
    target = scene.inputs["httpTarget"]
    email = str(scene.get("httpTarget.oauthToken.serviceAccountEmail"))
    _known_account(scene, email)
    if not str(target["uri"]).startswith(_EXECUTIONS):
        raise Refused("", f"the stand-in knows jobs that start a workflow: add to {_FILE}")
    try:
        base64.b64decode(str(target.get("body", "")), validate=True)
    except ValueError:
        raise Refused("invalid", "illegal base64 data: body must be base64") from None
    return {"project": scene.scope, "state": "ENABLED"}


def _ends(scene: Scene) -> str | None:
    """When it fires next."""
    found = _EVERY.fullmatch(str(scene.inputs["schedule"]))
    if found is None or scene.inputs.get("paused"):
        return None
    order = _argument(scene)
    step = int(found[1]) * 60
    last = scene.existing.outputs.get(FIRED_AT) or scene.existing.created
    # those before the deadline do nothing, and are not played
    start = max(dt.datetime.fromisoformat(last).timestamp(), float(order.get("expires", 0)) - 1)
    return dt.datetime.fromtimestamp((start // step + 1) * step, dt.UTC).isoformat()


def _argument(scene: Scene) -> dict[str, Any]:
    body = base64.b64decode(str(scene.get("httpTarget.body") or ""))
    try:
        return dict(json.loads(json.loads(body)["argument"]))
    except (ValueError, KeyError, TypeError):
        return {}


def _fires(scene: Scene) -> Record:
    """Starts the workflow, as far as its account may."""
    now = scene.inventory.now()
    wanted = str(scene.get("httpTarget.uri")).removeprefix(_EXECUTIONS).removesuffix("/executions")
    expires = _argument(scene).get("expires")
    for one in scene.others(FLOW):
        if one.id == wanted and _may(scene, "workflows.executions.create"):
            order = _read(str(one.inputs["sourceContents"]))
            early = order.waits and isinstance(expires, int) and now.timestamp() < expires
            if order.deletes and not early:
                _delete(scene, order)
    fired = {**scene.existing.outputs, FIRED_AT: now.isoformat()}
    return replace(scene.existing, outputs=fired)


def _may(scene: Scene, permission: str, instance: str = "") -> bool:
    """Whether its account has a role with this permission, under a condition that holds."""
    email = scene.get("httpTarget.oauthToken.serviceAccountEmail")
    for one in scene.others(MEMBER):
        role = scene.find(ROLE, one.inputs["role"])
        condition = next(at(one.inputs, "condition.expression"), "")
        found = _CONDITION.fullmatch(str(condition))
        own = not instance or not found or instance.startswith(found["prefix"])
        if (
            one.inputs["member"] == f"serviceAccount:{email}"
            and role is not None
            and permission in role.inputs["permissions"]
            and own
        ):
            return True
    return False


def works(scene: Scene, flow_id: str) -> bool:
    """Whether a job starts this workflow now, and it ends well: for the alarm."""
    for one in scene.others(JOB):
        asks = Scene(scene.cloud, scene.inventory, scene.hooks, scene.config, one.inputs, kind=job)
        asks.stands_for(one, frozenset())
        starts = str(asks.get("httpTarget.uri")) == f"{_EXECUTIONS}{flow_id}/executions"
        if not starts or one.inputs.get("paused") or not _may(asks, "workflows.executions.create"):
            continue
        now = scene.inventory.now().timestamp()
        early = now < float(_argument(asks).get("expires", 0))
        return early or all(_may(asks, f"compute.instances.{verb}") for verb in ("list", "delete"))
    return False


def _delete(scene: Scene, order: _Order) -> None:
    if not _may(scene, "compute.instances.list"):
        return
    for one in scene.others(INSTANCE):
        name = str(one.inputs["name"])
        fits = all(one.tags.get(key) == value for key, value in order.labels.items())
        if fits and _may(scene, "compute.instances.delete", name):
            scene.ends(one)


job = Kind(
    JOB,
    id=lambda scene: (
        f"projects/{scene.scope}/locations/{scene.inputs['region']}/jobs/{scene.inputs['name']}"
    ),
    title="Job",
    takes="name region project description schedule timeZone paused httpTarget.uri "
    "httpTarget.httpMethod httpTarget.headers httpTarget.body "
    "httpTarget.oauthToken.serviceAccountEmail httpTarget.oauthToken.scope "
    "retryConfig.retryCount attemptDeadline",
    needs="region schedule httpTarget",
    replaces="name region project",
    names=Names(
        "name",
        re.compile("[A-Za-z0-9_-]{1,500}"),
        "{value!r}: a job's name may have letters, digits, - and _",
        taken="alreadyExists: Job {id} already exists.",
        within="project region",
    ),
    missing=missing("job"),
    computes="project",
    checks=(_readable,),
    makes=_make_job,
    changes=_make_job,
    ends=_ends,
    ended=_fires,
    seconds={"create": 2, "update": 2, "delete": 2},
)

KINDS = (account, custom, member, flow, job)
