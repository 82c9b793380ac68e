"""Amazon EC2. An image is the public SSM parameter that names the current AMI."""

import re

from dockyard.clouds import Facts
from dockyard.spec import Image, Size

_UBUNTU = "/aws/service/canonical/ubuntu/server/{}/stable/current/amd64/hvm/ebs-gp3/ami-id"
_DEBIAN = "/aws/service/debian/release/{}/latest/amd64"

ALARM = "_alarm"
"""How the names of all end that tells of a guard's failure: no owner and no lab has a `_`."""

FACTS = Facts(
    title="Amazon Web Services",
    login="dockyard",
    sizes={Size.SMALL: "t3.small", Size.MEDIUM: "t3.medium", Size.LARGE: "t3.xlarge"},
    images={
        Image.DEBIAN_12: _DEBIAN.format(12),
        Image.DEBIAN_13: _DEBIAN.format(13),
        # 22.04 is published on gp2 only
        Image.UBUNTU_22_04: _UBUNTU.format("22.04").replace("gp3", "gp2"),
        Image.UBUNTU_24_04: _UBUNTU.format("24.04"),
    },
    machine="aws:ec2/instance:Instance",
    native_image=(
        re.compile(r"ami-[0-9a-f]{8,17}|/[A-Za-z0-9._/-]+"),
        "native:ami-0123456789abcdef0, or an SSM parameter as native:/aws/service/…",
    ),
    default_region="eu-west-3",
    region=re.compile(r"[a-z]{2}(-[a-z]+){1,2}-[0-9]"),
    zone=re.compile(r"[a-z]{2}(-[a-z]+){1,2}-[0-9][a-z]"),
    region_of=lambda zone: zone[:-1],
    # accounts that the images make themselves
    reserved_users=frozenset({"root", "admin", "ubuntu", "ec2-user"}),
    has_alarm=True,
    off=dict.fromkeys(("stopping", "stopped"), "its disk still costs"),
)
