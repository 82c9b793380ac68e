"""Machines on this computer, by Vagrant. A size is `CPUs x memory in MiB`."""

from dockyard.clouds import Facts
from dockyard.spec import Image, Size

FACTS = Facts(
    title="this computer, by Vagrant",
    login="vagrant",
    sizes={Size.SMALL: "2x1024", Size.MEDIUM: "2x2048", Size.LARGE: "4x4096"},
    images={image: image.value for image in Image},
    reserved_users=frozenset({"root", "vagrant"}),
)
