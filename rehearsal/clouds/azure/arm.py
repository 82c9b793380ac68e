"""Azure Resource Manager: ids that are paths, resource groups, and how it refuses."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from rehearsal.clouds.azure import facts
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs, Ref

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from rehearsal.inventory import Record
    from rehearsal.plain import Plain
    from rehearsal.scene import Scene

GROUP = "azure-native:resources:ResourceGroup"
IN_GROUP = {
    "resourceGroupName": Ref(
        GROUP,
        "ResourceGroupNotFound: Resource group '{value}' could not be found.",
        by="resourceGroupName",
        holds=False,
    )
}
"""what everything in a resource group refers to"""

LOST = (
    "InvalidResourceReference: Resource {value} referenced by another resource was not found. "
    "Please make sure that the referenced resource exists, and that both resources are in the "
    "same region."
)
_EXISTS = "cannot create already existing resource '{id}'"


def group_of(scene: Scene) -> Record:
    return scene.to("resourceGroupName")


def path(type_: str, name: str) -> Callable[[Scene], str]:
    """The id of a kind in a resource group: its ARM path."""
    return lambda scene: f"{group_of(scene).id}/providers/{type_}/{scene.inputs[name]}"


def named(name: str, pattern: re.Pattern[str], rule: str) -> Names:
    """The names of a kind in a resource group."""
    return Names(
        name,
        pattern,
        rule,
        taken=_EXISTS,
        within="resourceGroupName",
        auto=lambda logical, digits: logical + digits[:8],
    )


def told(type_: str, name: str) -> Callable[[Scene], Outputs]:
    """What Azure tells of every resource."""
    return lambda scene: {
        "name": scene.inputs[name],
        "type": type_,
        "provisioningState": "Succeeded",
    }


def guid() -> str:
    return str(uuid.uuid4())


def refuse_region(scene: Scene) -> None:
    location = str(scene.inputs.get("location", "")).replace(" ", "").lower()
    watches = scene.made_of.title.startswith("Microsoft.Insights/")
    known = {"global"} if watches else facts.REGIONS
    if "location" in scene.inputs and location not in known:
        raise Refused(
            "LocationNotAvailableForResourceType",
            f"The provided location '{scene.inputs['location']}' is not available for resource "
            f"type '{scene.made_of.title}'. List of available regions for the resource type is "
            f"'{','.join(sorted(known))}'.",
        )


# --- who may what -------------------------------------------------------------------------------

_CONTRIBUTOR = ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]


def granted(setting: Callable[[str], Plain]) -> list[dict[str, Plain]]:
    """The trainer's permissions: an owner's, a contributor's, or those of a role of its own."""
    actions = setting("actions") or ["*"]
    kept = [] if setting("may_assign_roles") else _CONTRIBUTOR
    return [{"actions": actions, "notActions": kept, "dataActions": [], "notDataActions": []}]


def refuse_right(scene: Scene) -> None:
    """Whether the provider is registered, and a role of its own has the right."""
    title = scene.made_of.title
    namespace, _, type_ = title.partition("/")
    if namespace in scene.setting("unregistered"):
        raise Refused(
            "MissingSubscriptionRegistration",
            f"The subscription is not registered to use namespace '{namespace}'. See "
            "https://aka.ms/rps-not-found for how to register subscriptions.",
        )
    kind = f"subscriptions/{type_}" if type_ == "resourceGroups" else type_
    refuse_action(scene.setting, f"{namespace}/{kind}/write", f"/subscriptions/{scene.scope}")


def refuse_action(setting: Callable[[str], Plain], action: str, over: str) -> None:
    """Unless a role of its own has it; an owner and a contributor have every one."""
    allowed = setting("actions")
    if allowed and action not in allowed:
        raise Refused(
            "AuthorizationFailed",
            f"The client '{setting('client')}' with object id '{setting('object')}' "
            f"does not have authorization to perform action '{action}' over scope "
            f"'{over}' or the scope is invalid.",
        )


# --- resource groups ----------------------------------------------------------------------------


def _group_id(scene: Scene) -> str:
    return f"/subscriptions/{scene.scope}/resourceGroups/{scene.inputs['resourceGroupName']}"


def _keep_group(scene: Scene) -> None:
    group = scene.existing
    if group.name in scene.setting("locked") or group.inputs["resourceGroupName"] in scene.setting(
        "locked"
    ):
        raise Refused(
            "ScopeLocked",
            f"The scope '{group.id}' cannot perform delete operation because following scope(s) "
            f"are locked: '{group.id}'. Please remove the lock and try again.",
        )


def delete_group(scene: Scene, group: Record) -> None:
    """All that is in it goes, also what others put there, and the nodes of its clusters."""
    inside = f"{group.id}/".casefold()
    for record in scene.inventory.all():
        if record.id.casefold().startswith(inside):
            drop_nodes(scene, record)
            scene.drop(record)


def drop_nodes(scene: Scene, cluster: Record) -> None:
    """The group of a cluster's nodes goes with the cluster."""
    for group in scene.inventory.all(GROUP):
        if group.inputs.get("managedBy") == cluster.id:
            scene.drop(group)


def _told_group(scene: Scene) -> Outputs:
    limit = scene.setting("groups")
    if scene.old is None and len(scene.others(GROUP)) >= limit:
        raise Refused(
            "ResourceGroupQuotaExceeded",
            f"Creating the resource group '{scene.inputs['resourceGroupName']}' would exceed the "
            f"quota of '{limit}'. The current resource group count is '{limit}', please delete "
            "some resource groups before creating a new one.",
        )
    return {
        "name": scene.inputs["resourceGroupName"],
        "type": "Microsoft.Resources/resourceGroups",
        "properties": {"provisioningState": "Succeeded"},
    }


def group_kind(pattern: re.Pattern[str]) -> Kind:
    return Kind(
        GROUP,
        id=_group_id,
        title="Microsoft.Resources/resourceGroups",
        takes="resourceGroupName location managedBy tags",
        needs="location",
        replaces="resourceGroupName location managedBy",
        names=Names(
            "resourceGroupName",
            pattern,
            "a resource group's name may have 1 to 90 letters, digits and -_.(), and not end in .",
            taken=_EXISTS,
            auto=lambda logical, digits: logical + digits[:8],
        ),
        missing="ResourceGroupNotFound: Resource group '{value}' could not be found.",
        makes=_told_group,
        keeps=_keep_group,
        unmakes=lambda scene: delete_group(scene, scene.existing),
        seconds={"create": 2, "delete": 120},
    )
