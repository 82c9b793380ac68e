"""What ends a lab when nobody does: a Logic App that really sends its DELETE, a daily shutdown."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.azure.arm import GROUP, IN_GROUP, LOST, delete_group, guid, named, path, told
from rehearsal.clouds.azure.launch import MACHINE
from rehearsal.clouds.azure.registry import IDENTITY, ROLE
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Outputs, Problem, Ref
from rehearsal.plain import UNKNOWN, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Record
    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

APP = "azure-native:logic:Workflow"
SHUTDOWN = "azure-native:devtestlab:GlobalSchedule"
FIRED_AT = "firedAt"
STOPPED = "deallocatedAt"
"""an output of a machine that was shut down, and is paid for no longer but for its disk"""
_MAY_DELETE = frozenset(
    ["b24988ac-6180-42a0-ab88-20f7382dd24c", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"]
)
"""Contributor, Owner"""


# --- Logic Apps ---------------------------------------------------------------------------------

_URI = re.compile(
    r"https://management\.azure\.com(?P<group>/subscriptions/[^/]+/resourceGroups/[^/?]+)"
    r"\?api-version=\d{4}-\d\d-\d\d"
)


def _readable(inputs: Inputs) -> Iterator[Problem]:
    """Only what the stand-in can run: one Recurrence, one DELETE with the app's own identity."""
    definition = inputs.get("definition")
    if definition is None or definition is UNKNOWN or UNKNOWN in _leaves(definition):
        return
    try:
        _when(definition)
        ask = _ask(definition)
        known = ask["method"] == "DELETE" and _URI.fullmatch(ask["uri"]) is not None
    except (KeyError, ValueError, TypeError):
        known = False
    if not known:
        text = "the stand-in can't run this definition: add to rehearsal/clouds/azure/guards.py"
        yield "definition", text


def _leaves(value: object) -> Iterator[object]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield item
        yield from _leaves(item)


def _when(definition: dict[str, Any]) -> tuple[dt.datetime, dt.timedelta]:
    """The first time, and how long from one to the next."""
    (trigger,) = definition["triggers"].values()
    every = trigger["recurrence"]
    if trigger["type"] != "Recurrence":
        raise ValueError(trigger["type"])
    units = {"Minute": "minutes", "Hour": "hours", "Day": "days"}
    step = dt.timedelta(**{units[every["frequency"]]: int(every["interval"])})
    return dt.datetime.fromisoformat(every["startTime"]), step


def _ask(definition: dict[str, Any]) -> dict[str, Any]:
    (action,) = definition["actions"].values()
    if action["type"] != "Http":
        raise ValueError(action["type"])
    return dict(action["inputs"])


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
        **({FIRED_AT: before[FIRED_AT]} if FIRED_AT in before else {}),
    }


def _ends(scene: Scene) -> str | None:
    """When it fires next."""
    if scene.existing.outputs["state"] != "Enabled":
        return None
    first, step = _when(scene.inputs["definition"])
    last = scene.existing.outputs.get(FIRED_AT)
    return max(first, dt.datetime.fromisoformat(last) + step if last else first).isoformat()


def _fires(scene: Scene) -> Record:
    """Deletes the group, if the app's identity may, and no lock is on it."""
    found = _URI.fullmatch(_ask(scene.inputs["definition"])["uri"])
    wanted = found["group"] if found else ""
    for group in scene.inventory.all(GROUP):
        if scene.same(group.id, wanted) and _may(scene, group) and not _locked(scene, group):
            delete_group(scene, group)
            scene.drop(group)
    now = scene.inventory.now().isoformat()
    return replace(scene.existing, outputs={**scene.existing.outputs, FIRED_AT: now})


def _may(scene: Scene, group: Record) -> bool:
    """Whether the identity that it asks as is one of its own, and may."""
    asks_as = _ask(scene.inputs["definition"])["authentication"].get("identity")
    own = at(scene.inputs, "identity.userAssignedIdentities[*]")
    principals = [
        one.outputs["principalId"]
        for one in scene.inventory.all(IDENTITY)
        if scene.same(one.id, asks_as) and any(scene.same(one.id, each) for each in own)
    ]
    return any(
        one.inputs["principalId"] in principals
        and scene.same(one.inputs["scope"], group.id)
        and one.inputs["roleDefinitionId"].rpartition("/")[2] in _MAY_DELETE
        for one in scene.inventory.all(ROLE)
    )


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
