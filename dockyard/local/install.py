"""Puts what is missing on this computer, and takes exactly that back."""

import getpass
import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from dockyard import show
from dockyard.errors import HostError
from dockyard.local import group
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
    if not Path("/usr/share/keyrings/debian-archive-keyring.gpg").exists():
        wanted.add("debian-archive-keyring")  # Ubuntu leaves it out; the image is Debian's
    if os.geteuid() != 0 and not _there("newuidmap"):
        wanted.add("uidmap")  # mmdebstrap without root
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
    home = vagrant_home()
    if not home.exists():
        _remember(project, "folders", [str(home)])
    log = project.root / ".dockyard" / "install.log"
    show.say(f"Installing, which takes about a minute; log: {log}")
    try:
        _root(["apt-get", "-q", "update"], log)
        _root(["apt-get", "-qy", "install", "--no-install-recommends", *packages], log)
    finally:
        _remember(project, "packages", sorted(_installed() - before))


def vagrant_home() -> Path:
    """Where Vagrant keeps boxes and plugins."""
    return Path(os.environ.get("VAGRANT_HOME", "~/.vagrant.d")).expanduser()


def start_docker(project: Project) -> None:
    """Makes Docker's daemon answer this person, where it is installed and does not.

    May replace this process by the same command in a session that has the group docker.
    """
    if docker_answers() or not _there("dockerd"):
        return
    log = project.root / ".dockyard" / "install.log"
    if output([*_sudo(), "docker", "info"]) is None:
        show.say("Starting Docker: service docker start")
        _root(["service", "docker", "start"], log)
    if not _answers_soon(_sudo()):
        raise HostError(
            "Docker was started but does not answer.",
            "See /var/log/docker.log, or: journalctl -u docker",
        )
    user = getpass.getuser()
    if not docker_answers() and not group.has(user):
        show.say(f"Adding {user} to the group docker (whoever is in it has root's rights here)")
        _root(["usermod", "--append", "--groups", group.NAME, user], log)
    group.take_up()


def _answers_soon(sudo: Sequence[str]) -> bool:
    for _ in range(60):
        if output([*sudo, "docker", "info"]) is not None:
            return True
        time.sleep(0.5)
    return False


def _sudo() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo"]


def remembered(project: Project) -> dict[str, list[str]]:
    """The `packages` and `folders` that `install` put here."""
    file = _memory(project)
    found: dict[str, list[str]] = {"packages": [], "folders": []}
    if file.exists():
        found.update(json.loads(file.read_text(encoding="ascii")))
    return found


def docker_holds() -> str:
    """What Docker holds that is the person's own: `2 containers, 1 image`; nothing, when not."""
    asked = {
        "container": ["ps", "--all", "--quiet"],
        "image": ["image", "ls", "--quiet"],
        "volume": ["volume", "ls", "--quiet"],
    }
    counts = {word: len((output(["docker", *q]) or "").split()) for word, q in asked.items()}
    return ", ".join(show.count(number, word) for word, number in counts.items() if number)


def remove(project: Project) -> None:
    """Takes back what `install` put here, and nothing else.

    Docker stays while it holds something that is not the lab's.
    """
    made = remembered(project)
    there = set(made["packages"]) & _installed()
    holds = docker_holds() if "docker.io" in there else ""
    if holds:
        show.say(f"Docker stays: it holds {holds} that are not the lab's.")
        there -= {"docker.io", "docker-cli", "containerd", "runc", "iptables"}
    if there:
        log = project.root / ".dockyard" / "install.log"
        # its daemon would live on where no systemd stops it
        if "docker.io" in there and docker_answers():
            _root(["service", "docker", "stop"], log)
        _root(["apt-get", "-qy", "purge", *sorted(there)], log)
    for folder in made["folders"]:
        shutil.rmtree(folder, ignore_errors=True)
    for name in ("installed.json", "install.log", "vagrant_key", "vagrant_key.pub"):
        (project.root / ".dockyard" / name).unlink(missing_ok=True)


def _memory(project: Project) -> Path:
    return project.root / ".dockyard" / "installed.json"


def _remember(project: Project, kind: str, names: Sequence[str]) -> None:
    known = remembered(project)
    known[kind] = sorted({*known[kind], *names})
    file = _memory(project)
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(known, indent=2) + "\n", encoding="ascii")


def _installed() -> set[str]:
    listed = output(["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n"]) or ""
    return {line.split()[1] for line in listed.splitlines() if line.startswith("ii")}


def _root(command: Sequence[str], log: Path) -> None:
    """Runs a command as root: what it says goes to the log; its end to the person, on failure."""
    sudo = _sudo()
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log.parent.mkdir(exist_ok=True)
    try:
        with log.open("ab") as file:
            subprocess.run([*sudo, *command], check=True, env=env, stdout=file, stderr=file)
    except FileNotFoundError:
        raise HostError(
            f"Installing needs root, and there is no {sudo[0] if sudo else command[0]}.",
            f"Type as root: {' '.join(command)}",
        ) from None
    except subprocess.CalledProcessError as error:
        end = "\n".join(
            f"  | {line}" for line in log.read_text("utf-8", "replace").splitlines()[-15:]
        )
        raise HostError(
            f"`{' '.join(command)}` failed with exit code {error.returncode}:\n{end}",
            f"Mend that (network? rights? disk?) and type the same again. All of it: {log}",
        ) from None
