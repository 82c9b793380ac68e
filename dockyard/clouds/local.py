"""Machines on this computer, by Vagrant. A size is `CPUs x memory in MiB`.

The facts stand in local.json, since vagrant/lib/ reads them too, in Ruby.
"""

import json
from pathlib import Path

from dockyard.clouds import Facts
from dockyard.spec import Image, Size

_SAID = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="ascii"))

FACTS = Facts(
    title="this computer, by Vagrant",
    login=_SAID["login"],
    sizes={Size(meaning): size for meaning, size in _SAID["sizes"].items()},
    images={image: image.value for image in Image},
    reserved_users=frozenset(_SAID["reserved_users"]),
)
