"""ACR, and the role that lets a cluster pull from it."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from rehearsal.clouds.azure import facts
from rehearsal.clouds.azure.arm import IN_GROUP, path, told
from rehearsal.clouds.azure.cluster import CLUSTER
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs
from rehearsal.plain import at

if TYPE_CHECKING:
    from rehearsal.scene import Scene

REGISTRY = "azure-native:containerregistry:Registry"
ROLE = "azure-native:authorization:RoleAssignment"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"


# --- ACR ----------------------------------------------------------------------------------------


def _make_registry(scene: Scene) -> Outputs:
    name = str(scene.inputs["registryName"])
    if name.casefold() in [one.casefold() for one in scene.setting("taken")]:
        raise Refused.said(_TAKEN.format(value=name))
    return {
        **told("Microsoft.ContainerRegistry/registries", "registryName")(scene),
        "loginServer": f"{name.lower()}.azurecr.io",
        "creationDate": scene.inventory.now().isoformat(timespec="seconds"),
    }


_TAKEN = (
    "AlreadyInUse: The registry DNS name {value}.azurecr.io is already in use. You can check if "
    "the name is already claimed using following API: "
    "https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability"
)

registry = Kind(
    REGISTRY,
    id=path("Microsoft.ContainerRegistry/registries", "registryName"),
    title="Microsoft.ContainerRegistry/registries",
    takes="registryName resourceGroupName location tags sku.name adminUserEnabled "
    "anonymousPullEnabled publicNetworkAccess networkRuleBypassOptions zoneRedundancy",
    needs="location",
    replaces="registryName resourceGroupName location",
    names=Names(
        "registryName",
        re.compile("[A-Za-z0-9]{5,50}"),
        "'{value}': registry names may have alphanumeric characters only, and 5 to 50 of them",
        taken=_TAKEN,
        auto=lambda logical, digits: logical + digits[:8],
        everywhere=True,
    ),
    refers=IN_GROUP,
    makes=_make_registry,
    seconds={"create": 20, "update": 10, "delete": 10},
)


# --- roles --------------------------------------------------------------------------------------


def _principals(scene: Scene) -> dict[str, str]:
    """Who there is, and of which type: identities, those of clusters, and the trainer."""
    found = {str(scene.setting("object")): "User"}
    for one in [*scene.others(CLUSTER), *scene.others(IDENTITY)]:
        for place in (
            "principalId",
            "identity.principalId",
            "identityProfile.kubeletidentity.objectId",
        ):
            found |= dict.fromkeys(at(one.outputs, place), "ServicePrincipal")
    return found


def _refuse_principal(scene: Scene) -> None:
    principal, type_ = scene.inputs["principalId"], scene.inputs.get("principalType")
    known = _principals(scene).get(principal)
    if known is not None and type_ not in {None, known}:
        raise Refused(
            "UnmatchedPrincipalType",
            f"The PrincipalId '{principal}' has type '{known}' , which is different from "
            f"specified PrinciaplType '{type_}'.",  # so spelt there
        )
    if known is None and type_ != "ServicePrincipal":
        raise Refused(
            "PrincipalNotFound",
            f"Principal {principal} does not exist in the directory {scene.setting('tenant')}. "
            "Check that you have the correct principal ID. If you are creating this principal and "
            "then immediately assigning a role, this error might be related to a replication "
            "delay. In this case, set the role assignment principalType property to a value, such "
            "as ServicePrincipal, User, or Group.",
        )


def _make_role(scene: Scene) -> Outputs:
    asked, over = scene.inputs, scene.inputs["scope"]
    if not scene.setting("may_assign_roles"):
        client = scene.setting("client")
        raise Refused(
            "AuthorizationFailed",
            f"The client '{client}' with object id '{scene.setting('object')}' does not have "
            "authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over "
            f"scope '{over}' or the scope is invalid. If access was recently granted, please "
            "refresh your credentials.",
        )
    if not any(scene.same(over, one.id) for one in scene.inventory.all()):
        raise Refused("ResourceNotFound", f"The Resource '{over}' was not found.")
    if str(asked["roleDefinitionId"]).rpartition("/")[2] not in facts.ROLES:
        raise Refused(
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{asked['roleDefinitionId']}' does not exist.",
        )
    _refuse_principal(scene)
    alike = ("scope", "principalId", "roleDefinitionId")
    for other in scene.others(ROLE):
        if all(scene.same(other.inputs[one], asked[one]) for one in alike):
            raise Refused("RoleAssignmentExists", "The role assignment already exists.")
    return {
        "name": asked["roleAssignmentName"],
        "type": "Microsoft.Authorization/roleAssignments",
        "createdOn": scene.inventory.now().isoformat(timespec="seconds"),
        "createdBy": scene.setting("object"),
    }


role = Kind(
    ROLE,
    id=lambda scene: (
        f"{scene.inputs['scope']}/providers/Microsoft.Authorization/"
        f"roleAssignments/{scene.inputs['roleAssignmentName']}"
    ),
    title="Microsoft.Authorization/roleAssignments",
    takes="roleAssignmentName scope principalId principalType roleDefinitionId description",
    replaces="roleAssignmentName scope principalId principalType roleDefinitionId",
    names=Names(
        "roleAssignmentName",
        re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
        "The role assignment ID '{value}' is not valid. The role assignment ID must be a GUID.",
        taken="RoleAssignmentUpdateNotPermitted: Tenant ID, application ID, principal ID, and "
        "scope are not allowed to be updated.",
        within="scope",
        auto=lambda _, digits: str(uuid.UUID(digits[:32])),
    ),
    makes=_make_role,
    seconds={"create": 5},
)


KINDS = (registry, role)
