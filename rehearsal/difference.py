"""What differs between what was asked of a resource and what is asked now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from rehearsal.plain import Path, general, unknown_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from rehearsal.plain import Plain


class Change(Enum):
    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], unordered: AbstractSet[str] = frozenset()
) -> dict[Path, Change]:
    """The changed places, the deepest that can be told.

    `unordered` are the lists (as `ingress[*].cidrBlocks`) whose order means nothing.
    """
    return dict(_mappings(old, new, (), unordered))


def _mappings(
    old: Mapping[str, Any], new: Mapping[str, Any], path: Path, unordered: AbstractSet[str]
) -> Iterator[tuple[Path, Change]]:
    for key in [*old, *(key for key in new if key not in old)]:
        if not key.startswith("__"):  # __defaults: the provider's own note, no property
            yield from _values(old.get(key), new.get(key), (*path, key), unordered)


def _values(
    old: Plain, new: Plain, path: Path, unordered: AbstractSet[str]
) -> Iterator[tuple[Path, Change]]:
    if _is(Mapping, old, new):
        yield from _mappings(old or {}, new or {}, path, unordered)
    elif _is(list, old, new):
        if not (general(path) in unordered and _same_items(old or [], new or [])):
            yield from _lists(old or [], new or [], path, unordered)
    elif old is None or new is None:
        if old is not new:
            yield path, Change.ADD if old is None else Change.DELETE
    elif old != new or isinstance(old, bool) is not isinstance(new, bool):
        yield path, Change.UPDATE


def _is(type_: type, old: Plain, new: Plain) -> bool:
    """Both are of the type; what is missing counts as empty, as the clouds count it."""
    return all(isinstance(one, type_) for one in (old, new) if one is not None) and not (
        old is None and new is None
    )


def _lists(
    old: list[Any], new: list[Any], path: Path, unordered: AbstractSet[str]
) -> Iterator[tuple[Path, Change]]:
    for at in range(max(len(old), len(new))):
        before = old[at] if at < len(old) else None
        after = new[at] if at < len(new) else None
        yield from _values(before, after, (*path, at), unordered)


def _same_items(old: list[Any], new: list[Any]) -> bool:
    if unknown_in(old) or unknown_in(new):
        return False
    return sorted(map(_text, old)) == sorted(map(_text, new))


def _text(item: Plain) -> str:
    return json.dumps(item, sort_keys=True)
