"""Plain data, as JSON has it, and how places in it are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Plain = Any
"""a string, number, truth value, list or mapping of those; or UNKNOWN, or an Asset"""
Path = tuple[str | int, ...]


class Unknown:
    """A value that only the cloud will tell."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Asset:
    """A file or text (or an archive of them) handed over as such, kept as it came."""

    wire: Mapping[str, Any] = field(hash=False)


def written(path: Path) -> str:
    """A path as the engine and people write it: ingress[0].cidrBlocks, tags["a b"]."""
    return _joined(path, lambda index: f"[{index}]")


def general(path: Path) -> str:
    """A path with every index as [*], as the kinds name places: ingress[*].cidrBlocks."""
    return _joined(path, lambda _: "[*]")


def _joined(path: Path, index: Callable[[int], str]) -> str:
    text = ""
    for step in path:
        if isinstance(step, int):
            text += index(step)
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def unknown_in(value: Plain) -> bool:
    if isinstance(value, Mapping):
        return any(unknown_in(item) for item in value.values())
    if isinstance(value, list):
        return any(unknown_in(item) for item in value)
    return value is UNKNOWN


def at(value: Plain, place: str) -> Iterator[Any]:
    """All known values at a place like `routes[*].gatewayId`; none where a part is missing."""
    step, _, rest = place.partition(".")
    name = step.removesuffix("[*]")
    found = value.get(name) if isinstance(value, Mapping) else None
    many = step.endswith("[*]")
    for item in found if many and isinstance(found, list) else [found]:
        if item is None or item is UNKNOWN or (many and not isinstance(found, list)):
            continue
        if rest:
            yield from at(item, rest)
        else:
            yield item
