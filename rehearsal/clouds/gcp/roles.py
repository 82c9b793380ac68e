"""An account of the project, its role, and the binding that says what it may do where."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from rehearsal.clouds.gcp.network import missing
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs, Ref
from rehearsal.plain import at

if TYPE_CHECKING:
    from rehearsal.scene import Scene

ACCOUNT = "gcp:serviceaccount/account:Account"
ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
MEMBER = "gcp:projects/iAMMember:IAMMember"
_FILE = "rehearsal/clouds/gcp/roles.py"


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


def need_account(scene: Scene, email: str) -> None:
    """Raises Refused where nobody is called so."""
    if email not in [one.outputs["email"] for one in scene.others(ACCOUNT)]:
        raise Refused("invalid", f"Service account {email} does not exist.")


def may(scene: Scene, email: str, permission: str, instance: str = "") -> bool:
    """Whether the account has a role with this permission, under a condition that holds."""
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


KINDS = (account, custom, member)
