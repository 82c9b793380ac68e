"""provision/install-docker.sh on a real machine: how a run ended, and what the machine is then."""

import json
import shlex
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.machines import images
from standin import built
from standin.built import run
from standin.machines import Machine
from standin.served import Mirror

SCRIPT = Path(__file__).parents[2] / "provision" / "install-docker.sh"
STATE = "/var/lib/install-docker"
RESULT = f"{STATE}/result.json"
MOST_SECONDS = 400
NO_HALVES = r"dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' | grep -v '^[hi]i \|^rc ' || :"


@dataclass(frozen=True)
class Ended:
    """One run."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Computer:
    """A machine that somebody else made, and the installer on it."""

    machine: Machine
    mirror: Mirror

    def __post_init__(self) -> None:
        run("docker", "cp", str(SCRIPT), f"{self.machine.id}:/srv/install-docker.sh")
        self.machine.output("cp /root/install-docker.sh /tmp/; chmod 644 /srv/install-docker.sh")

    @property
    def sources(self) -> tuple[str, ...]:
        return ("--mirror", self.mirror.address, "--mirror-key", self.mirror.key)

    def plain(self, *options: str, before: str = "", user: str = "root") -> Ended:
        """The installer with these options alone; `before` is shell code, run in the same shell."""
        command = f"{before}\nsh /srv/install-docker.sh {shlex.join(options)}"
        began = time.monotonic()
        done = self.machine.run(command, user, MOST_SECONDS)
        return Ended(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    def install(self, *options: str, before: str = "") -> Ended:
        """The installer, from the stand-in for Docker's packages."""
        return self.plain(*self.sources, *options, before=before)

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.machine.output(f"cat {RESULT}"))
        return found

    def daemon(self) -> str:
        """Version of the daemon that answers, or nothing."""
        return self.machine.run("docker version -f '{{.Server.Version}}'").stdout.strip()

    def packages(self) -> str:
        """All packages, their states and versions, and what is held."""
        return self.machine.output(
            "dpkg-query -W -f '${db:Status-Abbrev}${Package} ${Version}\\n'; apt-mark showhold"
        )

    def version_of(self, package: str) -> str:
        return self.machine.run(f"dpkg-query -W -f '${{Version}}' {package}").stdout

    def is_whole(self) -> bool:
        """No package is half there."""
        return self.machine.output(f"dpkg --audit; {NO_HALVES}") == ""

    def traces(self) -> str:
        """Key and source of Docker's packages, the index of them, and settings of the daemon."""
        places = "keyrings/docker.gpg sources.list.d/docker* ../docker"
        return self.machine.run(f"cd /etc/apt && ls -d {places} 2>/dev/null").stdout

    def daemon_json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.machine.output("cat /etc/docker/daemon.json"))
        return found


def debian11() -> str:
    """The Docker image of a Debian 11, which only the installer's tests know."""
    script = built.HERE / "debian11.sh"
    wanted = f"dockyard-test/debian-11:{images.key_of(script)}"
    with images.alone(built.cache() / "debian-11.lock"):
        if not run("docker", "images", "--quiet", "--filter", f"reference={wanted}").stdout:
            run(str(script), wanted)
    return wanted
