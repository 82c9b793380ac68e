"""Roles and their policies (IAM), which are the same in all regions, and what they allow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rehearsal.clouds.aws.policies import statements, trusts
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs, Ref
from rehearsal.scene import hexadecimal

if TYPE_CHECKING:
    from rehearsal.inventory import Record
    from rehearsal.scene import Scene

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"

_NAME = re.compile(r"[\w+=,.@-]{1,64}")
_RULE = "may have 1 to 64 letters, digits and +=,.@_-"


def _arn(scene: Scene, what: str) -> str:
    return f"arn:aws:iam::{scene.setting('account')}:{what}"


def _make_role(scene: Scene) -> Outputs:
    statements(str(scene.inputs["assumeRolePolicy"]))
    refuse_denied(scene, "iam:CreateRole")
    name = scene.inputs["name"]
    return {
        "arn": _arn(scene, f"role/{name}"),
        "uniqueId": f"AROA{hexadecimal(16).upper()}",
        "createDate": scene.inventory.now().isoformat(timespec="seconds"),
    }


def refuse_denied(scene: Scene, action: str) -> None:
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


def by_arn(scene: Scene, arn: str) -> Record | None:
    return next((one for one in scene.inventory.all(ROLE) if one.outputs["arn"] == arn), None)


def taken(scene: Scene, arn: str, *services: str) -> list[str]:
    """The policies of a role that services of the account take.

    Nothing when it was taken away, or no longer trusts one of them.
    """
    found, account = by_arn(scene, arn), str(scene.setting("account"))
    if found is None or not all(
        trusts(found.inputs["assumeRolePolicy"], one, account) for one in services
    ):
        return []
    return [
        str(one.inputs["policy"])
        for one in scene.inventory.all(POLICY)
        if one.inputs["role"] == found.id
    ]


KINDS = (role, policy)
