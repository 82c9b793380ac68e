"""Google Compute Engine. An image is project/family."""

import re

from dockyard.clouds import Facts
from dockyard.spec import Image, Size

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
    region_of=lambda zone: zone.rpartition("-")[0],
)
