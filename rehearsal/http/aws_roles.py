"""Roles (IAM), which is the same in all regions, and what a trainer's own policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import policies, roles
from rehearsal.faults import Refused
from rehearsal.http.aws_views import tags
from rehearsal.http.manners import Desk, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.inventory import Record

_FILE = "rehearsal/http/aws_roles.py"
_MOST = 100


def answer(desk: Desk, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """One call of IAM."""
    if f"iam:{name}" in desk.setting("denied"):
        raise Refused("AccessDenied", f"User is not authorized to perform: iam:{name}")
    if name not in _IAM:
        raise Refused("InvalidAction", unknown([f"the call {name}"], _FILE))
    return _IAM[name](desk, asked)


def _list_roles(desk: Desk, asked: Mapping[str, Any]) -> dict[str, Any]:
    return _page(desk, "Roles", [_role(one) for one in desk.seen(roles.ROLE)], asked)


def _get_role(desk: Desk, asked: Mapping[str, Any]) -> dict[str, Any]:
    one = _one_role(desk, asked)
    return {"Role": {**_role(one), "Tags": tags(one.tags)}}


def _list_policies(desk: Desk, asked: Mapping[str, Any]) -> dict[str, Any]:
    mine = _policies(desk, _one_role(desk, asked))
    return _page(desk, "PolicyNames", [one.inputs["name"] for one in mine], asked)


def _delete_policy(desk: Desk, asked: Mapping[str, Any]) -> dict[str, Any]:
    for one in _policies(desk, _one_role(desk, asked)):
        if one.inputs["name"] == asked["PolicyName"]:
            desk.delete(one)
            return {}
    raise Refused("NoSuchEntity", f"The role policy {asked['PolicyName']} cannot be found.")


def _delete_role(desk: Desk, asked: Mapping[str, Any]) -> dict[str, Any]:
    desk.delete(_one_role(desk, asked))
    return {}


def _simulate(desk: Desk, asked: Mapping[str, Any]) -> dict[str, Any]:
    """By the trainer's policy; what the stand-in refuses is denied by something above it."""
    strange = asked.keys() - {"PolicySourceArn", "ActionNames", "ResourceArns", "ContextEntries"}
    if strange:
        raise Refused("InvalidInput", unknown(strange, _FILE))
    mine = f"arn:aws:iam::{desk.setting('account')}:user/trainer"
    if asked["PolicySourceArn"] != mine:
        raise Refused("NoSuchEntity", f"{asked['PolicySourceArn']} cannot be found.")
    context = {
        one["ContextKeyName"]: one["ContextKeyValues"][0]
        for one in asked.get("ContextEntries") or []
    }
    rows = [
        {
            "EvalActionName": action,
            "EvalResourceName": arn,
            "EvalDecision": decision(desk, action, arn, context),
        }
        for action in asked["ActionNames"]
        for arn in asked.get("ResourceArns") or ["*"]
    ]
    return {"EvaluationResults": rows, "IsTruncated": False}


def decision(desk: Desk, action: str, arn: str, context: Mapping[str, str]) -> str:
    """allowed, or which kind of deny, in IAM's words."""
    if action in desk.setting("denied"):
        return "explicitDeny"
    policy = desk.setting("policy")
    good = not policy or policies.allowed([policy], action, arn, context)
    return "allowed" if good else "implicitDeny"


_IAM = {
    "SimulatePrincipalPolicy": _simulate,
    "ListRoles": _list_roles,
    "GetRole": _get_role,
    "ListRolePolicies": _list_policies,
    "DeleteRolePolicy": _delete_policy,
    "DeleteRole": _delete_role,
}


def _page(desk: Desk, word: str, found: list[Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    most = int(asked.get("MaxItems") or _MOST)
    page, token = desk.page(found, asked.get("Marker") or "", most)
    more = {"Marker": token} if token else {}
    return {word: list(page), "IsTruncated": bool(token), **more}


def _role(record: Record) -> dict[str, Any]:
    """Without its tags, which no list tells."""
    return {
        "Path": "/",
        "RoleName": record.inputs["name"],
        "RoleId": record.outputs["uniqueId"],
        "Arn": record.outputs["arn"],
        "CreateDate": record.outputs["createDate"],
    }


def _one_role(desk: Desk, asked: Mapping[str, Any]) -> Record:
    for one in desk.inventory.all(roles.ROLE):
        if one.inputs["name"] == asked["RoleName"]:
            return one
    name = asked["RoleName"]
    raise Refused("NoSuchEntity", f"The role with name {name} cannot be found.")


def _policies(desk: Desk, role: Record) -> list[Record]:
    return [one for one in desk.inventory.all(roles.POLICY) if one.inputs["role"] == role.id]
