"""Puts what is missing on this computer, and takes exactly that back."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from dockyard import show
from dockyard.errors import HostError
from dockyard.local.host import docker_answers, output
from dockyard.project import Project

# Debian and Ubuntu: program -> package. mmdebstrap builds the machines' image.
PACKAGES = {
    "vagrant": "vagrant",
    "dockerd": "docker.io",
    "docker": "docker.io",
    "iptables": "iptables",
    "mmdebstrap": "mmdebstrap",
    "ssh": "openssh-client",
}
_SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_BY_HAND = "Install by hand: Vagrant (vagrantup.com), and VirtualBox or Docker Desktop."


def missing() -> list[str]:
    """The packages that a local lab wants and that are not there."""
    wanted = {package for name, package in PACKAGES.items() if not _there(name)}
    # Debian 13 and Ubuntu have the client in a package of its own
    if "docker.io" in wanted and output(["apt-cache", "show", "docker-cli"]):
        wanted.add("docker-cli")
    return sorted(wanted)


def _there(name: str) -> bool:
    return shutil.which(name, path=_SBIN) is not None


def apt() -> bool:
    return shutil.which("apt-get") is not None


def install(project: Project, packages: Sequence[str]) -> None:
    """Installs packages and keeps the names of those that were not there before.

    Raises HostError without apt, or when apt fails.
    """
    if not apt():
        raise HostError("This computer has no apt, so nothing is installed here.", _BY_HAND)
    before = _installed()
    try:
        _root(["apt-get", "-q", "update"])
        _root(["apt-get", "-qy", "install", "--no-install-recommends", *packages])
    finally:
        _remember(project, sorted(_installed() - before))


def start_docker() -> None:
    """Starts Docker's daemon where it is installed and does not answer."""
    if docker_answers() or not _there("dockerd"):
        return
    show.say("Starting Docker: service docker start")
    _root(["service", "docker", "start"])
    for _ in range(60):
        if docker_answers():
            return
        time.sleep(0.5)
    raise HostError(
        "Docker was started but does not answer.",
        "See /var/log/docker.log, or journalctl -u docker",
    )


def remembered(project: Project) -> list[str]:
    """The packages that `install` put here."""
    file = _memory(project)
    return list(json.loads(file.read_text(encoding="ascii"))) if file.exists() else []


def remove(project: Project) -> None:
    """Takes back the packages that `install` put here, and no other."""
    there = sorted(set(remembered(project)) & _installed())
    if there:
        # its daemon would live on where no systemd stops it
        if "docker.io" in there and docker_answers():
            _root(["service", "docker", "stop"])
        _root(["apt-get", "-qy", "purge", *there])
    _memory(project).unlink(missing_ok=True)


def _memory(project: Project) -> Path:
    return project.root / ".dockyard" / "installed.json"


def _remember(project: Project, packages: Sequence[str]) -> None:
    file = _memory(project)
    file.parent.mkdir(exist_ok=True)
    known = sorted({*remembered(project), *packages})
    if known:
        file.write_text(json.dumps(known, indent=2) + "\n", encoding="ascii")


def _installed() -> set[str]:
    listed = output(["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n"]) or ""
    return {line.split()[1] for line in listed.splitlines() if line.startswith("ii")}


def _root(command: Sequence[str]) -> None:
    """Runs a command as root, with its output shown."""
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run([*sudo, *command], check=True, env=env, stdout=2)
    except FileNotFoundError:
        raise HostError(
            f"Installing needs root, and there is no {sudo[0] if sudo else command[0]}.",
            f"Type as root: {' '.join(command)}",
        ) from None
    except subprocess.CalledProcessError as error:
        raise HostError(
            f"`{' '.join(command)}` failed with exit code {error.returncode}; see above.",
            "Mend that (network? rights? disk?) and type the same again.",
        ) from None
