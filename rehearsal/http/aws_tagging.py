"""The tagging API: everything of a region that carries, or carried, tags. No key pairs, no ENIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import alarms
from rehearsal.faults import Refused
from rehearsal.http.aws_views import RESOURCE_TYPES, tags
from rehearsal.http.manners import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.http.aws_calls import Call
    from rehearsal.inventory import Record

_TAKES = {"TagFilters", "ResourcesPerPage", "PaginationToken", "ResourceTypeFilters"}
_MOST = 100
_OTHERS = (alarms.TOPIC, alarms.MACHINE)
"""Of other services than EC2: their ids are their ARNs."""


def get_resources(call: Call) -> dict[str, Any]:
    strange = call.asked.keys() - _TAKES
    if strange:
        raise Refused(
            "InvalidParameterException", unknown(strange, "rehearsal/http/aws_tagging.py")
        )
    wanted = call.asked.get("TagFilters") or []
    found: list[dict[str, Any]] = [
        {"ResourceARN": _arn(call, one), "Tags": tags(one.tags)}
        for one in [*call.records(*RESOURCE_TYPES, *_OTHERS), *call.ghosts()]
        if one.tags and all(_carries(one, ask) for ask in wanted)
    ]
    kinds = call.asked.get("ResourceTypeFilters") or []
    if kinds:
        found = [one for one in found if any(_of(one["ResourceARN"], kind) for kind in kinds)]
    most = min(_MOST, int(call.asked.get("ResourcesPerPage") or _MOST))
    page, token = call.desk.page(found, call.asked.get("PaginationToken") or "", most)
    return {"ResourceTagMappingList": list(page), "PaginationToken": token}


def _carries(record: Record, ask: Mapping[str, Any]) -> bool:
    value = record.tags.get(ask["Key"])
    return value is not None and (not ask.get("Values") or value in ask["Values"])


def _arn(call: Call, record: Record) -> str:
    if record.kind in _OTHERS:
        return record.id
    account, kind = call.desk.setting("account"), RESOURCE_TYPES[record.kind]
    return f"arn:aws:ec2:{call.region}:{account}:{kind}/{record.id}"


def _of(arn: str, kind: str) -> bool:
    service, _, what = kind.partition(":")
    parts = arn.split(":", 5)
    return parts[2] == service and (not what or parts[5].startswith(f"{what}/"))
