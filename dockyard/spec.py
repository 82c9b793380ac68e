"""The description of a lab as types: frozen, strict, and free of any cloud.

What a field means is said here once; the JSON Schema, the reference in docs/ and the
messages are made from it. Reading a file and every rule that needs more than one field or
a target is `dockyard.description`.
"""

import ipaddress
import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

NATIVE = "native:"
NATIVE_NAME = r"native:[A-Za-z0-9/][A-Za-z0-9._:/@-]*"
MAX_STUDENTS = 500
MAX_SPARE = 50
MAX_MACHINES_OF_A_SEAT = 10
MAX_DEPTH_OF_DAEMON = 20
MAX_FALLBACKS = 5
LAST_PORT = 65535
DOCKER_API_PORTS = frozenset({2375, 2376})

LAB_NAME = r"^[a-z](-?[a-z0-9]){1,19}$"
WORD = r"^[a-z](-?[a-z0-9]){0,13}$"
USER_NAME = r"^[a-z_][a-z0-9_-]{0,30}$"
URL = r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?"
# no seconds: Pulumi's own YAML reads such a time as one in UTC
UNTIL = (
    r"^(20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[ T])?([01][0-9]|2[0-3]):[0-5][0-9]"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$"
)
LIFETIME = r"^(?=.)(?:([0-9]{1,2})d)?(?:([0-9]{1,3})h([0-5][0-9])?)?(?:([0-9]{1,5})m)?$"
_LIFETIME = re.compile(LIFETIME.strip("^$") + "|([0-9]{1,3})")
LEAST_MINUTES = 15
"""Before, a machine is hardly made."""
MOST_HOURS = 720
BUDGET = r"^[1-9][0-9]{0,5}(\.[0-9]{1,2})? (EUR|USD)$"
MAIL = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}$"
TAG_KEY = r"^[a-z][a-z0-9_-]{0,61}$"
TAG_VALUE = r"^[a-z0-9_-]{0,63}$"


class Size(StrEnum):
    """A size by meaning; each cloud's own name for it stands in dockyard/clouds/."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Image(StrEnum):
    """A system by meaning; each must be one that provision/ installs Docker on."""

    DEBIAN_12 = "debian-12"
    DEBIAN_13 = "debian-13"
    UBUNTU_22_04 = "ubuntu-22.04"
    UBUNTU_24_04 = "ubuntu-24.04"


def _enum_or_native(kind: type[Size] | type[Image]) -> AfterValidator:
    def check(value: str) -> str:
        if re.fullmatch(NATIVE_NAME, value):
            return value
        if value not in list(kind):
            choices = ", ".join(kind)
            raise ValueError(f"must be one of {choices}, or a cloud's own name as native:NAME")
        return value

    return AfterValidator(check)


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
    if not re.fullmatch(UNTIL.strip("^$"), value):
        raise ValueError("is no time; write it as '2026-12-05 18:00', or as 18:00")
    try:
        datetime.fromisoformat(value if "-" in value else f"2000-01-01 {value}")
    except ValueError:
        raise ValueError("is no day of the calendar") from None
    return value


def _hours(value: int | str) -> int | str:
    if isinstance(value, bool) or not _LIFETIME.fullmatch(str(value)):
        raise ValueError("is no length of time; write 9, 9h, 1h30, 90m or 2d")
    if isinstance(value, int) and not 1 <= value <= MOST_HOURS:
        raise ValueError(f"is not between 1 and {MOST_HOURS}")
    return value


def lifetime_seconds(written: int | str) -> int:
    """Of what `hours` may be: 9, `9h`, `1h30`, `90m`, `2d`; 0 for anything else."""
    found = _LIFETIME.fullmatch(str(written))
    days, hours, odd, minutes, bare = (int(n or 0) for n in found.groups()) if found else [0] * 5
    return ((days * 24 + hours + bare) * 60 + odd + minutes) * 60


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


def _named(kind: type[Size] | type[Image]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"enum": list(kind)}, {"pattern": f"^{NATIVE_NAME}$"}]})


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
Until = Annotated[str, AfterValidator(_until), WithJsonSchema({"type": "string", "pattern": UNTIL})]
Lifetime = Annotated[
    int | str,
    AfterValidator(_hours),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MOST_HOURS},
                {"type": "string", "pattern": LIFETIME},
            ]
        }
    ),
]
UserName = Annotated[str, Field(pattern=USER_NAME)]
SizeName = Annotated[str, _enum_or_native(Size), _named(Size)]
ImageName = Annotated[str, _enum_or_native(Image), _named(Image)]
Fallback = Annotated[
    tuple[SizeName, ...],
    Field(
        max_length=MAX_FALLBACKS,
        description="sizes to take in its place, in order, where the cloud has none of it or "
        "allows too few; `dockyard up` says which it took, and keeps it",
    ),
]


class Part(BaseModel):
    """Frozen, no unknown keys, no silent conversion ("3" is not 3)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Machine(Part):
    """One kind of machine of a seat; `count` of them are made, numbered from 1."""

    name: str = Field("node", pattern=WORD, description="`node` with count 3 makes node1 to node3")
    count: int = Field(1, ge=1, le=MAX_MACHINES_OF_A_SEAT, description="how many of this kind")
    size: SizeName = Field(
        "small", description="small, medium or large, or a cloud's own name as `native:t3.large`"
    )
    fallback: Fallback = ()
    image: ImageName = Field(
        "debian-13",
        description="the system by meaning, or a cloud's own name as `native:ami-0123`",
    )
    disk: int = Field(20, ge=10, le=1000, description="size of the disk, in GB")


