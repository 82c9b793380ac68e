"""A workflow: what ends the machines of a lab, read as far as the stand-in can run it."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.gcp.network import missing, names
from rehearsal.clouds.gcp.roles import need_account
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Outputs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.scene import Scene

FLOW = "gcp:workflows/workflow:Workflow"
_FILE = "rehearsal/clouds/gcp/flows.py"


@dataclass(frozen=True)
class Order:
    """What a workflow does, as far as the stand-in can read it."""

    labels: dict[str, str]
    deletes: bool
    waits: bool


def read(source: str) -> Order:
    """Raises Refused for what Workflows refuses, and for what only the stand-in can't run."""
    try:
        steps = json.loads(source)["main"]["steps"]
    except (ValueError, KeyError, TypeError):
        raise Refused("invalid", "main.workflow: parse error: no main, or no steps") from None
    calls = dict(_calls(steps))
    strange = calls.keys() - {_LIST, _DELETE}
    if strange or _LIST not in calls:
        raise Refused("", f"the stand-in can't run {sorted(strange)}: add to {_FILE}")
    text = str(calls[_LIST].get("filter", ""))
    labels = dict(re.findall(r"labels\.([\w-]+)=([\w-]+)", text))
    if " AND ".join(f"labels.{key}={value}" for key, value in labels.items()) != text:
        raise Refused("invalid", f"Invalid value for field 'filter': '{text}'.")
    return Order(labels, _DELETE in calls, "${sys.now() < order.expires}" in source)


_LIST = "googleapis.compute.v1.instances.aggregatedList"
_DELETE = "googleapis.compute.v1.instances.delete"


def _calls(value: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every call in it, and its arguments."""
    if isinstance(value, dict):
        if isinstance(value.get("call"), str):
            yield value["call"], value.get("args", {})
        for item in value.values():
            yield from _calls(item)
    elif isinstance(value, list):
        for item in value:
            yield from _calls(item)


def _make_flow(scene: Scene) -> Outputs:
    read(str(scene.inputs["sourceContents"]))
    need_account(scene, str(scene.inputs.get("serviceAccount")))
    revision = 1 + (int(scene.old.outputs["revisionId"][:6]) if scene.old else 0)
    now = scene.inventory.now().isoformat(timespec="seconds")
    labels = {**(scene.inputs.get("labels") or {}), "goog-pulumi-provisioned": "true"}
    return {
        "project": scene.scope,
        "state": "ACTIVE",
        "revisionId": f"{revision:06}-{secrets.token_hex(2)[:3]}",
        "createTime": scene.old.outputs["createTime"] if scene.old else now,
        "updateTime": now,
        "effectiveLabels": labels,
        "pulumiLabels": labels,
    }


flow = Kind(
    FLOW,
    id=lambda scene: (
        f"projects/{scene.scope}/locations/{scene.inputs['region']}/workflows/"
        f"{scene.inputs['name']}"
    ),
    title="Workflow",
    takes="name region project description serviceAccount sourceContents labels deletionProtection",
    needs="region",
    defaults={"deletionProtection": True},
    replaces="name region project",
    names=names("project region"),
    missing=missing("workflow"),
    tags="labels",
    computes="project",
    makes=_make_flow,
    changes=_make_flow,
    seconds={"create": 10, "update": 10, "delete": 5},
)

KINDS = (flow,)
