"""The Docker that machines run in: asked, told, and swept."""

from __future__ import annotations

import ipaddress
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from dockyard.errors import DockyardError, HostError
from dockyard.local import group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LABEL = "dockyard.rehearsal"
"""Its value is the folder of the rehearsal that a container or network belongs to."""
HOST = f"{LABEL}.machine"
"""the label with the name of a machine"""
_POOL = ipaddress.IPv4Network("10.64.0.0/11")
"""Outside Docker's own pools, and of a swarm's; the labs' own 10.77.0.0/16 is left out."""
_LAB = ipaddress.IPv4Network("10.77.0.0/16")
_PREFIX = 20
_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
_INOTIFY_EACH = 8
"""A machine with Docker holds as many; with too few, systemd hangs without a word."""
_HELP = re.compile(r"\s*$|Usage: |(Run|See) 'docker ")
"""what Docker's command says below an error"""
_THIS_COMPUTER = "/mnt"
_USHER = (
    *("--detach", "--rm", "--init", "--network", "none", "--entrypoint", "sleep"),
    *("--pid", "host", "--volume", f"/:{_THIS_COMPUTER}"),
    *("--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN"),
    *("--security-opt", "apparmor=unconfined"),
)
"""the rights that a machine has, which is enough to enter it"""
_NEEDED = {"docker": "docker.io", "nsenter": "util-linux", "iptables-restore": "iptables"}


def run(*words: str, seconds: float = 120) -> str:
    """What `docker WORD…` prints.

    Raises DockyardError with its own words when it fails.
    """
    try:
        done = _asked(*words, seconds=seconds)
    except subprocess.TimeoutExpired:
        raise DockyardError(f"docker {words[0]}: no answer within {seconds:g} s") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        said = [line for line in lines if not _HELP.match(line)][-1:]
        raise DockyardError(f"docker {words[0]}: {''.join(said)}")
    return done.stdout.strip()


def _asked(*words: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *words], capture_output=True, text=True, timeout=seconds, check=False
    )


def enter(pid: int, *words: str, said: str = "", by: str = "") -> None:
    """Runs a command of this computer in the network that a process is in; it reads `said`.

    `by` is the usher who does it for somebody who is not root. Raises DockyardError with the
    command's own words when it fails.
    """
    # among this computer's own files: what is in a machine's image is no matter
    asked = ["docker", "exec", "--interactive", by, "chroot", _THIS_COMPUTER] if by else []
    inside = [*asked, "nsenter", "--net", "--target", str(pid), *words]
    done = subprocess.run(inside, input=said, text=True, capture_output=True, check=False)
    if done.returncode:
        raise DockyardError(f"{words[0]}: {done.stderr.strip()[-200:]}")


def usher(network: str, folder: Path, image: str) -> str:
    """Where we are not root: a container that is, as everybody may ask of Docker who is in its
    group; its name. Root needs none.
    """
    if os.geteuid() == 0:
        return ""
    name = f"{network}-usher"
    label = f"{LABEL}={folder}"
    run("run", *_USHER, "--name", name, "--label", label, image, "infinity")
    return name


def demand_linux() -> None:
    """Raises HostError on another system: processes and networks are those of Linux."""
    if platform.system() != "Linux":
        raise HostError(
            f"A rehearsal is played on Linux, and this is {platform.system()}.",
            "In a virtual machine with Linux, and this clone in it, it works.",
        )


def demand() -> None:
    """Raises HostError where machines cannot be rehearsed, with what to type."""
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"  # not on everybody's
    missing = [package for tool, package in _NEEDED.items() if not shutil.which(tool, path=path)]
    if missing:
        raise HostError(
            f"A rehearsal makes machines with Docker; this computer lacks {', '.join(missing)}.",
            f"On Debian and Ubuntu: sudo apt-get install {' '.join(missing)}",
        )
    named = os.environ.get("DOCKER_HOST", "")
    if named and not named.startswith("unix://"):
        raise HostError(
            f"A rehearsal needs this computer's own Docker, and DOCKER_HOST is {named}.",
            "Type: unset DOCKER_HOST",
        )
    group.take_up()
    try:
        run("version", seconds=30)
    except DockyardError as error:
        if "permission denied" in str(error):
            raise HostError(
                f"Docker answers root and its group alone, and {group.me()} is not in that.",
                f"Type the same with sudo, or once: sudo usermod -aG {group.NAME} {group.me()}. "
                "Without machines: dockyard rehearse STACK --no-machines",
            ) from None
        start = "Start it: sudo systemctl start docker"
        hint = f"It is asked at {named}. Type: unset DOCKER_HOST" if named else start
        raise HostError(f"Docker is installed and does not answer ({error}).", hint) from None


