"""Google Compute Engine. An image is project/family."""

import re

from dockyard.clouds import Facts
from dockyard.spec import Image, Size

GUARDS = {"europe": "europe-west1", "asia": "asia-northeast1"}
GUARDS_ELSEWHERE = "us-central1"
GUARDS_AT = (*GUARDS.values(), GUARDS_ELSEWHERE)
"""Regions with both Workflows and Cloud Scheduler; what they end may be anywhere."""


def zone_of(region: str) -> str:
    """Where machines are made: the cloud chooses no zone by itself; nearly every region has a b."""
    return f"{region}-b"


FACTS = Facts(
    title="Google Cloud",
    login="dockyard",
    sizes={Size.SMALL: "e2-small", Size.MEDIUM: "e2-medium", Size.LARGE: "e2-standard-4"},
    images={
        Image.DEBIAN_12: "debian-cloud/debian-12",
        Image.DEBIAN_13: "debian-cloud/debian-13",
        Image.UBUNTU_22_04: "ubuntu-os-cloud/ubuntu-2204-lts",
        Image.UBUNTU_24_04: "ubuntu-os-cloud/ubuntu-2404-lts-amd64",
    },
    machine="gcp:compute/instance:Instance",
    native_image=(
        re.compile(r"[a-z0-9.:-]+/[a-z0-9-]+"),
        "native:PROJECT/FAMILY, or native:PROJECT/IMAGE",
    ),
    default_region="europe-west9",
    region=re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}"),
    zone=re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}-[a-f]"),
    has_alarm=True,
    off=dict.fromkeys(("STOPPING", "TERMINATED"), "its disk still costs"),
    region_of=lambda zone: zone.rpartition("-")[0],
)