class Docker(Part):
    """How Docker is installed and set up on every machine."""

    source: Literal["docker", "distribution", "auto"] = Field(
        "docker",
        description="Docker's own packages, those of the distribution, or `auto`: Docker's where "
        "they can be reached from the machine, else the distribution's",
    )
    channel: Literal["stable", "test"] = Field(
        "stable", description="channel of Docker's own packages"
    )
    version: str | None = Field(
        None,
        pattern=r"^[0-9]+(\.[0-9]+){0,2}$",
        description="`28`, `28.5` or `28.5.2`, in quotes; the newest when left out",
    )
    mirror: Url | None = Field(
        None, description="address that stands in for https://download.docker.com"
    )
    mirror_key: str | None = Field(
        None,
        pattern=r"^[0-9A-F]{40}$",
        description="fingerprint of the mirror's signing key, when it is not Docker's",
    )
    registry_mirrors: tuple[Url, ...] = Field((), description="mirrors of Docker Hub, in order")
    daemon: Annotated[dict[str, Any], AfterValidator(_daemon)] = Field(
        default_factory=dict, description="further keys for /etc/docker/daemon.json"
    )
    users: tuple[UserName, ...] = Field(
        ("student",),
        min_length=1,
        description="accounts that are made, may use sudo, and use Docker without it",
    )


class Access(Part):
    """Who gets in, and through which ports. Port 22 is always among them."""

    cidrs: tuple[Cidr, ...] = Field(
        ("me",),
        description="address ranges that may connect; `me` is the address you have now",
    )
    ports: tuple[Port, ...] = Field((), description="ports besides 22: 8080, or '8000-8100'")
    keys: tuple[str, ...] = Field(
        (),
        description="public keys, or paths of public key files; by default your own key",
    )
    per_student_keys: bool = Field(
        default=False,
        description="one key pair a seat, made outside the cloud; `dockyard keys` makes them",
    )


class Cluster(Part):
    """A managed Kubernetes cluster for the class (AKS)."""

    nodes: int = Field(2, ge=1, le=100, description="number of nodes")
    size: SizeName = Field("medium", description="size of a node, as for machines")
    fallback: Fallback = ()
    version: str | None = Field(
        None, pattern=r"^1\.[0-9]{2}$", description="Kubernetes version, in quotes: '1.34'"
    )
    attach_registry: bool = Field(
        default=True,
        description="its nodes may pull from the lab's registry; `false` for a trainer who may "
        "not assign roles",
    )


class Registry(Part):
    """A container registry for the class (ACR)."""

    sku: Literal["basic", "standard", "premium"] = Field("basic", description="ACR's service tier")


class Local(Part):
    """What only the local target knows."""

    provider: Literal["libvirt", "virtualbox", "vmware_desktop", "hyperv", "docker"] | None = Field(
        None, description="Vagrant provider; by default the first that really works here"
    )
    box_url: str | None = Field(
        None, description="address or path of an own box or catalogue, in place of the built one"
    )


class LabSpec(Part):
    """The whole lab."""

    name: str = Field(
        pattern=LAB_NAME,
        description="2 to 20 letters, digits and single hyphens; every resource carries it",
    )
    target: str = Field(description="where the lab is made")
    owner: str | None = Field(
        None, pattern=WORD, description="who answers for it; a lab is (owner, name)"
    )
    students: int = Field(1, ge=0, le=MAX_STUDENTS, description="one seat each")
    spare: int = Field(0, ge=0, le=MAX_SPARE, description="seats beyond the students', for mishaps")
    machines: tuple[Machine, ...] = Field(
        (Machine(),), min_length=1, description="the machines of one seat"
    )
    docker: Docker = Docker()
    access: Access = Access()
    hours: Lifetime | None = Field(
        None, description="lifetime, counted from when the lab is first made: 9, 9h, 1h30, 2d"
    )
    until: Until | None = Field(
        None,
        description="the instant it ends: '2026-12-05 18:00' (your time zone, or +01:00 behind "
        "it), or `18:00`, the next one after it is first made",
    )
    latest: Lifetime = Field(
        4,
        description="how far beyond its first deadline the lab may be extended; in a cloud that "
        "ends machines by itself they are gone then",
    )
    guard: bool = Field(
        default=True,
        description="in a cloud, what ends the lab at its deadline is made before it; `false` for "
        "a trainer who may not assign roles: then nothing but the machines themselves",
    )
    alarm: Annotated[str, Field(pattern=MAIL)] | None = Field(
        None,
        description="a mail address that the cloud writes to when what ends the lab fails; on "
        "Google Cloud",
    )
    budget: Annotated[str, Field(pattern=BUDGET)] | None = Field(
        None,
        description="the most that the lab may cost until it ends, as `50 EUR` or `50 USD`; plan, "
        "up and extend hold to it",
    )
    language: Literal["en", "fr"] = Field("en", description="of what students read")
    region: str | None = Field(None, description="the cloud's region; each cloud has a default")
    zone: str | None = Field(None, description="the cloud's zone; by default the cloud chooses")
    cluster: Cluster | None = Field(None, description="a managed Kubernetes cluster")
    registry: Registry | None = Field(None, description="a container registry")
    local: Local = Local()
    tags: dict[Annotated[str, Field(pattern=TAG_KEY)], Annotated[str, Field(pattern=TAG_VALUE)]] = (
        Field(default_factory=dict, description="further tags, in every cloud's alphabet")
    )

    @property
    def seats(self) -> int:
        """Number of seats that are made: the students' and the spare ones."""
        return self.students + self.spare
