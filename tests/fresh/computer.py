"""A clean computer: Debian 12 without git, make, venv, Docker or Vagrant, and a clone on it.

It is a container with systemd, as the machines of the other tests; Docker works inside it, and
in the container machines that Docker makes there.
"""

import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from standin.built import run
from standin.machines import Machine

ROOT = Path(__file__).parents[2]
PIP_SETTINGS = {"cert", "index-url", "extra-index-url", "trusted-host", "proxy", "timeout"}
ENVIRONMENT = ("DEBIAN_MIRROR", "http_proxy", "https_proxy", "no_proxy")
CERTIFICATES = "/usr/local/share/certificates.pem"
YES = "/etc/apt/apt.conf.d/yes"
CLONE = "dockyard"
HISTORY = (
    *("/var/cache", "/var/log", "/var/lib/apt", "/var/lib/dpkg", "/var/lib/systemd"),
    # of apt and the logs; the clone's own; what the kernel leaves when Docker tries processors
    *("/tmp", "/var/tmp", "*/__pycache__", "/core"),
)
LAB_SECONDS = 400


@dataclass(frozen=True)
class Computer:
    """One clean computer with one person at it, whose clone lies in ~/dockyard."""

    machine: Machine
    user: str

    @classmethod
    def start(cls, image: str, user: str) -> "Computer":
        """Boots one: the image's `vagrant` may use sudo without a password."""
        computer = cls(Machine.start(image), user)
        computer._settings()
        computer.root("apt-get -q update")
        computer.clone()
        return computer

    def type(
        self, line: str, code: int = 0, seconds: float = LAB_SECONDS, folder: str = CLONE
    ) -> str:
        """Types a line in the clone, after a login; returns all that was said, in order."""
        return self._say(
            ["su", "-", self.user, "-c", f"cd {folder} && {{ {line}\n}}"], code, seconds
        )

    def root(self, line: str, code: int = 0) -> str:
        """What the computer's owner does, not the person."""
        return self._say(["su", "-", "root", "-c", line], code, LAB_SECONDS)

    def _say(self, words: list[str], code: int, seconds: float) -> str:
        start = time.monotonic()
        done = subprocess.run(
            ["docker", "exec", self.machine.id, *words], stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, check=False,
        )  # fmt: skip
        # shown when a test fails
        sys.stdout.write(f"{time.monotonic() - start:6.1f} s  {words[-1]}\n{done.stdout}\n")
        assert done.returncode == code, done.stdout
        assert "Traceback" not in done.stdout
        return done.stdout

    def clone(self, folder: str = CLONE) -> None:
        """What git would clone, and what is not committed yet."""
        listed = run("git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard").stdout
        names = [name for name in listed.splitlines() if (ROOT / name).is_file()]
        packed = subprocess.run(
            ["tar", "-C", ROOT, "-cf", "-", "-T", "-"],
            input="\n".join(names).encode(), stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        unpack = f"mkdir -p {folder} && tar -C {folder} --no-same-owner -xf -"
        subprocess.run(
            ["docker", "exec", "-i", self.machine.id, "su", "-", self.user, "-c", unpack],
            input=packed.stdout, check=True,
        )  # fmt: skip

    def packages(self) -> set[str]:
        """Every package that dpkg knows, with its state and version: one a line."""
        form = "${db:Status-Abbrev} ${Package} ${Version}\\n"
        return set(self.machine.output(f"dpkg-query -W -f {shlex.quote(form)}").splitlines())

    def files(self) -> set[str]:
        """Every file on its disk that should be the same after `make lab` and `make undo`."""
        names = " -o ".join(f"-path '{path}'" for path in HISTORY)
        found = self.machine.output(f"find / -xdev \\( {names} \\) -prune -o -print")
        return set(found.splitlines())

    def _settings(self) -> None:
        """How this computer reaches packages is how that one does; it asks nothing."""
        lines = ["DEBIAN_FRONTEND=noninteractive"]
        lines += [f"{name}={os.environ[name]}" for name in ENVIRONMENT if name in os.environ]
        self.machine.write("/etc/environment", "\n".join([*lines, ""]))
        self.machine.write(YES, 'APT::Get::Assume-Yes "true";\n')
        found = pip_settings()
        if "cert" in found:
            run("docker", "cp", "--follow-link", found["cert"], f"{self.machine.id}:{CERTIFICATES}")
            found["cert"] = CERTIFICATES
        text = "".join(f"{name} = {value}\n" for name, value in found.items())
        self.machine.write("/etc/pip.conf", f"[global]\n{text}")
        self.machine.output(
            f"chmod -f 644 /etc/environment /etc/pip.conf {YES} {CERTIFICATES} || :"
        )


def pip_settings() -> dict[str, str]:
    """Those that decide how pip reaches its index, from the environment or pip's own files."""
    listed = run(sys.executable, "-m", "pip", "config", "list").stdout
    pairs = (line.partition("=") for line in listed.splitlines())
    found = {name.rpartition(".")[2]: value.strip("'") for name, _, value in pairs}
    return {name: value for name, value in found.items() if name in PIP_SETTINGS}
