"""What ends a lab when nobody does: a job that starts its workflow, as its account may."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.gcp import flows
from rehearsal.clouds.gcp.launch import INSTANCE
from rehearsal.clouds.gcp.network import missing
from rehearsal.clouds.gcp.roles import may, need_account
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs, Problem
from rehearsal.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Record
    from rehearsal.kinds import Inputs

JOB = "gcp:cloudscheduler/job:Job"
FIRED_AT = "firedAt"
_FILE = "rehearsal/clouds/gcp/guards.py"


_EVERY = re.compile(r"\*/(\d{1,2}) \* \* \* \*")
_EXECUTIONS = "https://workflowexecutions.googleapis.com/v1/"


def _readable(inputs: Inputs) -> Iterator[Problem]:
    schedule = inputs.get("schedule")
    if isinstance(schedule, str) and not _EVERY.fullmatch(schedule):
        yield "schedule", f"the stand-in knows */10 * * * * and the like: add to {_FILE}"


def _make_job(scene: Scene) -> Outputs:
    target = scene.inputs["httpTarget"]
    email = str(scene.get("httpTarget.oauthToken.serviceAccountEmail"))
    need_account(scene, email)
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
    for one in scene.others(flows.FLOW):
        if one.id == wanted and _may(scene, "workflows.executions.create"):
            order = flows.read(str(one.inputs["sourceContents"]))
            early = order.waits and isinstance(expires, int) and now.timestamp() < expires
            if order.deletes and not early:
                _delete(scene, order)
    fired = {**scene.existing.outputs, FIRED_AT: now.isoformat()}
    return replace(scene.existing, outputs=fired)


def _may(scene: Scene, permission: str, instance: str = "") -> bool:
    email = str(scene.get("httpTarget.oauthToken.serviceAccountEmail"))
    return may(scene, email, permission, instance)


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


def _delete(scene: Scene, order: flows.Order) -> None:
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

KINDS = (job,)
