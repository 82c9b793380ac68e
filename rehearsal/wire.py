"""How values travel between the engine and a provider.

Plain data, except what JSON has no word for: those are objects under a signature key, unknown
values are one of a few fixed strings. Inside this package a value is plain Python; UNKNOWN stands
for what only the cloud will tell; which parts are secret is a set of paths beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from google.protobuf import json_format, struct_pb2

from rehearsal.plain import UNKNOWN, Asset, Path, Plain, written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

# sdk/go/common/resource/properties.go, plugin/rpc.go of pulumi
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a signature, nobody's password
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # an array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)


@dataclass
class Values:
    """The properties of one resource, and which parts of them are secret."""

    plain: dict[str, Any]
    secrets: set[Path] = field(default_factory=set)


NOTHING = Values({})


def decode(struct: struct_pb2.Struct) -> Values:
    values = Values({})
    # MessageToDict is several times faster than walking the Struct; integers arrive as such
    for key, value in json_format.MessageToDict(struct).items():
        values.plain[key] = _decode(value, (key,), values.secrets)
    return values


def _decode(value: Plain, path: Path, secrets: set[Path]) -> Plain:
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWNS else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, list):
        return [_decode(item, (*path, at), secrets) for at, item in enumerate(value)]
    if isinstance(value, dict):
        if SIGNATURE in value:
            return _decode_signed(value, path, secrets)
        return {key: _decode(item, (*path, key), secrets) for key, item in value.items()}
    return value


def _decode_signed(value: dict[str, Any], path: Path, secrets: set[Path]) -> Plain:
    match value[SIGNATURE]:
        case kind if kind in {ASSET, ARCHIVE}:
            return Asset(value)
        case kind if kind == REFERENCE:
            return _decode(value.get("id", value["urn"]), path, secrets)
        case kind if kind == SECRET:
            secrets.add(path)
            return _decode(value["value"], path, secrets)
        case kind if kind == OUTPUT_VALUE:
            if value.get("secret"):
                secrets.add(path)
            return _decode(value["value"], path, secrets) if "value" in value else UNKNOWN
    raise ValueError(
        f"{written(path)} is an object of an unknown kind ({value[SIGNATURE]}): "
        "the engine is newer than rehearsal/wire.py, teach it there"
    )


def encode(plain: Mapping[str, Any], secrets: AbstractSet[Path] = frozenset()) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update({key: _encode(value, (key,), secrets) for key, value in plain.items()})
    return struct


def _encode(value: Plain, path: Path, secrets: AbstractSet[Path]) -> Plain:
    wire = _encode_plain(value, path, secrets)
    return {SIGNATURE: SECRET, "value": wire} if path in secrets else wire


def _encode_plain(value: Plain, path: Path, secrets: AbstractSet[Path]) -> Plain:
    if value is UNKNOWN:
        return UNKNOWN_STRING
    if isinstance(value, Asset):
        return dict(value.wire)
    if isinstance(value, dict):
        return {key: _encode(item, (*path, key), secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encode(item, (*path, at), secrets) for at, item in enumerate(value)]
    return value
