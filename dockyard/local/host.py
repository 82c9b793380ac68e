"""What this computer can do for a local lab: looked at, never assumed."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dockyard.errors import HostError
from dockyard.project import Project

GB = 1_000_000_000
_ROOM = 3 * GB
_INOTIFY_A_MACHINE = 8
_KVM = Path("/dev/kvm")
_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")


@dataclass(frozen=True)
class Finding:
    """One thing about this computer. `remedy` is what to type, for `bad` and `warn`."""

    name: str
    state: Literal["ok", "warn", "bad"]
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Choice:
    """The provider that is taken here, and why."""

    provider: str
    reason: str


def output(command: Sequence[str], seconds: float = 30) -> str | None:
    """What a command prints, or None when it is not there, fails, or is too slow."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def choice(project: Project) -> Choice:
    """The first provider that really works here.

    Raises HostError when none does.
    """
    done = subprocess.run(
        ["sh", project.vagrant / "provider.sh"], capture_output=True, text=True, check=False
    )
    provider, _, reason = done.stdout.strip().partition("\n")
    if done.returncode or not provider:
        raise HostError(
            f"No provider works on this computer. {(reason or done.stderr).strip()}",
            "Type `dockyard doctor` to see why, `dockyard doctor --fix` to mend it.",
        )
    return Choice(provider, reason)


def docker_answers() -> bool:
    return output(["docker", "info", "--format", "{{.ServerVersion}}"]) not in (None, "")


def findings(project: Project, machines: int) -> Iterator[Finding]:
    """Everything that a local lab of so many machines needs."""
    yield _program("vagrant", "Vagrant makes the machines")
    yield _program("ssh", "ssh is the way in")
    yield _docker()
    yield _provider(project)
    if _KVM.exists() and shutil.which("virsh"):
        yield _kvm()
    yield _room(project.root)
    if _INOTIFY.exists():
        yield _inotify(machines)


def _program(name: str, why: str) -> Finding:
    path = shutil.which(name)
    if path is None:
        return Finding(name, "bad", f"is not installed; {why}", "dockyard doctor --fix")
    version = (output([name, "--version"]) or "").splitlines()
    return Finding(name, "ok", version[0] if version else path)


def _docker() -> Finding:
    """Docker is one provider of several: what is amiss with it is a warning."""
    if shutil.which("docker") is None:
        text = "is not installed; container machines need it"
        return Finding("docker", "warn", text, "dockyard doctor --fix")
    version = output(
        ["docker", "info", "--format", "{{.ServerVersion}} (cgroup v{{.CgroupVersion}})"]
    )
    if version:
        return Finding("docker", "ok", f"the daemon answers: {version}")
    if os.access("/var/run/docker.sock", os.F_OK) and not os.access(
        "/var/run/docker.sock", os.W_OK
    ):
        text = "the daemon runs, but you may not use it"
        return Finding("docker", "warn", text, "sudo usermod -aG docker $USER; then log in again")
    text = "is installed, but the daemon does not answer"
    start = "open Docker Desktop" if platform.system() == "Darwin" else "dockyard doctor --fix"
    return Finding("docker", "warn", text, start)


def _provider(project: Project) -> Finding:
    try:
        found = choice(project)
    except HostError as error:
        return Finding("provider", "bad", error.message, "dockyard doctor --fix")
    return Finding("provider", "ok", f"{found.provider}: {found.reason}")


def _kvm() -> Finding:
    """Where udev runs it is the group's; libvirt's emulator is in that group."""
    found = _KVM.stat()
    if found.st_gid == 0 and not found.st_mode & 0o006:
        text = f"{_KVM} is root's alone: libvirt tries it anew at each step, for seconds"
        return Finding("kvm", "warn", text, f"sudo chgrp kvm {_KVM}; sudo chmod 660 {_KVM}")
    return Finding("kvm", "ok", f"libvirt may try {_KVM}")


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    text = f"{free / GB:.0f} GB free"
    if free < _ROOM:
        return Finding("disk", "bad", f"{text}, {_ROOM / GB:.0f} GB are needed", "make room")
    return Finding("disk", "ok", text)


def _inotify(machines: int) -> Finding:
    limit = int(_INOTIFY.read_text(encoding="ascii"))
    needed = (machines + 4) * _INOTIFY_A_MACHINE
    if limit < needed:
        text = f"allows {limit} inotify instances; {machines} container machines want {needed}"
        return Finding("kernel", "warn", text, f"sudo sysctl -w {_setting(needed)}")
    return Finding("kernel", "ok", f"allows {limit} inotify instances")


def _setting(needed: int) -> str:
    return f"fs.inotify.max_user_instances={max(1024, needed)}"
