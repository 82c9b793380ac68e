"""What ends a lab when nobody does: a schedule that really fires, and what it starts."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import alarms, roles
from rehearsal.clouds.aws.launch import INSTANCE
from rehearsal.clouds.aws.policies import allowed, trusts
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Record
    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

SCHEDULE = alarms.SCHEDULE
FIRED_AT = "firedAt"

_RUNBOOK = "AWS-TerminateEC2Instance"
_STARTS = "arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution"
_EVERY = re.compile(r"rate\((\d+) (minutes?|hours?|days?)\)")


def _well_said(inputs: Inputs) -> Iterator[Problem]:
    expression = inputs.get("scheduleExpression")
    if isinstance(expression, str) and not _EVERY.fullmatch(expression):
        text = f"{expression!r}: the stand-in knows rate(1 hour) and the like"
        yield "scheduleExpression", f"{text}: add to rehearsal/clouds/aws/guards.py"
    for name in ("startDate", "endDate"):
        value = inputs.get(name)
        if isinstance(value, str) and not re.fullmatch(r"\d{4}(-\d\d){2}T(\d\d:){2}\d\dZ", value):
            yield name, f"{value!r} is not in RFC 3339 form, in UTC"


def _make_schedule(scene: Scene) -> Outputs:
    roles.refuse_denied(scene, "scheduler:CreateSchedule")
    target = scene.inputs["target"]
    taker = roles.by_arn(scene, target["roleArn"])
    account = str(scene.setting("account"))
    if taker is None or not trusts(
        taker.inputs["assumeRolePolicy"], "scheduler.amazonaws.com", account
    ):
        raise Refused(
            "ValidationException",
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the "
            "role.",
        )
    order = _order(scene)
    if target["arn"] == _STARTS:
        strange = order.keys() - _TAKES
        if strange:
            text = f"Provided Input is not valid: unknown {min(strange)}"
            raise Refused("ValidationException", text)
    elif not alarms.MACHINE_ARN.fullmatch(target["arn"]):
        raise Refused(
            "ValidationException", f"{target['arn']} is not a supported service for a target."
        )
    if str(scene.inputs.get("startDate", "")) >= str(scene.inputs.get("endDate", "9")):
        raise Refused(
            "ValidationException", "The StartDate you specify must come before the EndDate."
        )
    name = scene.inputs["name"]
    place = f"arn:aws:scheduler:{scene.scope}:{account}"
    return {
        "arn": f"{place}:schedule/default/{name}",
        "groupName": "default",
        "state": scene.inputs.get("state", "ENABLED"),
    }


_TAKES = {"DocumentName", "Parameters", "TargetParameterName", "Targets"} | {
    "MaxConcurrency",
    "MaxErrors",
}


def _order(scene: Scene) -> dict[str, Any]:
    try:
        return dict(json.loads(scene.inputs["target"]["input"]))
    except (ValueError, KeyError, TypeError):
        raise Refused("ValidationException", "Provided Input is not valid JSON.") from None


def _ends(scene: Scene) -> str | None:
    """When it fires next."""
    start, end = (_instant(scene.inputs.get(one)) for one in ("startDate", "endDate"))
    found = _EVERY.fullmatch(str(scene.inputs["scheduleExpression"]))
    if found is None or scene.inputs.get("state") == "DISABLED":
        return None
    every = dt.timedelta(**{found[2].rstrip("s") + "s": int(found[1])})
    last = scene.existing.outputs.get(FIRED_AT)
    created = dt.datetime.fromisoformat(scene.existing.created)
    due = dt.datetime.fromisoformat(last) + every if last else start or created + every
    due = max(due, start or due)
    return None if end is not None and due > end else due.isoformat()


def _instant(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _fires(scene: Scene) -> Record:
    """Starts what it is to start, as far as its role lets it."""
    target, now = scene.inputs["target"], scene.inventory.now()
    if target["arn"] == _STARTS:
        services = ("scheduler.amazonaws.com", "ssm.amazonaws.com")
        _ends_machines(scene, roles.taken(scene, target["roleArn"], *services))
    else:
        rights = roles.taken(scene, target["roleArn"], "scheduler.amazonaws.com")
        if allowed(rights, "states:StartExecution", target["arn"]):
            alarms.start(scene, target["arn"], _order(scene))
    fired = {**scene.existing.outputs, FIRED_AT: now.isoformat()}
    return replace(scene.existing, outputs=fired)


def _ends_machines(scene: Scene, rights: list[str]) -> None:
    """Of those that carry the tag now, all that the role may end."""
    order = _order(scene)
    documents = f"arn:aws:ssm:{scene.scope}::automation-definition/{_RUNBOOK}:$DEFAULT"
    passed = {"iam:PassedToService": "ssm.amazonaws.com"}
    role_arn = order["Parameters"]["AutomationAssumeRole"][0]
    if (
        order["DocumentName"] == _RUNBOOK
        and allowed(rights, "ssm:StartAutomationExecution", documents)
        and allowed(rights, "iam:PassRole", role_arn, passed)
        and allowed(rights, "ec2:DescribeInstances", "*")
        and allowed(rights, "tag:GetResources", "*")
    ):
        for one in _targets(scene, order):
            context = {f"aws:ResourceTag/{key}": value for key, value in one.tags.items()}
            if allowed(rights, "ec2:TerminateInstances", str(one.outputs["arn"]), context):
                scene.ends(one)


def _targets(scene: Scene, order: dict[str, Any]) -> list[Record]:
    (target,) = order["Targets"]
    key = target["Key"].removeprefix("tag:")
    return [one for one in scene.others(INSTANCE) if one.tags.get(key) in target["Values"]]


schedule = Kind(
    SCHEDULE,
    id=lambda scene: f"default/{scene.inputs['name']}",
    title="EventBridge Scheduler Schedule",
    calls={"create": "CreateSchedule", "update": "UpdateSchedule", "delete": "DeleteSchedule"},
    takes="name description scheduleExpression startDate endDate state flexibleTimeWindow.mode "
    "target.arn target.roleArn target.input target.retryPolicy.maximumRetryAttempts "
    "target.retryPolicy.maximumEventAgeInSeconds region",
    needs="scheduleExpression flexibleTimeWindow target",
    replaces="name region",
    names=Names(
        "name",
        re.compile(r"[0-9a-zA-Z_.-]{1,64}"),
        "may have 1 to 64 letters, digits and _.-",
        taken="ConflictException: Schedule {value} already exists.",
        auto=lambda name, digits: f"{name}-{digits[:7]}",
    ),
    missing="ResourceNotFoundException: Schedule {value} does not exist.",
    computes="groupName state",
    checks=(_well_said,),
    makes=_make_schedule,
    changes=_make_schedule,
    ends=_ends,
    ended=_fires,
)

KINDS = (schedule,)
