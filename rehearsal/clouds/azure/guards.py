"""What ends a lab when nobody does: Logic Apps that really ask Azure, and a daily shutdown."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.azure import facts, logic
from rehearsal.clouds.azure.arm import GROUP, IN_GROUP, LOST, delete_group, guid, named, path, told
from rehearsal.clouds.azure.launch import MACHINE
from rehearsal.clouds.azure.registry import IDENTITY, ROLE
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Outputs, Problem, Ref
from rehearsal.operations import GONE_AT
from rehearsal.plain import at, unknown_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Record
    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

APP = "azure-native:logic:Workflow"
SHUTDOWN = "azure-native:devtestlab:GlobalSchedule"
FIRED_AT = "firedAt"
FAILED_AT = "failedAt"
"""an output of a Logic App: when it last ended as failed"""
STOPPED = "deallocatedAt"
"""an output of a machine that was shut down, and is paid for no longer but for its disk"""


# --- Logic Apps ---------------------------------------------------------------------------------


def _readable(inputs: Inputs) -> Iterator[Problem]:
    """Only what the stand-in can run."""
    definition = inputs.get("definition")
    if definition is None or unknown_in(definition):
        return
    if why := logic.strange(definition):
        yield "definition", why


def _make_identity(scene: Scene) -> Outputs:
    return {
        "name": scene.inputs["resourceName"],
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "principalId": guid(),
        "clientId": guid(),
        "tenantId": scene.setting("tenant"),
    }


def _make_app(scene: Scene) -> Outputs:
    before = scene.old.outputs if scene.old else {}
    given = scene.inputs.get("identity") or {}
    known = {one.id: one.outputs for one in scene.others(IDENTITY)}
    told_back = {
        id_: {"principalId": known[id_]["principalId"], "clientId": known[id_]["clientId"]}
        for id_ in at(scene.inputs, "identity.userAssignedIdentities[*]")
    }
    own = {"identity": {"type": given.get("type"), "userAssignedIdentities": told_back}}
    return {
        **told("Microsoft.Logic/workflows", "workflowName")(scene),
        **(own if given else {}),
        "state": scene.inputs.get("state", "Enabled"),
        "createdTime": before.get("createdTime") or scene.inventory.now().isoformat(),
        **{key: before[key] for key in (FIRED_AT, FAILED_AT) if key in before},
    }


def _ends(scene: Scene) -> str | None:
    """When it fires next."""
    if scene.existing.outputs["state"] != "Enabled":
        return None
    first, step = logic.when(scene.inputs["definition"])
    last = scene.existing.outputs.get(FIRED_AT)
    return max(first, dt.datetime.fromisoformat(last) + step if last else first).isoformat()


def _fires(scene: Scene) -> Record:
    """Runs once; what its runs came to is what alerts count."""
    now = scene.inventory.now()
    status = logic.run(scene.inputs["definition"], now, lambda ask: _http(scene, ask))
    said = {**scene.existing.outputs, FIRED_AT: now.isoformat()}
    if status == "Failed":
        said[FAILED_AT] = now.isoformat()
    return replace(scene.existing, outputs=said)


def _http(scene: Scene, ask: dict[str, Any]) -> logic.Answer:
    """What Azure Resource Manager answers to one of the app's identities."""
    id_, action = logic.target(ask), _ACTIONS[ask["method"]]
    principals = list(_principals(scene, ask))
    found = [one for one in scene.inventory.all() if scene.same(one.id, id_)]
    if not _may(scene, principals, id_, action):
        return logic.Answer(403, {})
    if not found:
        return logic.Answer(404, {})
    (one,) = found
    if action == "delete":
        if one.kind != GROUP or _locked(scene, one):
            return logic.Answer(409, {})
        delete_group(scene, one)
        scene.drop(one)
        return logic.Answer(202, {})
    going = "Deleting" if GONE_AT in one.outputs else "Succeeded"
    told_back = {"provisioningState": going, "state": one.outputs.get("state")}
    return logic.Answer(200, {"properties": told_back})


_ACTIONS = {"GET": "read", "DELETE": "delete"}


def _principals(scene: Scene, ask: dict[str, Any]) -> Iterator[str]:
    """As whom it asks, if that is one of its own."""
    asks_as = ask["authentication"].get("identity")
    own = list(at(scene.inputs, "identity.userAssignedIdentities[*]"))
    for one in scene.inventory.all(IDENTITY):
        if scene.same(one.id, asks_as) and any(scene.same(one.id, each) for each in own):
            yield one.outputs["principalId"]


def _may(scene: Scene, principals: list[str], id_: str, action: str) -> bool:
    """By a role over the thing, or over the group it is in. A role goes with what it is over."""
    return any(
        one.inputs["principalId"] in principals
        and f"{id_}/".casefold().startswith(f"{one.inputs['scope']}/".casefold())
        and facts.ROLES[one.inputs["roleDefinitionId"].rpartition("/")[2]] in _MAY[action]
        for one in scene.inventory.all(ROLE)
    )


