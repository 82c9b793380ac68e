"""Whether an IAM policy allows something: what a lab's policies use of their language, no more."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from rehearsal.faults import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def statements(document: str) -> list[dict[str, Any]]:
    """A policy's statements.

    Raises Refused for what IAM refuses when it is handed in.
    """
    try:
        read = json.loads(document)
        found = read["Statement"]
        whole = read["Version"] == "2012-10-17" and all(
            one["Effect"] in {"Allow", "Deny"} and one["Action"] for one in found
        )
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise Refused("MalformedPolicyDocument", "Syntax errors in policy.")
    return list(found)


def allowed(
    documents: list[str], action: str, resource: str, context: Mapping[str, str] | None = None
) -> bool:
    """Whether the documents together let their owner do it."""
    fitting = [
        one["Effect"]
        for document in documents
        for one in statements(document)
        if _fits(one.get("Action"), action)
        and _fits(one.get("Resource", "*"), resource)
        and _holds(one.get("Condition", {}), context or {})
    ]
    return "Allow" in fitting and "Deny" not in fitting


def trusts(document: str, service: str, account: str) -> bool:
    """Whether the role's trust lets a service of the account take it."""
    return any(
        one["Effect"] == "Allow"
        and _fits(one["Action"], "sts:AssumeRole")
        and _fits(one.get("Principal", {}).get("Service"), service)
        and _holds(one.get("Condition", {}), {"aws:SourceAccount": account})
        for one in statements(document)
    )


def _fits(patterns: object, value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in _list(patterns))


def _list(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from value


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Every key of every operator; what is not asked with a value does not hold."""
    unknown = condition.keys() - {"StringEquals", "StringLike"}
    if unknown:
        raise Refused("", f"rehearsal/clouds/aws/policies.py doesn't know {min(unknown)}")
    return all(
        key in context
        and any(
            context[key] == value
            if operator == "StringEquals"
            else fnmatchcase(context[key], value)
            for value in _list(wanted)
        )
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )
