"""What may stand in a field: each kind of value, checked by itself, and how the schema says it.

As plain text or a number, as a person writes it.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from dockyard import times

MAX_DEPTH_OF_DAEMON = 20
LAST_PORT = 65535
DOCKER_API_PORTS = frozenset({2375, 2376})

LAB_NAME = r"^[a-z](-?[a-z0-9]){1,19}$"
WORD = r"^[a-z](-?[a-z0-9]){0,13}$"
USER_NAME = r"^[a-z_][a-z0-9_-]{0,30}$"
URL = r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?"
LEAST_MINUTES = 15
"""Before, a machine is hardly made."""
MOST_HOURS = 720
BUDGET = r"^[1-9][0-9]{0,5}(\.[0-9]{1,2})? (EUR|USD)$"
MAIL = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}$"
TAG_KEY = r"^[a-z][a-z0-9_-]{0,61}$"
TAG_VALUE = r"^[a-z0-9_-]{0,63}$"


def _cidr(value: str) -> str:
    if value == "me":
        return value
    if not re.fullmatch(r"[0-9A-Fa-f.:]+(/(0|[1-9][0-9]{0,2}))?", value):
        raise ValueError("is no CIDR; write an address range as 203.0.113.7/32, or me")
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise ValueError(
            f"is no CIDR ({error}); write an address range as 203.0.113.7/32, or me"
        ) from None


def _port(value: int | str) -> int | str:
    low, _, high = str(value).partition("-")
    if not re.fullmatch(r"[0-9]{1,5}(-[0-9]{1,5})?", str(value)):
        raise ValueError("must be a port (8080) or a range in quotes ('8000-8100')")
    first, last = int(low), int(high or low)
    if not 1 <= first <= last <= LAST_PORT:
        raise ValueError("ports lie between 1 and 65535, the lower one first")
    if any(first <= port <= last for port in DOCKER_API_PORTS):
        raise ValueError("opens the Docker API (2375, 2376), which is root for anyone: use ssh")
    return value


def _until(value: str) -> str:
    if not times.is_instant(value):
        raise ValueError(times.no_instant(value))
    try:
        times.instant(value, 0)
    except ValueError:
        raise ValueError("is no day of the calendar") from None
    return value


def _number_of_until(value: object) -> object:
    if type(value) is int:
        raise ValueError(times.no_instant(str(value)))
    return value


def _fraction_of_hours(value: object) -> object:
    if isinstance(value, float):
        raise ValueError(times.no_length(value))  # noqa: TRY004 - pydantic reads this one
    return value


def _hours(value: int | str) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool) and not 1 <= value <= MOST_HOURS:
        raise ValueError(f"is not between 1 and {MOST_HOURS}")
    if isinstance(value, bool) or not times.is_length(value):
        raise ValueError(times.no_length(value))
    return value


def _url(value: str) -> str:
    if not re.fullmatch(URL, value):
        raise ValueError("must be a plain http:// or https:// address")
    return value.rstrip("/")


def _daemon(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Only what JSON and Ruby write the same way: no floats, ASCII text, no null."""
    problem = _first_unwritable("daemon", settings)
    if problem:
        raise ValueError(problem)
    if "hosts" in settings:
        raise ValueError("`hosts` keeps the daemon from starting under systemd: use ssh contexts")
    if "registry-mirrors" in settings:
        raise ValueError("`registry-mirrors` has a field of its own: docker.registry_mirrors")
    return settings


def _first_unwritable(path: str, value: object, below: int = MAX_DEPTH_OF_DAEMON) -> str:
    if below < 0:
        return f"{path} is nested too deeply for settings of the daemon"
    if isinstance(value, Mapping):
        parts = [(f"{path}.{key}", item) for key, item in value.items()]
        if not all(isinstance(key, str) and _plain(key) for key in value):
            return f"{path}: keys must be plain ASCII text"
    elif isinstance(value, list | tuple):
        parts = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    elif isinstance(value, bool | int) or (isinstance(value, str) and _plain(value)):
        return ""
    else:
        return f"{path} must be text in ASCII, a whole number, true, false, a list or a mapping"
    return next(filter(None, (_first_unwritable(*part, below - 1) for part in parts)), "")


def _plain(text: str) -> bool:
    return bool(re.fullmatch(r"[\x20-\x7e]*", text))


Cidr = Annotated[str, AfterValidator(_cidr)]
Port = Annotated[
    int | str,
    AfterValidator(_port),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": LAST_PORT},
                {"type": "string", "pattern": "^[0-9]{1,5}(-[0-9]{1,5})?$"},
            ]
        }
    ),
]
Url = Annotated[
    str, AfterValidator(_url), WithJsonSchema({"type": "string", "pattern": f"^{URL}$"})
]
Until = Annotated[
    str,
    BeforeValidator(_number_of_until),
    AfterValidator(_until),
    WithJsonSchema({"type": "string", "pattern": times.INSTANT, "examples": list(times.INSTANTS)}),
]
Lifetime = Annotated[
    int | str,
    BeforeValidator(_fraction_of_hours),
    AfterValidator(_hours),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MOST_HOURS},
                {"type": "string", "pattern": times.LENGTH, "examples": list(times.LENGTHS)},
            ]
        }
    ),
]
UserName = Annotated[str, Field(pattern=USER_NAME)]
Mail = Annotated[str, Field(pattern=MAIL)]
Budget = Annotated[str, Field(pattern=BUDGET)]
TagKey = Annotated[str, Field(pattern=TAG_KEY)]
TagValue = Annotated[str, Field(pattern=TAG_VALUE)]
Daemon = Annotated[dict[str, Any], AfterValidator(_daemon)]
