"""One machine: systemd in a container, with the real cloud-init in it.

Started with the least that works, as vagrant/providers/docker.rb does, which says why.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dockyard.errors import DockyardError
from rehearsal.machines import docker, metadata
from rehearsal.machines.images import BOX

if TYPE_CHECKING:
    from rehearsal.machines.real import Asked

FLAGS = (
    *("--cgroupns", "private", "--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN"),
    *("--security-opt", "apparmor=unconfined", "--security-opt", f"seccomp={BOX}/seccomp.json"),
    *("--sysctl", "net.ipv4.ip_forward=1", "--stop-signal", "SIGRTMIN+3", "--tty", "--detach"),
    *("--volume", "/var/lib/docker", "--volume", "/var/lib/containerd"),
)
_LAB_PREFIX = 16
_INIT = Path(__file__).with_name("init.sh")
_OWN = "/usr/local/lib/dockyard-rehearsal"
_FIRST = ("hardware", "faults")
"""what its first process puts in place"""


@dataclass(frozen=True)
class Place:
    """Where machines of one rehearsal are made: its folder, its network, the names of images."""

    folder: Path
    network: str
    resolver: str
    """resolv.conf with a name server that containers inside reach, too; Docker's own is none"""
    usher: str = ""
    """who enters a machine's network where we may not; empty: we may"""
    metadata: str = ""
    """address and port of what its cloud tells a machine of itself; empty: nothing"""


@dataclass
class Machine:
    """One machine; `id` is its container's."""

    place: Place
    id: str
    name: str
    asked: Asked
    rules: str = ""
    """of its firewall, as they are applied"""
    stopping: bool = False
    """it was told to stop: its end is no news"""

    @classmethod
    def boot(cls, place: Place, name: str, image: str, asked: Asked) -> Machine:
        """Starts it; it has its addresses when this returns, and boots on."""
        home = place.folder / "machines" / name
        _seed(home, asked)
        _hardware(home, asked)
        # one for each: root in a machine can write it
        (home / "resolv.conf").write_text(place.resolver, encoding="ascii")
        cpus = min(asked.vcpus, os.cpu_count() or 1)
        flags = [
            *FLAGS,
            *("--label", f"{docker.LABEL}={place.folder}", "--label", f"{docker.HOST}={name}"),
            *("--network", place.network, "--ip", asked.public),
            *("--cpus", str(cpus), "--memory", f"{asked.memory}m"),
            *("--volume", f"{home}/resolv.conf:/etc/resolv.conf"),
            *("--volume", f"{home}/seed:/var/lib/cloud/seed/nocloud:ro"),
        ]
        first = []
        own = [name for name in _FIRST if (home / name).is_dir()]
        if own:
            for mine in (*(f"{home}/{name}:{_OWN}/{name}" for name in own), f"{_INIT}:/init"):
                flags += ["--volume", f"{mine}:ro"]
            first = ["sh", "/init", _OWN]
        made = cls(place, docker.run("run", *flags, image, *first), name, asked)
        try:
            made.connect()
        except DockyardError:  # it ended at once
            made.remove()
            raise
        return made

    @property
    def pid(self) -> int:
        """0: it is off, or gone."""
        with suppress(DockyardError):
            return int(docker.run("inspect", "--format", "{{.State.Pid}}", self.id))
        return 0

    def connect(self) -> None:
        """Its address in the lab, which this computer's own network knows nothing of: machines
        of one network find each other there without it. And the way to its cloud's metadata
        service.
        """
        steps, rules = [], ""
        if self.asked.private:
            steps.append(f"ip address replace {self.asked.private}/{_LAB_PREFIX} dev eth0")
        if self.place.metadata:
            steps += metadata.STEPS
            rules = metadata.rules(self.place.metadata)
        docker.enter(self.pid, "sh", "-ec", "; ".join(steps), said=rules, by=self.place.usher)

    def close(self, rules: str, *, again: bool = False) -> None:
        """Its firewall, as it is to be; does nothing when it is so.

        A machine that is off has it from its next start on.
        """
        if rules != self.rules or again:
            self.rules = rules
            self.obey(rules)

    def obey(self, rules: str) -> None:
        """Has these rules, whatever it should have."""
        pid = self.pid
        if pid:
            words = ("iptables-restore", "--noflush", "--wait", "5")
            docker.enter(pid, *words, said=rules, by=self.place.usher)

    def start(self) -> None:
        """Boots it again; its network is a new one."""
        docker.run("start", self.id)
        self.stopping = False
        self.connect()
        if self.rules:
            self.close(self.rules, again=True)

    def stop(self) -> None:
        self.stopping = True
        docker.run("stop", "--time", "30", self.id)

    def move(self, network: str, address: str) -> None:
        """Gives it another public address, at the next start; it is stopped."""
        docker.run("network", "disconnect", network, self.id)
        docker.run("network", "connect", "--ip", address, network, self.id)

    def resize(self, asked: Asked) -> None:
        cpus, memory = min(asked.vcpus, os.cpu_count() or 1), f"{asked.memory}m"
        docker.run(
            "update", "--cpus", str(cpus), "--memory", memory, "--memory-swap", "-1", self.id
        )
        self.asked = asked

    def remove(self) -> None:
        docker.run("rm", "--force", "--volumes", self.id)

    def console(self, lines: int = 5000) -> str:
        """The last lines that it said to its console."""
        done = subprocess.run(
            ["docker", "logs", "--tail", str(lines), self.id],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout


def _seed(home: Path, asked: Asked) -> None:
    """The folder that cloud-init takes for a cloud's metadata service."""
    seed = home / "seed"
    seed.mkdir(parents=True, exist_ok=True, mode=0o700)
    (seed / "user-data").write_text(asked.user_data, encoding="ascii")
    # a cloud names a machine by its address; the lab's name is for user data to set
    own = asked.private.replace(".", "-")
    (seed / "meta-data").write_text(f"instance-id: {home.name}\nlocal-hostname: ip-{own}\n")


def _hardware(home: Path, asked: Asked) -> None:
    """What is seen of it below /sys/class."""
    if asked.vendor:
        firmware = home / "hardware" / "dmi" / "id"
        firmware.mkdir(parents=True, exist_ok=True)
        (firmware / "sys_vendor").write_text(f"{asked.vendor}\n", encoding="ascii")
