"""Puts what is missing on this computer, and remembers what was not there before."""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from dockyard import show
from dockyard.errors import HostError
from dockyard.local import group, memory
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
# waits for another installer, as one that a killed `make lab` left behind
APT = ("apt-get", "-qy", "-o", "DPkg::Lock::Timeout=300")
_LEAN = ("--no-install-recommends",)
_TRACES = tuple(map(Path, ("/etc/docker", "/etc/cni", "/var/lib/docker", "/var/lib/containerd")))
_SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_SYSTEMD = Path("/run/systemd/system")
# the line of Debian's own init script, so that `service docker stop` ends what it began
_DAEMON = (
    *("start-stop-daemon", "--start", "--background", "--output", "/var/log/docker.log"),
    *("--make-pidfile", "--pidfile", "/var/run/docker-ssd.pid", "--exec", "/usr/sbin/dockerd"),
)
BY_HAND = "Install by hand: Vagrant (vagrantup.com), and VirtualBox or Docker Desktop."


def missing() -> list[str]:
    """The packages that a local lab wants and that are not there."""
    wanted = {package for name, package in PACKAGES.items() if not is_there(name)}
    if not Path("/usr/share/keyrings/debian-archive-keyring.gpg").exists():
        wanted.add("debian-archive-keyring")  # Ubuntu leaves it out; the image is Debian's
    if os.geteuid() != 0 and not is_there("newuidmap"):
        wanted.add("uidmap")  # mmdebstrap without root
    # Debian 13 and Ubuntu have the client in a package of its own
    if "docker.io" in wanted and output(["apt-cache", "show", "docker-cli"]):
        wanted.add("docker-cli")
    return sorted(wanted)


def is_there(name: str) -> bool:
    return shutil.which(name, path=_SBIN) is not None


def apt() -> bool:
    return shutil.which("apt-get") is not None


def install(project: Project, packages: Sequence[str]) -> None:
    """Installs packages and keeps the names of those that were not there before.

    Raises HostError without apt or root's rights, or when apt fails.
    """
    if not apt():
        raise HostError("This computer has no apt, so nothing is installed here.", BY_HAND)
    if _sudo() and not is_there("sudo"):
        raise HostError(
            "Installing needs root, and there is no sudo.",
            f"Type as root: apt-get install {' '.join((*_LEAN, *packages))}; then the same again.",
        )
    log = project.root / ".dockyard" / "install.log"
    show.say(f"Installing, which takes about a minute; log: {log}")
    before = installed()
    made = _remember_traces(project)
    as_root([*APT, "update"], log)
    # before apt begins: whoever is killed now has it written down already
    memory.remember(project, "packages", _planned(packages) - before)
    try:
        as_root([*APT, "install", *_LEAN, *packages], log)
    finally:
        made["packages"] += installed() - before
        memory.replace(project, made)


def _planned(packages: Sequence[str]) -> set[str]:
    """The packages that apt would install, with those that they need."""
    said = output(["apt-get", "--simulate", "install", *_LEAN, *packages]) or ""
    return {line.split()[1] for line in said.splitlines() if line.startswith("Inst ")}


def _remember_traces(project: Project) -> memory.Made:
    """What Docker and Vagrant will make when they run; returns all that is remembered."""
    folders = [str(folder) for folder in (vagrant_home(), *_TRACES) if not folder.exists()]
    memory.remember(project, "folders", folders)
    if output(["getent", "group", group.NAME]) is None:
        memory.remember(project, "groups", [group.NAME])
    return memory.remembered(project)


def vagrant_home() -> Path:
    """Where Vagrant keeps boxes and plugins."""
    return Path(os.environ.get("VAGRANT_HOME", "~/.vagrant.d")).expanduser()


def start_docker(project: Project) -> None:
    """Makes Docker's daemon answer this person, where it is installed and does not.

    May replace this process by the same command in a session that has the group docker.
    """
    if docker_answers() or not is_there("dockerd"):
        return
    log = project.root / ".dockyard" / "install.log"
    if output([*_sudo(), "docker", "info"]) is None:
        _start_daemon(log)
    if not _answers_soon(_sudo()):
        raise HostError(
            "Docker was started but does not answer.",
            "See /var/log/docker.log, or: journalctl -u docker",
        )
    user = group.me()
    if not docker_answers() and not group.has(user):
        show.say(f"Adding {user} to the group docker (whoever is in it has root's rights here)")
        as_root(["usermod", "--append", "--groups", group.NAME, user], log)
    group.take_up()


def _start_daemon(log: Path) -> None:
    """By systemd or the init script; that one raises limits first, which a container refuses."""
    show.say("Starting Docker: service docker start")
    try:
        as_root(["service", "docker", "start"], log)
    except HostError:
        if _SYSTEMD.exists() or not is_there(_DAEMON[0]):
            raise
        show.say("Its init script fails here, so dockerd is started without it; it ends with")
        show.say("  this computer, or by: service docker stop. Log: /var/log/docker.log")
        as_root(_DAEMON, log)


def _answers_soon(sudo: Sequence[str]) -> bool:
    for _ in range(60):
        if output([*sudo, "docker", "info"]) is not None:
            return True
        time.sleep(0.5)
    return False


def _sudo() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo"]


def installed() -> set[str]:
    """The names of the packages that are on this computer."""
    listed = output(["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n"]) or ""
    return {line.split()[1] for line in listed.splitlines() if line.startswith("ii")}


def as_root(command: Sequence[str], log: Path) -> None:
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
