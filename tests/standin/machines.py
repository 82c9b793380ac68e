"""A machine for tests: systemd in a container, provisioned by the real cloud-init."""

import json
import os
import shlex
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from standin.built import BOX, run
from standin.docker_host import LABEL

MARK = "/var/lib/dockyard/result.json"
LOG = "/var/log/dockyard.log"
FLAGS = (
    *("--stop-signal", "SIGRTMIN+3", "--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN"),
    *("--security-opt", "apparmor=unconfined", "--security-opt", f"seccomp={BOX}/seccomp.json"),
    *("--security-opt", "systempaths=unconfined"),
)
"""As vagrant/providers/docker.rb starts a machine, which says why; but a machine in a cloud
owns its kernel's settings, so /proc/sys is writable here."""
CGROUP_FLAGS = {
    "1": ("--cgroupns", "host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw"),
    "2": ("--cgroupns", "private"),
}
VOLUMES = ("/var/lib/docker", "/var/lib/containerd")
"""Docker's own file system does not carry another Docker's."""
MOST_SECONDS = 180


@dataclass(frozen=True)
class Machine:
    """One machine; `id` is its container's."""

    id: str

    @classmethod
    def start(cls, image: str, *flags: str, user_data: str = "") -> "Machine":
        """Boot a machine; with user data, cloud-init runs it."""
        label = f"{LABEL}={os.getpid()}"
        for place in VOLUMES:
            if not any(place in flag for flag in flags):
                flags = ("--volume", place, *flags)
        version = run("docker", "info", "--format", "{{.CgroupVersion}}").stdout.strip()
        flags = (*FLAGS, *CGROUP_FLAGS[version], *flags)
        created = run("docker", "create", "--tty", "--label", label, *flags, image)
        machine = cls(created.stdout.strip())
        if user_data:
            machine._seed(user_data)
        run("docker", "start", machine.id)
        machine.wait_for_boot()
        return machine

    def run(
        self, command: str, user: str = "root", timeout: float = MOST_SECONDS
    ) -> "subprocess.CompletedProcess[str]":
        """A shell command, as the user would run it after logging in."""
        words = ("sh", "-c", command) if user == "root" else ("su", "-", user, "-c", command)
        return subprocess.run(
            ["docker", "exec", self.id, *words],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def output(self, command: str, user: str = "root", timeout: float = MOST_SECONDS) -> str:
        """What a command that must succeed prints."""
        done = self.run(command, user, timeout)
        assert not done.returncode, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def says_hello(self, user: str) -> str:
        """What a container says, its image made of the machine's own echo and libraries."""
        files = "{ echo bin/echo; ldd /bin/echo | grep -o '/[^ ]*'; }"
        self.output(f"{files} | tar -C / -chPf - -T - | docker import - hello", user)
        return self.output("docker run --rm hello /bin/echo hello", user)

    @property
    def address(self) -> str:
        """Where this computer reaches it."""
        template = "{{.NetworkSettings.IPAddress}}"
        return run("docker", "inspect", "--format", template, self.id).stdout.strip()

    def write(self, path: str, text: str) -> None:
        """A file in the machine."""
        with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            run("docker", "cp", file.name, f"{self.id}:{path}")

    def mark(self) -> dict[str, Any]:
        """What provision/ left as its word."""
        found: dict[str, Any] = json.loads(self.output(f"cat {MARK}"))
        return found

    def wait_for_mark(self, state: str, after: dict[str, Any] | None = None) -> dict[str, Any]:
        """The mark of a run that has ended, which must say `state`; `after` is an older mark."""
        over = f'grep -sqE \'"state": *"(ready|failed)"\' {MARK}'
        if after is not None:
            over += f" && ! grep -q '\"started\": *{after['started']},' {MARK}"
        self.wait_until(over)
        mark = self.mark()
        assert mark["state"] == state, f"{mark}\n{self.log()}"
        return mark

    def wait_until(self, condition: str) -> None:
        """Until a shell command succeeds; asked inside the machine, which costs least."""
        loop = f"until {condition}; do sleep 0.1; done"
        try:
            self.output(
                f"timeout {MOST_SECONDS} sh -c {shlex.quote(loop)}", timeout=MOST_SECONDS + 30
            )
        except AssertionError:
            raise AssertionError(f"never came true: {condition}\n{self.log()}") from None

    def log(self) -> str:
        """The end of what provision/ and systemd say, for the message of a failed test."""
        return self.run(
            f"tail -n 40 {LOG}; systemctl --failed --no-legend; cloud-init status --long"
        ).stdout

    def wait_for_boot(self) -> None:
        """Until systemd takes orders; before that apt and logins fail."""
        self.wait_until("systemctl is-active --quiet basic.target")

    def reboot(self) -> None:
        """An orderly reboot."""
        run("docker", "restart", self.id)
        self.wait_for_boot()

    def cut_power(self) -> None:
        """No process gets a word before the machine is gone."""
        run("docker", "kill", self.id)

    def start_again(self) -> None:
        """The power is back."""
        run("docker", "start", self.id)
        self.wait_for_boot()

    def remove(self) -> None:
        """The machine, and what it stored."""
        run("docker", "rm", "--force", "--volumes", self.id)

    def _seed(self, user_data: str) -> None:
        """The folder that cloud-init takes for a cloud's metadata service."""
        with tempfile.TemporaryDirectory() as folder:
            seed = Path(folder) / "cloud" / "seed" / "nocloud"
            seed.mkdir(parents=True)
            (seed / "user-data").write_text(user_data, encoding="ascii")
            # a cloud names a machine by its address; the lab's name is for us to set
            (seed / "meta-data").write_text(
                f"instance-id: {uuid.uuid4()}\nlocal-hostname: ip-10-77-0-20\n"
            )
            run("docker", "cp", f"{folder}/cloud", f"{self.id}:/var/lib/")


Stories = dict[str, Future[Machine]]
"""Machines that something happens to, by the name of what happens."""


@dataclass(frozen=True)
class Machines:
    """Starts machines; `images` by the name of their system."""

    images: dict[str, str]
    pool: ThreadPoolExecutor

    def start(self, system: str, *flags: str, user_data: str = "") -> Machine:
        """One machine, once it has booted."""
        return Machine.start(self.images[system], *flags, user_data=user_data)

    def begin(self, *stories: Callable[[], Machine]) -> Stories:
        """All at once, since each waits much."""
        return {story.__name__: self.pool.submit(story) for story in stories}
