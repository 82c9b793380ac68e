"""Versions and the ranges that Pulumi.yaml's `requiredPulumiVersion` is written in."""

import operator
import re
from collections.abc import Callable

Version = tuple[int, int, int]

_COMPARE: dict[str, Callable[[Version, Version], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "!=": operator.ne,
    "==": operator.eq,
    "=": operator.eq,
    "": operator.eq,
}
_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
_BOUND = re.compile(r"(>=|<=|!=|==|>|<|=)?\s*v?(\d+\.\d+\.\d+)")


def parse(text: str) -> Version:
    """The first version in a text such as `v3.259.0-alpha.1` or `go version go1.26.8 …`.

    Raises ValueError when there is none.
    """
    found = _NUMBERS.search(text)
    if not found:
        raise ValueError(f"no version in {text!r}")
    major, minor, patch = found.groups(default="0")
    return int(major), int(minor), int(patch)


def written(version: Version) -> str:
    return ".".join(map(str, version))


def fits(version: str, wanted: str) -> bool:
    """Whether a version is in a range: bounds joined by spaces, alternatives by `||`."""
    return any(_all(parse(version), part) for part in wanted.split("||"))


def _all(version: Version, bounds: str) -> bool:
    return all(_COMPARE[mark](version, parse(bound)) for mark, bound in _BOUND.findall(bounds))
