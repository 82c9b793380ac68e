"""Microsoft Azure. An image is publisher:offer:sku:version."""

import re

from dockyard.clouds import Facts
from dockyard.spec import Image, Size

FACTS = Facts(
    title="Microsoft Azure",
    login="dockyard",
    sizes={
        Size.SMALL: "Standard_B1ms",
        Size.MEDIUM: "Standard_B2s",
        Size.LARGE: "Standard_B4ms",
    },
    images={
        Image.DEBIAN_12: "Debian:debian-12:12-gen2:latest",
        Image.DEBIAN_13: "Debian:debian-13:13-gen2:latest",
        Image.UBUNTU_22_04: "Canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2:latest",
        Image.UBUNTU_24_04: "Canonical:ubuntu-24_04-lts:server:latest",
    },
    machine="azure-native:compute:VirtualMachine",
    native_image=(
        re.compile(r"[^:]+(:[^:]+){3}"),
        "native:PUBLISHER:OFFER:SKU:VERSION",
    ),
    least_disk=30,
    default_region="francecentral",
    region=re.compile(r"[a-z]{4,24}[0-9]?"),
    zone=re.compile(r"[1-3]"),
    offers={"cluster": "aks", "registry": "acr"},
    # some of the names that Azure refuses for an administrator
    reserved_users=frozenset({"root", "admin", "user", "test", "guest", "administrator"}),
    has_alarm=True,
    off={
        **dict.fromkeys(("stopping", "stopped"), "it costs as if it ran, until deallocated"),
        **dict.fromkeys(("deallocating", "deallocated"), "its disk and its address still cost"),
    },
)
