"""Who is told when what ends a lab fails: a channel, and a policy that misses its good ends."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.gcp import flows, guards
from rehearsal.clouds.gcp.network import missing
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Outputs, Problem, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.inventory import Inventory, Record
    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
LOOKED_AT = "lookedAt"
MAILS = "mails"
"""an output of a policy: whom it has written to, one address a mail"""
_FAILS = "fails"
_FILE = "rehearsal/clouds/gcp/alarms.py"


def _number() -> str:
    return str(secrets.randbelow(9 * 10**18) + 10**18)


def _make_channel(scene: Scene) -> Outputs:
    if scene.inputs["type"] != "email":
        raise Refused("", f"the stand-in knows channels of the type email: add to {_FILE}")
    labels = scene.inputs.get("labels") or {}
    if labels.keys() != {"email_address"}:
        raise Refused("invalid", 'Field "labels" must have the label "email_address" alone.')
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(labels["email_address"])):
        raise Refused("invalid", f"{labels['email_address']!r} is no valid email address.")
    return _named(scene)


def _named(scene: Scene) -> Outputs:
    return {"name": scene.id, "project": scene.scope}


def refuse_watched(inventory: Inventory, record: Record) -> None:
    """A channel that a policy writes to can't be deleted without force."""
    for one in inventory.all(POLICY):
        if record.id in (one.inputs.get("notificationChannels") or []):
            text = f"Cannot delete notification channel {record.id}: {one.id} still refers to it"
            raise Refused("FAILED_PRECONDITION", text)


channel = Kind(
    CHANNEL,
    id=lambda scene: f"projects/{scene.scope}/notificationChannels/{_number()}",
    title="NotificationChannel",
    takes="type displayName description labels userLabels enabled forceDelete project",
    needs="type",
    defaults={"enabled": True, "forceDelete": False},
    replaces="project",
    missing=missing("notification channel"),
    in_use="failedPrecondition: Cannot delete notification channel {id}: it is still referred to",
    tags="userLabels",
    computes="project",
    makes=_make_channel,
    changes=_make_channel,
    seconds={"create": 2, "update": 2, "delete": 2},
)


# --- the policy ---------------------------------------------------------------------------------

_RUNS = re.compile(
    r'resource\.type = "workflows\.googleapis\.com/Workflow" AND '
    r'resource\.labels\.workflow_id = "(?P<flow>[a-z0-9-]+)" AND '
    r'metric\.type = "workflows\.googleapis\.com/finished_execution_count" AND '
    r'metric\.labels\.status = "SUCCEEDED"'
)
_LEAST, _MOST = 120, 23.5 * 3600


def _missed(inputs: Inputs) -> dict[str, Any]:
    """The one condition that the stand-in plays: so long without a good end.

    Raises KeyError, TypeError or ValueError for any other.
    """
    (condition,) = inputs["conditions"]
    return dict(condition["conditionAbsent"])


def _readable(inputs: Inputs) -> Iterator[Problem]:
    try:
        absent = _missed(inputs)
    except (KeyError, TypeError, ValueError):
        yield "conditions", f"the stand-in plays one conditionAbsent: add to {_FILE}"
        return
    found = re.fullmatch(r"(\d+)s", str(absent.get("duration")))
    seconds = int(found[1]) if found else 0
    if seconds % 60 or not _LEAST <= seconds <= _MOST:
        yield "conditions[0].conditionAbsent.duration", "must be whole minutes, 2 min to 23.5 h"
    for one in absent.get("aggregations") or []:
        if one.get("crossSeriesReducer") and not one.get("perSeriesAligner"):
            yield "conditions[0].conditionAbsent.aggregations", "a reducer needs an aligner"


def _make_policy(scene: Scene) -> Outputs:
    absent = _missed(scene.inputs)
    if not _RUNS.fullmatch(str(absent.get("filter"))):
        raise Refused("", f"the stand-in can't read the filter {absent.get('filter')}: {_FILE}")
    before = scene.old.outputs if scene.old else {}
    kept = {key: before[key] for key in (LOOKED_AT, MAILS, _FAILS) if key in before}
    return {**_named(scene), **kept}


def _ends(scene: Scene) -> str | None:
    """When it looks again: the whole length after the last look."""
    if scene.inputs.get("enabled") is False:
        return None
    last = scene.existing.outputs.get(LOOKED_AT) or scene.existing.created
    length = int(str(_missed(scene.inputs)["duration"]).removesuffix("s"))
    return (dt.datetime.fromisoformat(last) + dt.timedelta(seconds=length)).isoformat()


def _looks(scene: Scene) -> Record:
    """Writes once when the workflow ceases to end well, to each address that is still there."""
    found = _RUNS.fullmatch(str(_missed(scene.inputs)["filter"]))
    watched = [one for one in scene.others(flows.FLOW) if found and one.inputs["name"] == found[1]]
    fails = not any(guards.works(scene, one.id) for one in watched)
    mails = list(scene.existing.outputs.get(MAILS) or [])
    if fails and not scene.existing.outputs.get(_FAILS):
        named = scene.inputs.get("notificationChannels") or []
        to = [one for one in scene.others(CHANNEL) if one.id in named]
        mails += [one.inputs["labels"]["email_address"] for one in to]
    now = scene.inventory.now().isoformat()
    said = {**scene.existing.outputs, LOOKED_AT: now, MAILS: mails, _FAILS: fails}
    return replace(scene.existing, outputs=said)


policy = Kind(
    POLICY,
    id=lambda scene: f"projects/{scene.scope}/alertPolicies/{_number()}",
    title="AlertPolicy",
    takes="displayName combiner conditions[*].displayName "
    "conditions[*].conditionAbsent.filter conditions[*].conditionAbsent.duration "
    "conditions[*].conditionAbsent.aggregations[*].alignmentPeriod "
    "conditions[*].conditionAbsent.aggregations[*].perSeriesAligner "
    "conditions[*].conditionAbsent.aggregations[*].crossSeriesReducer "
    "documentation.content documentation.mimeType enabled notificationChannels project userLabels",
    needs="displayName combiner conditions",
    defaults={"enabled": True},
    replaces="project",
    refers={
        "notificationChannels[*]": Ref(
            CHANNEL, "invalid: Field alert_policy.notification_channels: {value} does not exist."
        )
    },
    missing=missing("alert policy"),
    tags="userLabels",
    computes="project",
    checks=(_readable,),
    makes=_make_policy,
    changes=_make_policy,
    ends=_ends,
    ended=_looks,
    seconds={"create": 2, "update": 2, "delete": 2},
)

KINDS = (channel, policy)
