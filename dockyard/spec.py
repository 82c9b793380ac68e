"""The description of a lab as types: frozen, strict, and free of any cloud.

What a field means is said here once; the JSON Schema, the reference in docs/ and the
messages are made from it. Reading a file and every rule that needs more than one field or
a target is `dockyard.description`.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from dockyard.values import (
    LAB_NAME,
    WORD,
    Budget,
    Cidr,
    Daemon,
    Lifetime,
    Mail,
    Port,
    TagKey,
    TagValue,
    Until,
    Url,
    UserName,
)

NATIVE = "native:"
NATIVE_NAME = r"native:[A-Za-z0-9/][A-Za-z0-9._:/@-]*"
MAX_STUDENTS = 500
MAX_SPARE = 50
MAX_MACHINES_OF_A_SEAT = 10
MAX_FALLBACKS = 5


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


def _named(kind: type[Size] | type[Image]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"enum": list(kind)}, {"pattern": f"^{NATIVE_NAME}$"}]})


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
    daemon: Daemon = Field(
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
        None, description="lifetime, counted from when the lab is first made: 9, 9h, 1h30, 2 days"
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
    alarm: Mail | None = Field(
        None,
        description="a mail address that the cloud writes to when what ends the lab fails",
    )
    budget: Budget | None = Field(
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
    tags: dict[TagKey, TagValue] = Field(
        default_factory=dict, description="further tags, in every cloud's alphabet"
    )

    @property
    def seats(self) -> int:
        """Number of seats that are made: the students' and the spare ones."""
        return self.students + self.spare
