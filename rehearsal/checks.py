"""What is refused before the cloud is asked, in preview already: the SDK's schema, the limits of
the stand-in itself, names, and what a provider checks by itself.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from rehearsal import schema
from rehearsal.plain import UNKNOWN, at, general, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.kinds import Cloud, Function, Inputs, Kind, Problem
    from rehearsal.plain import Plain

_ENGINES_OWN = ("version", "pluginDownloadURL", "pluginChecksums")
"""what the engine keeps among a provider's properties"""


# --- a kind -------------------------------------------------------------------------------------


def networks(what: str, *places: str) -> Callable[[Inputs], Iterator[Problem]]:
    """A check of a kind: what stands there are networks without host bits; a cloud says `what`."""

    def check(inputs: Inputs) -> Iterator[Problem]:
        for place in places:
            for value in at(inputs, place):
                try:
                    ip_network(value)
                except ValueError as error:
                    yield place, f"{value!r} is not a valid {what}: {error}"

    return check


# --- the provider -------------------------------------------------------------------------------


def config(wire: Inputs) -> Inputs:
    """A provider's properties; what is no string travels as JSON text."""
    return {
        name: json.loads(value) if _is_json(value) else value
        for name, value in wire.items()
        if name not in _ENGINES_OWN and not name.startswith("__")
    }


def _is_json(value: Plain) -> bool:
    return (isinstance(value, str) and value[:1] in {"[", "{"}) or value in {"true", "false"}


def config_problems(cloud: Cloud, wire: Inputs) -> Iterator[Problem]:
    plain = config(wire)
    cls = schema.inputs_of(cloud.module, f"pulumi:providers:{cloud.package}")
    assert cls is not None  # noqa: S101 - every SDK has its provider
    found = [(written(one.path), one.text) for one in schema.problems(cls, plain)]
    yield from found
    if not found:
        yield from _beyond(plain, cloud.configures, cloud, f"the provider {cloud.package}")
        yield from cloud.check_config(plain)


# --- a resource ---------------------------------------------------------------------------------


def fill(kind: Kind, news: dict[str, Any], olds: Inputs, name: str, seed: bytes) -> None:
    """Add the defaults and the name, and note which were not asked for."""
    news.pop("__defaults", None)
    filled = [place for place, value in kind.defaults.items() if _fill(news, place, value)]
    names = kind.names
    if names and names.auto and news.get(names.property) is None:
        kept = olds.get(names.property) if names.property in olds.get("__defaults", []) else None
        random = hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex(16)
        news[names.property] = kept or names.auto(name, random)
        filled.append(names.property)
    news["__defaults"] = filled


def _fill(news: dict[str, Any], place: str, value: Plain) -> bool:
    *parents, last = place.split(".")
    target: Plain = news
    for parent in parents:
        target = target.get(parent)
        if not isinstance(target, dict):
            return False
    if target.get(last) is not None:
        return False
    target[last] = value
    return True


def problems(cloud: Cloud, kind: Kind, news: Inputs) -> Iterator[Problem]:
    cls = schema.inputs_of(cloud.module, kind.token)
    if cls is None:
        yield "", f"{cloud.files} names a kind that {cloud.module} doesn't know: {kind.token}"
        return
    asked = {name: value for name, value in news.items() if not name.startswith("__")}
    findings = [
        (written(one.path), one.text)
        for one in schema.problems(cls, asked)
        if not (one.listed and general(one.path) in kind.beyond_the_list.split())
    ]
    yield from findings
    yield from _missing(asked, kind.needs)
    if not findings:
        yield from _beyond(asked, kind.takes, cloud, kind.token)
        yield from _misnamed(kind, asked)
        for check in kind.checks:
            yield from check(asked)


def _missing(asked: Inputs, needs: str) -> Iterator[Problem]:
    for name in needs.split():
        if asked.get(name) is None:
            yield name, "is required, and missing"


def _misnamed(kind: Kind, asked: Inputs) -> Iterator[Problem]:
    if kind.names:
        for value in at(asked, kind.names.property):
            if not kind.names.pattern.fullmatch(value):
                yield kind.names.property, kind.names.rule.format(value=value)


def _beyond(value: Mapping[str, Any], takes: str, cloud: Cloud, whose: str) -> Iterator[Problem]:
    """Real properties that the stand-in does not model yet."""
    tree: dict[str, Any] = {}
    for place in takes.replace("[*]", "").split():
        branch = tree
        for step in place.split("."):
            branch = branch.setdefault(step, {})
    for place in _untaken(value, tree, ""):
        says = f"the stand-in doesn't know this property of {whose} yet: say what it does in "
        yield place, says + cloud.files


def _untaken(value: Plain, tree: Mapping[str, Any], place: str) -> Iterator[str]:
    if not tree and place:  # all below is taken
        return
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _untaken(item, tree, f"{place}[{number}]")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            below = f"{place}.{key}" if place else key
            if key.startswith("__") or item is None:
                continue
            if key in tree:
                yield from _untaken(item, tree[key], below)
            else:
                yield below


def name_stays(kind: Kind, old: Inputs, new: Inputs) -> bool:
    """The name was chosen by a person, and is the same for the old and the new one."""
    names = kind.names
    return bool(
        names
        and names.taken
        and names.property not in new.get("__defaults", [])
        and new.get(names.property) not in {None, UNKNOWN}
        and old.get(names.property) == new.get(names.property)
        and all(old.get(one) == new.get(one) for one in names.within.split())
    )


def outputs(cloud: Cloud, kind: Kind) -> frozenset[str]:
    """All outputs that a resource may have."""
    return schema.outputs_of(cloud.module, kind.token)


def computed(cloud: Cloud, kind: Kind) -> frozenset[str]:
    """The outputs that are the cloud's to say."""
    cls = schema.inputs_of(cloud.module, kind.token)
    inputs = schema.properties(cls).keys() if cls else set()
    names = {*kind.computes.split(), *cloud.computes.split()}
    return frozenset((outputs(cloud, kind) - inputs - {"id"}) | names)


def as_asked(old: Plain, new: Plain) -> Plain:
    """Of an old state, what a new request speaks of: the rest was computed."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {key: as_asked(old[key], item) for key, item in new.items() if key in old}
    if isinstance(old, list) and isinstance(new, list):
        return [as_asked(item, new[n]) if n < len(new) else item for n, item in enumerate(old)]
    return old


# --- a question ---------------------------------------------------------------------------------


def argument_problems(cloud: Cloud, function: Function, args: Inputs) -> Iterator[Problem]:
    known = schema.arguments_of(cloud.module, function.token)
    if known is None:
        yield "", f"{cloud.files} names a question that {cloud.module} doesn't know"
        return
    found = [(written(one.path), one.text) for one in schema.unknown_arguments(known, args)]
    yield from found
    yield from _missing(args, function.needs)
    if not found:
        yield from _beyond(args, function.takes, cloud, function.token)
