"""The one text that a machine is given: provision/, packed, and this machine's settings.

The text is the same on every target but for the login account. It holds no secret and no
deadline. vagrant/lab.rb writes the same bytes in Ruby; a test compares them.
"""

import base64
import gzip
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from dockyard import clouds
from dockyard.errors import DescriptionError
from dockyard.seats import Seat, SeatMachine, seats
from dockyard.spec import LabSpec

MOST_BYTES = 15_000
"""EC2 takes 16,384 bytes of user data; the rest is room for a cloud's own wrapping."""

_PLACE = "@SETTINGS@\n"
_A_STUDENTS_KEY = f"ssh-ed25519 {'A' * 68}"
"""As long as the keys that `dockyard keys` makes, which may be made later."""


def settings(
    lab: LabSpec,
    seat: Seat,
    machine: SeatMachine,
    defaults: dict[str, object],
    student_key: str = "",
) -> dict[str, str]:
    """Flat settings of one machine; values are printable ASCII, empty ones left out.

    `defaults` are the keys of provision/daemon.json, `student_key` a public key as
    `type blob`.
    """
    daemon = dict(defaults)
    if lab.docker.registry_mirrors:
        daemon["registry-mirrors"] = list(lab.docker.registry_mirrors)
    daemon.update(lab.docker.daemon)
    found = {
        "AUTHORIZED_KEYS": ",".join(filter(None, (*lab.access.keys, student_key))),
        "CHANNEL": lab.docker.channel,
        "DAEMON": json.dumps(daemon, sort_keys=True, separators=(",", ":")),
        "HOSTNAME": machine.host,
        "HOSTS": ",".join(f"{m.address} {m.host} {m.name}" for m in seat.machines),
        "LAB": lab.name,
        "LANGUAGE": lab.language,
        "MIRROR": lab.docker.mirror or "",
        "MIRROR_KEY": lab.docker.mirror_key or "",
        "SOURCE": lab.docker.source,
        "USERS": " ".join(sorted({clouds.load(lab.target).login, *lab.docker.users})),
        "VERSION": lab.docker.version or "",
    }
    return {key: value for key, value in sorted(found.items()) if value}


@cache
def _text(folder: Path, language: str) -> str:
    # messages in one language only: two would not fit
    name = "user-data.sh" if language == "en" else f"user-data.{language}.sh"
    return (folder / name).read_text(encoding="ascii")


def provision_sum(folder: Path, language: str) -> str:
    """What the mark of a machine with these files says as `provision` (provision/mark.sh)."""
    code = re.findall(r"^[A-Za-z0-9+/=]{60,}$", _text(folder, language), re.MULTILINE)
    packed = gzip.decompress(base64.b64decode("".join(code))).decode("utf-8")
    parts = re.split(r"^== (\S+)\n", packed, flags=re.MULTILINE)[1:]
    files = dict(zip(parts[::2], parts[1::2], strict=True))
    whole = "".join(files[name] for name in sorted(files))
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


class UserData:
    """Makes user data; reads provision/ once."""

    def __init__(self, provision: Path) -> None:
        self._folder = provision
        self._daemon = json.loads((provision / "daemon.json").read_text(encoding="ascii"))

    def settings(
        self, lab: LabSpec, seat: Seat, machine: SeatMachine, student_key: str = ""
    ) -> str:
        """The settings of one machine as they stand in its file: sorted KEY=value lines."""
        flat = settings(lab, seat, machine, self._daemon, student_key)
        return "".join(f"{key}={value}\n" for key, value in flat.items())

    def check(self, lab: LabSpec) -> None:
        """Raises DescriptionError for a lab whose user data would be larger than MOST_BYTES."""
        key = _A_STUDENTS_KEY if lab.access.per_student_keys else ""
        for seat in seats(lab):
            # they differ in what they are called alone
            longest = max(seat.machines, key=lambda machine: len(machine.host))
            self.of(lab, seat, longest, key)

    def of(self, lab: LabSpec, seat: Seat, machine: SeatMachine, student_key: str = "") -> str:
        """User data of one machine.

        Raises DescriptionError when it is larger than MOST_BYTES.
        """
        lines = self.settings(lab, seat, machine, student_key)
        text = _text(self._folder, lab.language).replace(_PLACE, lines, 1)
        if len(text) > MOST_BYTES:
            raise DescriptionError(
                f"The user data of {machine.host} has {len(text)} bytes, {MOST_BYTES} is the most.",
                "Shorten access.keys (ed25519 keys are short) or docker.daemon.",
            )
        return text
