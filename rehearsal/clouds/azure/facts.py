"""What Azure has to choose from. Enough of it for a lab; not all of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dockyard.clouds.azure import FACTS

REGIONS = frozenset(
    [
        "francecentral",
        "westeurope",
        "northeurope",
        "uksouth",
        "ukwest",
        "germanywestcentral",
        "switzerlandnorth",
        "swedencentral",
        "norwayeast",
        "italynorth",
        "polandcentral",
        "spaincentral",
        "eastus",
        "eastus2",
        "centralus",
        "northcentralus",
        "southcentralus",
        "westus",
        "westus2",
        "westus3",
        "canadacentral",
        "canadaeast",
        "brazilsouth",
        "australiaeast",
        "australiasoutheast",
        "southeastasia",
        "eastasia",
        "japaneast",
        "japanwest",
        "koreacentral",
        "centralindia",
        "southindia",
        "uaenorth",
        "southafricanorth",
        "israelcentral",
        "qatarcentral",
        "mexicocentral",
    ]
)

_D = "2 4 8 16 32 48 64"
_SIZES = {
    # family, size with {} for the vCPUs, the vCPUs
    ("standardBSFamily", "Standard_B{}ms"): "2 4 8 12 16 20",
    ("standardBSFamily", "Standard_B{}s"): "1 2",
    ("standardBSFamily", "Standard_B{}ls"): "1",
    ("standardBsv2Family", "Standard_B{}ts_v2"): "2",
    ("standardBsv2Family", "Standard_B{}ls_v2"): "2 4",
    ("standardBsv2Family", "Standard_B{}s_v2"): "2 4 8 16 32",
    ("standardBasv2Family", "Standard_B{}als_v2"): "2 4",
    ("standardBasv2Family", "Standard_B{}as_v2"): "2 4 8 16 32",
    ("standardBpsv2Family", "Standard_B{}pls_v2"): "2 4",
    ("standardBpsv2Family", "Standard_B{}ps_v2"): "2 4 8 16",
    ("standardDSv3Family", "Standard_D{}s_v3"): _D,
    ("standardDSv4Family", "Standard_D{}s_v4"): _D,
    ("standardDSv5Family", "Standard_D{}s_v5"): _D,
    ("standardDASv5Family", "Standard_D{}as_v5"): _D,
    ("standardDPSv5Family", "Standard_D{}ps_v5"): _D,
    ("standardFSv2Family", "Standard_F{}s_v2"): _D,
    ("standardESv5Family", "Standard_E{}s_v5"): _D,
}


@dataclass(frozen=True)
class Size:
    family: str
    vcpus: int
    architecture: str


SIZES = {
    form.format(vcpus): Size(family, int(vcpus), "Arm64" if re.search(r"\}p", form) else "x64")
    for (family, form), all_vcpus in _SIZES.items()
    for vcpus in all_vcpus.split()
} | {"Standard_B1ms": Size("standardBSFamily", 1, "x64")}

IMAGES = frozenset(name.rpartition(":")[0] for name in FACTS.images.values()) | {
    "Canonical:ubuntu-24_04-lts:server-arm64",
    "Canonical:ubuntu-24_04-lts:server-gen1",
    "Debian:debian-12:12-arm64",
    "Debian:debian-13:13-arm64",
}
"""publisher:offer:sku"""
IMAGE_GIGABYTES = 30
"""the disk in every one of them"""

ADMINISTRATORS = frozenset(
    [
        "administrator",
        "admin",
        "user",
        "user1",
        "test",
        "user2",
        "test1",
        "user3",
        "admin1",
        "1",
        "123",
        "a",
        "actuser",
        "adm",
        "admin2",
        "aspnet",
        "backup",
        "console",
        "david",
        "guest",
        "john",
        "owner",
        "root",
        "server",
        "sql",
        "support",
        "support_388945a0",
        "sys",
        "test2",
        "test3",
        "user4",
        "user5",
    ]
)
"""names that Azure refuses for an administrator (the SDK's own text on adminUsername)"""

ROLES = {
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "8311e382-0749-4cb8-b61a-304f252e45ec": "AcrPush",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
}
