"""What AWS has to choose from. Enough of it for a lab; not all of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from dockyard.clouds.aws import FACTS

# those that every account may use, and the ones to opt into
_REGIONS = {
    "us": "east-1 east-2 west-1 west-2",
    "ca": "central-1 west-1",
    "mx": "central-1",
    "sa": "east-1",
    "eu": "west-1 west-2 west-3 central-1 central-2 north-1 south-1 south-2",
    "ap": "northeast-1 northeast-2 northeast-3 southeast-1 southeast-2 southeast-3 southeast-4 "
    "southeast-5 southeast-7 south-1 south-2 east-1",
    "me": "south-1 central-1",
    "il": "central-1",
    "af": "south-1",
}
REGIONS = frozenset(f"{area}-{one}" for area, ones in _REGIONS.items() for one in ones.split())


def zones(region: str) -> list[str]:
    return [f"{region}{letter}" for letter in ("abcdef" if region == "us-east-1" else "abc")]


@dataclass(frozen=True)
class InstanceType:
    vcpus: int
    architecture: str
    burstable: bool


_BURST_SMALL = {"nano": 2, "micro": 2, "small": 2, "medium": 2}
_GENERAL = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32}
_FAMILIES = {
    "t2": ({"nano": 1, "micro": 1, "small": 1, "medium": 2, "large": 2, "xlarge": 4}, "x86_64"),
    **dict.fromkeys(
        ["t3", "t3a"], ({**_BURST_SMALL, "large": 2, "xlarge": 4, "2xlarge": 8}, "x86_64")
    ),
    "t4g": ({**_BURST_SMALL, "large": 2, "xlarge": 4, "2xlarge": 8}, "arm64"),
    **dict.fromkeys(
        ["m5", "m5a", "m6i", "m6a", "m7i", "m7a", "c5", "c6i", "c6a", "c7i", "r5", "r6i", "r7i"],
        (_GENERAL, "x86_64"),
    ),
    **dict.fromkeys(
        ["m6g", "m7g", "c6g", "c7g", "r6g", "r7g"], ({"medium": 1, **_GENERAL}, "arm64")
    ),
}
INSTANCE_TYPES = {
    f"{family}.{size}": InstanceType(vcpus, architecture, burstable=family.startswith("t"))
    for family, (sizes, architecture) in _FAMILIES.items()
    for size, vcpus in sizes.items()
}


_OLD = ("t2", "m5", "c5", "r5")
"""What the oldest zone has, too."""


def offered(name: str, zone: str, away: list[str]) -> bool:
    """Whether a zone has machines of a type; `away`: those that no zone has."""
    return name not in away and (zone != "us-east-1e" or name.partition(".")[0] in _OLD)


@dataclass(frozen=True)
class Image:
    architecture: str
    gigabytes: int


IMAGES = {
    **dict.fromkeys(FACTS.images.values(), Image("x86_64", 8)),
    **{name.replace("amd64", "arm64"): Image("arm64", 8) for name in FACTS.images.values()},
    "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64": Image("x86_64", 8),
    "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64": Image("arm64", 8),
}
"""the public parameters that name an image"""


def ami(parameter: str, region: str, release: int) -> str:
    """The image that a parameter names in a region, until newer ones come out."""
    return f"ami-0{hashlib.sha256(f'{region} {parameter} {release}'.encode()).hexdigest()[:16]}"


def image(ami_id: str, region: str, releases: int) -> Image | None:
    """Older images stay."""
    for release in range(1, releases + 1):
        for parameter, found in IMAGES.items():
            if ami(parameter, region, release) == ami_id:
                return found
    return None
