"""A lost state made anew: what the program would create, under the ids that the cloud has it by.

Plain functions over what `pulumi preview --json` and `pulumi stack export` say.
"""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dockyard.engine.events import name_of
from dockyard.engine.pending import Pending

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""the engine's word for what is known only when it is made"""
_HIDDEN = "[secret]"
"""what a preview shows in place of a secret; the next refresh reads it"""
_PROVIDER = "pulumi:providers:"
STACK = "pulumi:pulumi:Stack"
_AS_PLANNED = ("type", "urn", "custom", "parent", "protect", "additionalSecretOutputs")

Resource = Mapping[str, Any]
Plain = Any
"""What JSON holds."""


def creations(steps: Sequence[Mapping[str, Any]]) -> list[Pending]:
    """What would be made that a cloud may have, where all that is asked of the cloud is known:
    what is named after another thing is, when that one is in the state.
    """
    return [
        Pending("creating", new["type"], name_of(new["urn"]), new["urn"], _shown(_inputs(new)))
        for new in _created(steps)
        if new.get("custom") and not _is_provider(new["type"]) and _is_known(_inputs(new))
    ]


def rebuilt(
    state: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    ids: Mapping[str, str],
    stack: Mapping[str, Any],
) -> dict[str, Any]:
    """The state with what has an id, by URN, and with all that only the engine knows: providers,
    parents, what depends on what; `stack` is the URN of the stack itself, and what it says anew.
    """
    deployment = dict(state.get("deployment") or {})
    resources = [one for one in deployment.get("resources") or () if one["type"] != STACK]
    said = [one for one in deployment.get("resources") or () if one["type"] == STACK]
    outputs = {**(said[0].get("outputs") or {} if said else {}), **stack["outputs"]}
    resources.insert(0, {"custom": False, "type": STACK, **stack, "outputs": outputs})
    providers = {one["urn"]: one["id"] for one in resources if _is_provider(one["type"])}
    there = {one["urn"] for one in resources}
    for new in _created(steps):
        if new["urn"] in there or (new.get("custom") and not _id(new, ids)):
            continue
        for one in _entries(new, _id(new, ids), there, providers):
            resources.append(one)
            there.add(one["urn"])
    return {**state, "deployment": {**deployment, "resources": resources}}


def told(state: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The state in which the stack itself says these outputs, too."""
    deployment = dict(state["deployment"])
    deployment["resources"] = [
        {**one, "outputs": {**(one.get("outputs") or {}), **outputs}}
        if one["type"] == STACK
        else one
        for one in deployment["resources"]
    ]
    return {**state, "deployment": deployment}


def without_unknown(value: Plain) -> Plain:
    """As a preview says it, None for what is known only when it is made."""
    if isinstance(value, Mapping):
        return {key: without_unknown(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_unknown(one) for one in value]
    return None if value == _UNKNOWN else value


def _created(steps: Sequence[Mapping[str, Any]]) -> Iterator[Resource]:
    """What a preview would create, what others need first."""
    return (one["newState"] for one in steps if one["op"] == "create")


def _id(new: Resource, ids: Mapping[str, str]) -> str:
    return str(uuid.uuid4()) if _is_provider(new["type"]) else ids.get(new["urn"], "")


def _entries(
    new: Resource, id_: str, there: set[str], providers: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """As the engine keeps it; before it the provider that no preview shows: the default one."""
    asked = _shown(_inputs(new))
    found = {key: new[key] for key in _AS_PLANNED if new.get(key)}
    # outputs that are not empty: then a refresh looks for the id, and imports nothing
    found |= {"inputs": asked, "outputs": asked}
    if id_:
        found["id"] = id_
    if new.get("deletedWith") in there:
        found["deletedWith"] = new["deletedWith"]
    if _is_provider(new["type"]):
        providers[new["urn"]] = id_
    elif new.get("provider"):
        urn = new["provider"].rpartition("::")[0]
        if urn not in providers:
            providers[urn] = str(uuid.uuid4())
            yield _default(urn, providers[urn])
        found["provider"] = f"{urn}::{providers[urn]}"
    found["dependencies"] = [one for one in new.get("dependencies") or () if one in there]
    named = {
        name: [one for one in urns if one in there]
        for name, urns in (new.get("propertyDependencies") or {}).items()
    }
    found["propertyDependencies"] = {name: urns for name, urns in named.items() if urns}
    yield found


def _default(urn: str, id_: str) -> dict[str, Any]:
    """A provider as the engine makes it by itself: `…::default_3_10_0`."""
    version = name_of(urn).removeprefix("default").strip("_").replace("_", ".")
    asked = {"version": version} if version else {}
    type_ = urn.split("::")[2].rpartition("$")[2]
    return {
        "urn": urn, "custom": True, "id": id_, "type": type_, "inputs": asked, "outputs": asked
    }  # fmt: skip


def _is_provider(type_: str) -> bool:
    return type_.startswith(_PROVIDER)


def _inputs(new: Resource) -> Mapping[str, Any]:
    return new.get("inputs") or {}


def _is_known(value: Plain) -> bool:
    """A refresh reads what was asked for, and nothing beside it: all of it must be known."""
    return _UNKNOWN not in json.dumps(value)


def _shown(value: Plain) -> Plain:
    """Without what is shown to nobody."""
    if isinstance(value, Mapping):
        return {key: _shown(one) for key, one in value.items() if one != _HIDDEN}
    if isinstance(value, list):
        return [_shown(one) for one in value if one != _HIDDEN]
    return value
