"""The Docker that machines run in: asked, told, and swept."""

from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from dockyard.errors import DockyardError, HostError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LABEL = "dockyard.rehearsal"
"""Its value is the folder of the rehearsal that a container or network belongs to."""
_POOL = ipaddress.IPv4Network("10.64.0.0/11")
"""Outside Docker's own pools, and of a swarm's; the labs' own 10.77.0.0/16 is left out."""
_LAB = ipaddress.IPv4Network("10.77.0.0/16")
_PREFIX = 20
_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
_INOTIFY_EACH = 8
"""A machine with Docker holds as many; with too few, systemd hangs without a word."""
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
        said = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise DockyardError(f"docker {words[0]}: {''.join(said)}")
    return done.stdout.strip()


def _asked(*words: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *words], capture_output=True, text=True, timeout=seconds, check=False
    )


def enter(pid: int, *words: str, said: str = "") -> None:
    """Runs a command of this computer in the network that a process is in; it reads `said`.

    Raises DockyardError with its own words when it fails.
    """
    inside = ["nsenter", "--net", "--target", str(pid), *words]
    done = subprocess.run(inside, input=said, text=True, capture_output=True, check=False)
    if done.returncode:
        raise DockyardError(f"{words[0]}: {done.stderr.strip()[-200:]}")


def demand() -> None:
    """Raises HostError where machines cannot be rehearsed, with what to type."""
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"  # not on everybody's
    missing = [package for tool, package in _NEEDED.items() if not shutil.which(tool, path=path)]
    if missing:
        raise HostError(
            f"A rehearsal makes machines with Docker; this computer lacks {', '.join(missing)}.",
            f"On Debian and Ubuntu: sudo apt-get install {' '.join(missing)}",
        )
    if os.geteuid():
        raise HostError(
            "A rehearsal sets up the machines' own networks, which only root may.",
            "Type the same with sudo. Without machines: dockyard rehearse STACK --no-machines",
        )
    try:
        run("version", seconds=30)
    except DockyardError as error:
        hint = "Start it: sudo systemctl start docker"
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


def machines(folder: Path | str) -> list[str]:
    """The containers of one rehearsal, running or not."""
    return run("ps", "--all", "--quiet", "--filter", f"label={LABEL}={folder}").split()


def running(folder: Path | str) -> list[str]:
    """Those that are not switched off."""
    return run("ps", "--quiet", "--filter", f"label={LABEL}={folder}").split()


def sweep(folder: Path | str) -> int:
    """Removes all that a rehearsal has in Docker; how many machines that were."""
    found = machines(folder)
    if found:
        run("rm", "--force", "--volumes", *found)
    label = f"label={LABEL}={folder}"
    networks: Sequence[str] = run("network", "ls", "--quiet", "--filter", label).split()
    if networks:
        run("network", "rm", *networks)
    return len(found)
