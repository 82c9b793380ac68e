"""What ends a lab when nobody does: a role, its policy, and a schedule that really fires."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws.launch import INSTANCE
from rehearsal.clouds.aws.policies import allowed, statements, trusts
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs, Problem, Ref
from rehearsal.scene import Scene, hexadecimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Record
    from rehearsal.kinds import Inputs

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"
SCHEDULE = "aws:scheduler/schedule:Schedule"

_NAME = re.compile(r"[\w+=,.@-]{1,64}")
_RULE = "may have 1 to 64 letters, digits and +=,.@_-"
FIRED_AT = "firedAt"


# --- roles --------------------------------------------------------------------------------------


def _arn(scene: Scene, what: str) -> str:
    return f"arn:aws:iam::{scene.setting('account')}:{what}"


def _make_role(scene: Scene) -> Outputs:
    statements(str(scene.inputs["assumeRolePolicy"]))
    _refuse_denied(scene, "iam:CreateRole")
    name = scene.inputs["name"]
    return {
        "arn": _arn(scene, f"role/{name}"),
        "uniqueId": f"AROA{hexadecimal(16).upper()}",
        "createDate": scene.inventory.now().isoformat(timespec="seconds"),
    }


def _refuse_denied(scene: Scene, action: str) -> None:
    """A trainer without the right hears it in IAM's own words."""
    if action in scene.setting("denied"):
        raise Refused(
            "AccessDenied",
            f"User: {_arn(scene, 'user/trainer')} is not authorized to perform: {action} because "
            "no identity-based policy allows the action",
        )


role = Kind(
    ROLE,
    id=lambda scene: str(scene.inputs["name"]),
    title="IAM Role",
    calls={"create": "CreateRole", "update": "UpdateRole", "delete": "DeleteRole"},
    takes="name description assumeRolePolicy path maxSessionDuration forceDetachPolicies tags",
    needs="assumeRolePolicy",
    defaults={"path": "/", "maxSessionDuration": 3600, "forceDetachPolicies": False},
    replaces="name path",
    names=Names(
        "name",
        _NAME,
        _RULE,
        taken="EntityAlreadyExists: Role with name {value} already exists.",
        auto=lambda name, digits: f"{name}-{digits[:7]}",
    ),
    missing="NoSuchEntity: The role with name {value} cannot be found.",
    in_use="DeleteConflict: Cannot delete entity, must delete policies first.",
    makes=_make_role,
    changes=lambda scene: dict(scene.existing.outputs),
)


def _make_policy(scene: Scene) -> Outputs:
    statements(str(scene.inputs["policy"]))
    return {}


policy = Kind(
    POLICY,
    id=lambda scene: f"{scene.inputs['role']}:{scene.inputs['name']}",
    title="IAM Role Policy",
    calls={"create": "PutRolePolicy", "update": "PutRolePolicy", "delete": "DeleteRolePolicy"},
    takes="name role policy",
    replaces="name role",
    names=Names("name", _NAME, _RULE, auto=lambda name, digits: f"{name}-{digits[:7]}"),
    refers={"role": Ref(ROLE)},
    missing="NoSuchEntity: The role policy with name {value} cannot be found.",
    makes=_make_policy,
    changes=_make_policy,
)


# --- schedules ----------------------------------------------------------------------------------

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
    _refuse_denied(scene, "scheduler:CreateSchedule")
    target = scene.inputs["target"]
    taker = _role_of(scene)
    account = str(scene.setting("account"))
    if taker is None or not trusts(
        taker.inputs["assumeRolePolicy"], "scheduler.amazonaws.com", account
    ):
        raise Refused(
            "ValidationException",
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the "
            "role.",
        )
    if target["arn"] != _STARTS:
        raise Refused(
            "ValidationException", f"{target['arn']} is not a supported service for a target."
        )
    order = _order(scene)
    strange = order.keys() - _TAKES
    if strange:
        raise Refused("ValidationException", f"Provided Input is not valid: unknown {min(strange)}")
    if str(scene.inputs.get("startDate")) >= str(scene.inputs.get("endDate", "9")):
        raise Refused(
            "ValidationException", "The StartDate you specify must come before the EndDate."
        )
    name = scene.inputs["name"]
    place = f"arn:aws:scheduler:{scene.scope}:{account}"
    return {"arn": f"{place}:schedule/default/{name}", "groupName": "default", "state": "ENABLED"}


_TAKES = {"DocumentName", "Parameters", "TargetParameterName", "Targets"} | {
    "MaxConcurrency",
    "MaxErrors",
}


def _order(scene: Scene) -> dict[str, Any]:
    try:
        return dict(json.loads(scene.inputs["target"]["input"]))
    except (ValueError, KeyError, TypeError):
        raise Refused("ValidationException", "Provided Input is not valid JSON.") from None


def _role_of(scene: Scene) -> Record | None:
    arn = scene.inputs["target"]["roleArn"]
    return next((one for one in scene.inventory.all(ROLE) if one.outputs["arn"] == arn), None)


def _ends(scene: Scene) -> str | None:
    """When it fires next."""
    start, end = (_instant(scene.inputs.get(one)) for one in ("startDate", "endDate"))
    found = _EVERY.fullmatch(str(scene.inputs["scheduleExpression"]))
    if start is None or found is None or scene.inputs.get("state") == "DISABLED":
        return None
    every = dt.timedelta(**{found[2].rstrip("s") + "s": int(found[1])})
    last = scene.existing.outputs.get(FIRED_AT)
    due = max(start, dt.datetime.fromisoformat(last) + every) if last else start
    return None if end is not None and due > end else due.isoformat()


def _instant(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _fires(scene: Scene) -> Record:
    """Ends what carries the tag now, as far as the role lets it."""
    order, now = _order(scene), scene.inventory.now()
    rights = _rights(scene)
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
    fired = {**scene.existing.outputs, FIRED_AT: now.isoformat()}
    return replace(scene.existing, outputs=fired)


def _rights(scene: Scene) -> list[str]:
    """What its role may do; nothing when the role was taken away, or no longer trusts."""
    taker, account = _role_of(scene), str(scene.setting("account"))
    if taker is None or not all(
        trusts(taker.inputs["assumeRolePolicy"], service, account)
        for service in ("scheduler.amazonaws.com", "ssm.amazonaws.com")
    ):
        return []
    return [
        str(one.inputs["policy"])
        for one in scene.inventory.all(POLICY)
        if one.inputs["role"] == taker.id
    ]


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

KINDS = (role, policy, schedule)
