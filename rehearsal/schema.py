"""Whether properties are what the SDK's own types say: known, well spelt, of the right type.

The SDKs carry the cloud's schema as Python classes; the plugins check by the same. The names on
the wire are the camelCase ones.
"""

from __future__ import annotations

import collections.abc
import difflib
import functools
import importlib
import inspect
import re
import sys
import threading
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, ParamSpec, TypeVar, Union

import pulumi
import pulumi.runtime.rpc
from pulumi import _types

from rehearsal.plain import UNKNOWN, Asset, Path, Plain

Type = Any
"""a type as Python annotates it"""


class Finding(typing.NamedTuple):
    path: Path
    text: str
    listed: bool = False
    """only the SDK's list of values speaks against it: some lists lag behind the cloud"""


_PLAIN: dict[Any, str] = {str: "a string", bool: "true or false", int: "a whole number"}


P = ParamSpec("P")
T = TypeVar("T")
_LOADING = threading.RLock()
"""the SDKs load their modules when they are first touched, which must not happen twice at once"""


def _once(find: Callable[P, T]) -> Callable[P, T]:
    """Cached, and found by one thread at a time."""
    cached = typing.cast("Callable[P, T]", functools.cache(find))

    @functools.wraps(find)
    def found(*args: P.args, **kwargs: P.kwargs) -> T:
        with _LOADING:
            return cached(*args, **kwargs)

    return found


@_once
def inputs_of(module: str, token: str) -> type | None:
    """The class of a resource's inputs; None: the SDK knows no such resource."""
    found = _resource(module, token)
    if found is None:
        return None
    home = vars(sys.modules[found.__module__])
    # where a nested type has the name already, the resource's own is called ...InitArgs
    own = home.get(f"{found.__name__}InitArgs") or home[f"{found.__name__}Args"]
    return typing.cast("type", own)


@_once
def outputs_of(module: str, token: str) -> frozenset[str]:
    """The names of a resource's outputs."""
    found = _resource(module, token)
    return frozenset(_types.resource_types(found)) - {"urn"} if found else frozenset()


def _resource(module: str, token: str) -> type | None:
    importlib.import_module(module)
    package, path, _ = token.split(":")
    if package == "pulumi":  # pulumi:providers:aws
        return typing.cast("type", importlib.import_module(module).Provider)
    for registered in pulumi.runtime.rpc._RESOURCE_MODULES.get(f"{package}:{path}", []):  # noqa: SLF001 - the SDKs' one index of their types
        info = registered.mod_info  # type: ignore[attr-defined] # set by every generated SDK
        if token in info["classes"]:
            return typing.cast(
                "type", getattr(importlib.import_module(info["fqn"]), info["classes"][token])
            )
    return None


@_once
def arguments_of(module: str, token: str) -> Mapping[str, Any] | None:
    """The arguments of an invoke, by wire name; None: the SDK knows no such function."""
    _, path, name = token.split(":")
    package = path.split("/")[0]
    place = module if package == "index" else f"{module}.{package}"
    try:
        function = getattr(importlib.import_module(place), f"{_snake(name)}_output")
    except (ImportError, AttributeError):
        return None
    signature = inspect.signature(function, eval_str=True)
    return {_camel(arg): p.annotation for arg, p in signature.parameters.items() if arg != "opts"}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def problems(cls: type, value: Mapping[str, Any], path: Path = ()) -> Iterator[Finding]:
    """All that an object has against the class of its type, nested objects too."""
    known = properties(cls)
    yield from _unknown_names(value, known, path)
    for key, item in value.items():
        if key in known:
            yield from mistyped(known[key], item, (*path, key))
    for name in sorted(required(cls) - {key for key, item in value.items() if item is not None}):
        yield Finding((*path, name), "is required, and missing")


