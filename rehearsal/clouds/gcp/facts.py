"""What Google Cloud has to choose from. Enough of it for a lab; not all of it."""

from __future__ import annotations

from dataclasses import dataclass

from dockyard.clouds.gcp import FACTS

_REGIONS = {
    "africa": "south1",
    "asia": "east1 east2 northeast1 northeast2 northeast3 south1 south2 southeast1 southeast2",
    "australia": "southeast1 southeast2",
    "europe": "central2 north1 southwest1 west1 west2 west3 west4 west6 west8 west9 west10 west12",
    "me": "central1 central2 west1",
    "northamerica": "northeast1 northeast2 south1",
    "southamerica": "east1 west1",
    "us": "central1 east1 east4 east5 south1 west1 west2 west3 west4",
}
_LETTERS = {"europe-west1": "bcd", "us-east1": "bcd", "us-central1": "abcf"}
REGIONS = frozenset(f"{area}-{one}" for area, ones in _REGIONS.items() for one in ones.split())
ZONES = {
    f"{region}-{letter}": region for region in REGIONS for letter in _LETTERS.get(region, "abc")
}


@dataclass(frozen=True)
class MachineType:
    vcpus: int
    architecture: str


_SHARED = {"e2-micro": 2, "e2-small": 2, "e2-medium": 2, "f1-micro": 1, "g1-small": 1}
_FAMILIES = {
    "X86_64": "e2-standard e2-highmem e2-highcpu n1-standard n2-standard n2d-standard t2d-standard",
    "ARM64": "t2a-standard c4a-standard",
}
MACHINE_TYPES = {name: MachineType(vcpus, "X86_64") for name, vcpus in _SHARED.items()} | {
    f"{family}-{vcpus}": MachineType(vcpus, architecture)
    for architecture, families in _FAMILIES.items()
    for family in families.split()
    for vcpus in (1, 2, 4, 8, 16, 32)
    if not (family.startswith("e2") and vcpus == 1)
}

IMAGES = {
    **dict.fromkeys(FACTS.images.values(), "X86_64"),
    "debian-cloud/debian-12-arm64": "ARM64",
    "debian-cloud/debian-13-arm64": "ARM64",
    "ubuntu-os-cloud/ubuntu-2404-lts-arm64": "ARM64",
}
"""project/family, as programs name the newest of a family"""
IMAGE_GIGABYTES = 10
"""the disk in every one of them"""
DISK_TYPES = frozenset(["pd-standard", "pd-balanced", "pd-ssd", "hyperdisk-balanced"])