_MAY = {"read": {"Reader", "Contributor", "Owner"}, "delete": {"Contributor", "Owner"}}


def _locked(scene: Scene, group: Record) -> bool:
    locked = scene.setting("locked")
    return group.name in locked or group.inputs["resourceGroupName"] in locked


identity = Kind(
    IDENTITY,
    id=path("Microsoft.ManagedIdentity/userAssignedIdentities", "resourceName"),
    title="Microsoft.ManagedIdentity/userAssignedIdentities",
    takes="resourceName resourceGroupName location tags",
    needs="location",
    replaces="resourceName resourceGroupName location",
    names=named(
        "resourceName",
        re.compile(r"[A-Za-z0-9][\w-]{2,127}"),
        "an identity's name may have 3 to 128 letters, digits, - and _",
    ),
    refers=IN_GROUP,
    missing="ResourceNotFound: The Resource '{value}' was not found.",
    makes=_make_identity,
    changes=lambda scene: dict(scene.existing.outputs),
    seconds={"create": 2, "update": 2, "delete": 2},
)

app = Kind(
    APP,
    id=path("Microsoft.Logic/workflows", "workflowName"),
    title="Microsoft.Logic/workflows",
    takes="workflowName resourceGroupName location definition identity.type "
    "identity.userAssignedIdentities state tags",
    needs="location definition",
    replaces="workflowName resourceGroupName location",
    names=named(
        "workflowName",
        re.compile(r"[\w.()-]{1,43}"),
        "a workflow's name may have 1 to 43 letters, digits and -_.()",
    ),
    refers={**IN_GROUP, "identity.userAssignedIdentities[*]": Ref(IDENTITY, LOST)},
    missing="ResourceNotFound: The Resource '{value}' was not found.",
    computes="state",
    reshapes="identity",
    checks=(_readable,),
    makes=_make_app,
    changes=_make_app,
    ends=_ends,
    ended=_fires,
    seconds={"create": 3, "update": 3, "delete": 3},
)


# --- the daily shutdown of a machine ------------------------------------------------------------


def _make_shutdown(scene: Scene) -> Outputs:
    machine = scene.to("targetResourceId")
    own = f"shutdown-computevm-{machine.inputs['vmName']}"
    if scene.inputs["name"] != own:
        raise Refused("InvalidScheduleId", f"The schedule's name must be '{own}' for this machine.")
    if scene.inputs.get("taskType") != "ComputeVmShutdownTask":
        raise Refused("InvalidScheduleTask", "Only ComputeVmShutdownTask is supported here.")
    if not re.fullmatch("([01][0-9]|2[0-3])[0-5][0-9]", str(scene.get("dailyRecurrence.time"))):
        raise Refused("InvalidScheduleTime", "The daily recurrence's time must be as 1800.")
    return {
        "type": "Microsoft.DevTestLab/schedules",
        "provisioningState": "Succeeded",
        "createdDate": scene.inventory.now().isoformat(timespec="seconds"),
    }


def _next_evening(scene: Scene) -> str | None:
    if scene.inputs.get("status") != "Enabled":
        return None
    text = str(scene.get("dailyRecurrence.time"))
    last = dt.datetime.fromisoformat(scene.existing.outputs.get(FIRED_AT) or scene.existing.created)
    due = last.replace(hour=int(text[:2]), minute=int(text[2:]), second=0, microsecond=0)
    return (due if due > last else due + dt.timedelta(days=1)).isoformat()


def _shuts_down(scene: Scene) -> Record:
    now = scene.inventory.now().isoformat()
    for one in scene.inventory.all(MACHINE):
        if scene.same(one.id, scene.inputs["targetResourceId"]):
            scene.inventory.put(replace(one, outputs={**one.outputs, STOPPED: now}))
    return replace(scene.existing, outputs={**scene.existing.outputs, FIRED_AT: now})


shutdown = Kind(
    SHUTDOWN,
    id=path("Microsoft.DevTestLab/schedules", "name"),
    title="Microsoft.DevTestLab/schedules",
    takes="name resourceGroupName location taskType status dailyRecurrence.time timeZoneId "
    "notificationSettings.status targetResourceId tags",
    needs="location targetResourceId",
    replaces="name resourceGroupName location",
    names=named("name", re.compile(r"[\w-]{1,100}"), "may have 1 to 100 letters, digits and -"),
    refers={**IN_GROUP, "targetResourceId": Ref(MACHINE, holds=False)},
    missing="ResourceNotFound: The Resource '{value}' was not found.",
    makes=_make_shutdown,
    changes=_make_shutdown,
    ends=_next_evening,
    ended=_shuts_down,
    seconds={"create": 2, "update": 2, "delete": 2},
)

KINDS = (identity, app, shutdown)
