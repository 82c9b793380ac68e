"""What Azure says of a group and of a resource, and which of them a filter means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rehearsal.faults import Refused
from rehearsal.http.manners import is_going, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.inventory import Record

_FILE = "rehearsal/http/azure_views.py"


def same(one: str, other: str) -> bool:
    """Azure's names have no case."""
    return one.casefold() == other.casefold()


def type_of(id_: str) -> str:
    """Microsoft.Compute/disks, of the last provider in an id."""
    words = id_.rpartition("/providers/")[2].split("/")
    return "/".join([words[0], *words[1::2]])


def group(record: Record) -> dict[str, Any]:
    state = "Deleting" if is_going(record) else "Succeeded"
    return {
        "id": record.id,
        "name": record.inputs["resourceGroupName"],
        "type": "Microsoft.Resources/resourceGroups",
        "location": record.inputs["location"],
        "managedBy": record.inputs.get("managedBy"),
        "tags": dict(record.tags),
        "properties": {"provisioningState": state},
    }


def resource(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.id.rpartition("/")[2],
        "type": type_of(record.id),
        "location": record.inputs.get("location"),
        "managedBy": record.inputs.get("managedBy"),
        "tags": dict(record.tags),
    }


_FILTER = re.compile(r"tagName eq '([^']*)'(?: and tagValue eq '([^']*)')?")


def fits(record: Record, query: Mapping[str, str]) -> bool:
    """Whether a list's filter lets it through: one by tag, or none."""
    text = query.get("$filter")
    if text is None:
        return True
    found = _FILTER.fullmatch(text)
    if not found:
        raise Refused("InvalidFilterInQueryString", unknown([f"the filter {text}"], _FILE))
    tag, value = found.groups()
    return tag in record.tags and value in {None, record.tags[tag]}