def unknown_arguments(known: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[Finding]:
    """The same for the arguments of an invoke."""
    yield from _unknown_names(value, known, ())
    for key, item in value.items():
        if key in known:
            yield from mistyped(known[key], item, (key,))


def _unknown_names(
    value: Mapping[str, Any], known: Mapping[str, Any], path: Path
) -> Iterator[Finding]:
    for key in value:
        if key not in known and not key.startswith("__"):
            near = difflib.get_close_matches(key, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            yield Finding((*path, key), f"is no property that the SDK knows{meant}")


@_once
def properties(cls: type) -> Mapping[str, Any]:
    return typing.cast("Mapping[str, Any]", _types.input_type_types(cls))


@_once
def required(cls: type) -> frozenset[str]:
    names = _types.input_type_py_to_pulumi_names(cls)
    parameters = inspect.signature(cls.__init__).parameters  # type: ignore[misc] # of a class we were given
    return frozenset(
        wire
        for python, wire in names.items()
        if python in parameters and parameters[python].default is inspect.Parameter.empty
    )


def objects_in(wanted: Type) -> Iterator[type]:
    """The classes of the objects that a value of this type is, or holds."""
    for choice in _choices(wanted):
        if _is_a(choice, object) and _types.is_input_type(choice):
            yield choice
        elif _origin(choice) in {collections.abc.Sequence, list}:
            yield from objects_in(typing.get_args(choice)[0])


def mistyped(wanted: Type, value: Plain, path: Path) -> Iterator[Finding]:
    """What is wrong with a value of this type, at the deepest place that can be told."""
    if value is UNKNOWN or value is None:
        return
    choices = [list(_one(choice, value, path)) for choice in _choices(wanted)]
    if all(choices):
        # of several types that might have been meant, the one it fits best
        yield from min(choices, key=_badness, default=[])


def _badness(found: list[Finding]) -> tuple[int, int]:
    return len(found), -max(len(one.path) for one in found)


@functools.cache
def _choices(wanted: Type) -> tuple[Any, ...]:
    """The types of a union, without what only Python's side of the wire knows."""
    if _origin(wanted) not in {Union, types.UnionType}:
        return (wanted,)
    found = tuple(
        choice
        for arg in typing.get_args(wanted)
        if arg is not type(None) and not _is_plumbing(arg)
        for choice in _choices(arg)
    )
    listed = [choice for choice in found if _is_a(choice, Enum)]
    # "any string, or one of these": the others are what is misspelt
    return tuple(choice for choice in found if choice is not str) if listed else found


def _is_plumbing(arg: Type) -> bool:
    origin = _origin(arg)
    return (
        origin in {collections.abc.Awaitable, pulumi.Output}
        or arg is pulumi.Output
        or isinstance(arg, typing.ForwardRef)
        or typing.is_typeddict(arg)
    )


def _origin(wanted: Type) -> Type:
    return typing.get_origin(wanted)


def _one(wanted: Type, value: Plain, path: Path) -> Iterator[Finding]:
    origin = _origin(wanted)
    if wanted is Any:
        return
    if origin in {collections.abc.Sequence, list}:
        yield from _items(typing.get_args(wanted)[0], value, path)
    elif origin in {collections.abc.Mapping, dict}:
        yield from _entries(typing.get_args(wanted)[1], value, path)
    elif isinstance(wanted, type) and _types.is_input_type(wanted):
        if isinstance(value, Mapping):
            yield from problems(wanted, value, path)
        else:
            yield Finding(path, f"must be an object, not {value!r}")
    else:
        yield from _scalar(wanted, value, path)


def _items(item_type: Type, value: Plain, path: Path) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield Finding(path, f"must be a list, not {value!r}")
        return
    for at, item in enumerate(value):
        yield from mistyped(item_type, item, (*path, at))


def _entries(value_type: Type, value: Plain, path: Path) -> Iterator[Finding]:
    if not isinstance(value, Mapping):
        yield Finding(path, f"must be an object, not {value!r}")
        return
    for key, item in value.items():
        yield from mistyped(value_type, item, (*path, key))


def _scalar(wanted: Type, value: Plain, path: Path) -> Iterator[Finding]:
    if wanted in _PLAIN:
        if type(value) is not wanted:
            yield Finding(path, f"must be {_PLAIN[wanted]}, not {value!r}")
    elif wanted is float:
        if type(value) not in {int, float}:
            yield Finding(path, f"must be a number, not {value!r}")
    elif _is_a(wanted, Enum):
        yield from _unlisted([member.value for member in wanted], value, path)
    elif _is_a(wanted, pulumi.Asset) or _is_a(wanted, pulumi.Archive):
        if not isinstance(value, Asset):
            yield Finding(path, f"must be an asset or an archive, not {value!r}")
    else:
        raise TypeError(f"rehearsal/schema.py doesn't know the type {wanted}: teach it there")


def _unlisted(allowed: list[Plain], value: Plain, path: Path) -> Iterator[Finding]:
    if value not in allowed:
        must = f"must be one of {', '.join(map(str, allowed))}, not {value!r}"
        yield Finding(path, must, listed=type(value) is type(allowed[0]))


def _is_a(wanted: Type, base: type) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, base)
