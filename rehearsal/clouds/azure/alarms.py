"""Who is told when what ends a lab fails: an action group, and an alert on a Logic App's runs."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rehearsal.clouds.azure.arm import IN_GROUP, LOST, named, path, told
from rehearsal.clouds.azure.guards import APP, FAILED_AT
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Outputs, Problem, Ref
from rehearsal.plain import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Record
    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

PEOPLE = "azure-native:monitor:ActionGroup"
ALERT = "azure-native:monitor:MetricAlert"
MAILS = "mails"
"""an output of an alert: whom it has written to, one address a mail"""
_LOOKED_AT, _FIRES = "lookedAt", "fires"
_FILE = "rehearsal/clouds/azure/alarms.py"
_LONGEST_SHORT_NAME = 12


# --- who is told --------------------------------------------------------------------------------


def _make_people(scene: Scene) -> Outputs:
    if len(str(scene.inputs["groupShortName"])) > _LONGEST_SHORT_NAME:
        raise Refused("InvalidParameter", "The group short name may have 12 characters at most.")
    names = list(at(scene.inputs, "emailReceivers[*].name"))
    if len({one.casefold() for one in names}) < len(names):
        raise Refused("InvalidParameter", "Receiver names must be unique in an action group.")
    for one in at(scene.inputs, "emailReceivers[*].emailAddress"):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(one)):
            raise Refused("InvalidEmailAddress", f"The email address '{one}' is not valid.")
    outputs = told("Microsoft.Insights/actionGroups", "actionGroupName")(scene)
    del outputs["provisioningState"]
    receivers = [{**one, "status": "Enabled"} for one in scene.inputs.get("emailReceivers") or []]
    return {**outputs, "emailReceivers": receivers}


people = Kind(
    PEOPLE,
    id=path("Microsoft.Insights/actionGroups", "actionGroupName"),
    title="Microsoft.Insights/actionGroups",
    takes="actionGroupName resourceGroupName location groupShortName enabled tags "
    "emailReceivers[*].name emailReceivers[*].emailAddress "
    "emailReceivers[*].useCommonAlertSchema",
    needs="location groupShortName enabled",
    replaces="actionGroupName resourceGroupName location",
    names=named(
        "actionGroupName",
        re.compile(r"[^:/<>+%&\\?|]{1,260}"),
        "an action group's name may have 1 to 260 characters, and none of :/<>+%&\\?|",
    ),
    refers=IN_GROUP,
    missing="ResourceNotFound: The Resource '{value}' was not found.",
    reshapes="emailReceivers",
    makes=_make_people,
    changes=_make_people,
    seconds={"create": 2, "update": 2, "delete": 2},
)


# --- alerts -------------------------------------------------------------------------------------

_SECONDS = {
    "PT1M": 60,
    "PT5M": 300,
    "PT15M": 900,
    "PT30M": 1800,
    "PT1H": 3600,
    "PT6H": 6 * 3600,
    "PT12H": 12 * 3600,
    "P1D": 24 * 3600,
}
_LONGEST_FREQUENCY = 3600
_CRITERION = {
    "criterionType": "StaticThresholdCriterion",
    "metricNamespace": "Microsoft.Logic/workflows",
    "metricName": "RunsFailed",
    "operator": "GreaterThan",
    "threshold": 0,
    "timeAggregation": "Total",
}
"""The one that the stand-in counts: whether a run failed."""


def _counts(inputs: Inputs) -> Iterator[Problem]:
    frequency, window = (inputs.get(one) for one in ("evaluationFrequency", "windowSize"))
    if isinstance(frequency, str) and _SECONDS.get(frequency, 9e9) > _LONGEST_FREQUENCY:
        yield "evaluationFrequency", "must be PT1M, PT5M, PT15M, PT30M or PT1H"
    elif isinstance(window, str) and _SECONDS.get(window, 0) < _SECONDS.get(str(frequency), 0):
        yield "windowSize", f"must be one of {', '.join(_SECONDS)}, and no less than the frequency"
    for one in at(inputs, "criteria.allOf[*]"):
        if {key: one.get(key) for key in _CRITERION} != _CRITERION:
            yield "criteria", f"the stand-in counts failed runs of a Logic App: add to {_FILE}"


def _make_alert(scene: Scene) -> Outputs:
    if not 0 <= int(scene.inputs["severity"]) <= 4:  # noqa: PLR2004 - Azure's own scale
        raise Refused("BadRequest", "Severity must be from 0 to 4.")
    before = scene.old.outputs if scene.old else {}
    outputs = told("Microsoft.Insights/metricAlerts", "ruleName")(scene)
    del outputs["provisioningState"]
    kept = {key: before[key] for key in (_LOOKED_AT, MAILS, _FIRES) if key in before}
    return {**outputs, "isMigrated": False, **kept}


def _looks_next(scene: Scene) -> str | None:
    if not scene.inputs["enabled"]:
        return None
    last = scene.existing.outputs.get(_LOOKED_AT) or scene.existing.created
    step = dt.timedelta(seconds=_SECONDS[scene.inputs["evaluationFrequency"]])
    return (dt.datetime.fromisoformat(last) + step).isoformat()


def _looks(scene: Scene) -> Record:
    """Writes once when it begins to fire, to each address that is still there."""
    now = scene.inventory.now()
    since = now - dt.timedelta(seconds=_SECONDS[scene.inputs["windowSize"]])
    failed = [
        one.outputs[FAILED_AT]
        for one in scene.inventory.all(APP)
        if FAILED_AT in one.outputs
        and any(scene.same(one.id, scope) for scope in scene.inputs["scopes"])
    ]
    fires = any(dt.datetime.fromisoformat(one) > since for one in failed)
    mails = list(scene.existing.outputs.get(MAILS) or [])
    if fires and not scene.existing.outputs.get(_FIRES):
        mails += _addresses(scene)
    said = {_LOOKED_AT: now.isoformat(), MAILS: mails, _FIRES: fires}
    return replace(scene.existing, outputs={**scene.existing.outputs, **said})


def _addresses(scene: Scene) -> Iterator[str]:
    for id_ in at(scene.inputs, "actions[*].actionGroupId"):
        for one in scene.inventory.all(PEOPLE):
            if scene.same(one.id, id_) and one.inputs["enabled"]:
                yield from at(one.inputs, "emailReceivers[*].emailAddress")


alert = Kind(
    ALERT,
    id=path("Microsoft.Insights/metricAlerts", "ruleName"),
    title="Microsoft.Insights/metricAlerts",
    takes="ruleName resourceGroupName location description severity enabled scopes "
    "evaluationFrequency windowSize autoMitigate tags criteria.odataType "
    "criteria.allOf[*].criterionType criteria.allOf[*].name criteria.allOf[*].metricNamespace "
    "criteria.allOf[*].metricName criteria.allOf[*].operator criteria.allOf[*].threshold "
    "criteria.allOf[*].timeAggregation actions[*].actionGroupId",
    needs="location severity enabled scopes evaluationFrequency windowSize criteria",
    replaces="ruleName resourceGroupName location",
    names=named(
        "ruleName",
        re.compile(r"[^:/<>+%&\\?|]{1,260}"),
        "an alert's name may have 1 to 260 characters, and none of :/<>+%&\\?|",
    ),
    refers={
        **IN_GROUP,
        "scopes[*]": Ref(APP, LOST, holds=False),
        "actions[*].actionGroupId": Ref(PEOPLE, LOST, holds=False),
    },
    missing="ResourceNotFound: The Resource '{value}' was not found.",
    checks=(_counts,),
    makes=_make_alert,
    changes=_make_alert,
    ends=_looks_next,
    ended=_looks,
    seconds={"create": 2, "update": 2, "delete": 2},
)

KINDS = (people, alert)