def demand_inotify(machines: int) -> None:
    """Raises HostError when the kernel's own limit ends the class before it begins."""
    wanted, allowed = machines * _INOTIFY_EACH, int(_INOTIFY.read_text())
    if wanted > allowed:
        raise HostError(
            f"{machines} machines need {wanted} inotify instances, and this computer allows "
            f"{allowed}: some would hang in their boot.",
            f"Until the next start of the computer: sudo sysctl -w "
            f"fs.inotify.max_user_instances={max(1024, wanted)}",
        )


# --- networks -----------------------------------------------------------------------------------


def make_network(name: str, folder: Path) -> ipaddress.IPv4Network:
    """A network in a range that nobody here uses.

    Raises HostError when there is none left.
    """
    taken = list(_taken())
    label = f"{LABEL}={folder}"
    for chosen in _POOL.subnets(new_prefix=_PREFIX):
        if any(chosen.overlaps(other) for other in taken):
            continue
        try:
            run("network", "create", "--label", label, "--subnet", str(chosen), name)
        except DockyardError as error:
            if "overlap" not in str(error).lower():
                raise
            continue  # another rehearsal was faster
        return chosen
    raise HostError(
        f"No addresses of {_POOL} are left for machines: Docker's networks have them all.",
        "See them: docker network ls. Remove those that nobody needs: docker network prune",
    )


def _taken() -> Iterator[ipaddress.IPv4Network]:
    yield _LAB
    ids = run("network", "ls", "--quiet").split()
    form = "{{range .IPAM.Config}}{{.Subnet}} {{end}}"
    told = _asked("network", "inspect", "--format", form, *ids).stdout  # one may go meanwhile
    routes = subprocess.run(
        ["ip", "-4", "route"], capture_output=True, text=True, check=False
    ).stdout
    for word in [*told.split(), *routes.split()]:
        if "/" in word and ":" not in word:
            yield ipaddress.IPv4Network(word, strict=False)


# --- what is left -------------------------------------------------------------------------------


def owners() -> set[str]:
    """The folders of all rehearsals that have something in Docker."""
    form = f'{{{{.Label "{LABEL}"}}}}'
    label = f"label={LABEL}"
    found = run("ps", "--all", "--filter", label, "--format", form).splitlines()
    found += run("network", "ls", "--filter", label, "--format", form).splitlines()
    return set(filter(None, found))


def machines(folder: Path | str, host: str = "") -> list[str]:
    """The containers of one rehearsal, or of one machine in it, running or not."""
    return run("ps", "--all", "--quiet", *_of(folder, host)).split()


def running(folder: Path | str, host: str = "") -> list[str]:
    """Those that are not switched off."""
    return run("ps", "--quiet", *_of(folder, host)).split()


def _of(folder: Path | str, host: str) -> tuple[str, ...]:
    named = f"label={HOST}={host}" if host else f"label={HOST}"
    return ("--filter", f"label={LABEL}={folder}", "--filter", named)


def sweep(folder: Path | str) -> int:
    """Removes all that a rehearsal has in Docker; how many machines that were."""
    label = f"label={LABEL}={folder}"
    count = len(machines(folder))
    found = run("ps", "--all", "--quiet", "--filter", label).split()
    if found:
        run("rm", "--force", "--volumes", *found)
    networks: Sequence[str] = run("network", "ls", "--quiet", "--filter", label).split()
    if networks:
        run("network", "rm", *networks)
    return count
