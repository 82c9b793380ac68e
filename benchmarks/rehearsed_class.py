"""A class of real machines: `dockyard up` in a rehearsal, beside a plain loop and the peers' way.

usage: python benchmarks/rehearsed_class.py [MACHINES] [--baked] [ROUNDS]      (root; Docker)

ours   from `dockyard up` on an empty cloud to the word that every machine is verified
bare   the same images, the same user data and the same verification: a loop of `docker run`,
       then ssh to each until its result says ready
peers  create all, wait for port 22, then one step after another on all of them over ssh:
       fetch the index, install Docker, set it up, run a container

Sides alternate; seconds, median (all), and ratios in one run. --baked: Docker is in the image.
"""

import json
import os
import shlex
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dockyard.project import Project
from rehearsal.machines import docker
from rehearsal.machines.machine import FLAGS
from rehearsal.stage import run
from rehearsal.stage.folder import Folder
from rehearsal.stage.rehearsal import Asked, Rehearsal

ROOT = Path(__file__).parent.parent
STACK = "aws-lab"
READY = 'until grep -q \'"state":"ready"\' /var/lib/dockyard/result.json; do sleep 1; done'
STEPS = (
    "apt-get -qq update",
    (
        "DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "
        "docker.io docker-cli docker-buildx docker-compose iptables"
    ),
    'mkdir -p /etc/docker && echo \'{"log-driver": "local"}\' >/etc/docker/daemon.json',
    "useradd --create-home --groups docker student",
    "systemctl restart docker",
    "tar -C / -ch bin/sh $(ldd /bin/sh | grep -o '/[^ ]*') 2>/dev/null | docker import - probe",
    "docker run --rm probe /bin/sh -c :",
)
MOST = {"bare": (1.2, 1.3), "peers": (0.6, 0.6)}
"""ours against each: installing, and with Docker in the image"""


@dataclass(frozen=True)
class Stage:
    """A rehearsal that stands, its cloud empty; `key` opens the machines of all sides."""

    rehearsal: Rehearsal
    key: Path
    count: int

    @property
    def folder(self) -> Folder:
        return self.rehearsal.folder

    def ssh(self, address: str, user: str, command: str, *, until: bool = False) -> None:
        """One command; `until`: again and again, as long as nobody is let in."""
        words = ["ssh", "-i", str(self.key), "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]
        words += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        words += [f"{user}@{address}", command]
        said = subprocess.run(words, capture_output=True, text=True, check=False)
        while until and said.returncode:
            time.sleep(1)
            said = subprocess.run(words, capture_output=True, text=True, check=False)
        if said.returncode:
            sys.exit(f"{command} on {address}: {said.stdout}{said.stderr}")


def ours(stage: Stage) -> float:
    start = time.perf_counter()
    code = stage.rehearsal.type("up", STACK, "--yes", "--wait", "30")
    taken = time.perf_counter() - start
    if code:
        sys.exit(f"dockyard up ended with {code}")
    keep = stage.folder.path / "seeds"
    if not keep.exists():
        shutil.copytree(stage.folder.path / "machines", keep)
    stage.rehearsal.type("down", STACK, "--yes")
    return taken


def bare(stage: Stage) -> float:
    seeds = sorted((stage.folder.path / "seeds").iterdir())
    return _loop(stage, seeds, lambda address: stage.ssh(address, "dockyard", READY, until=True))


def peers(stage: Stage) -> float:
    seeds = []
    key = stage.key.with_suffix(".pub").read_text("ascii").strip()
    for number in range(1, stage.count + 1):
        home = stage.folder.path / "peers" / f"peer{number:02d}"
        (home / "seed").mkdir(parents=True, exist_ok=True)
        own = {"name": "peer", "sudo": "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys": [key]}
        text = f"#cloud-config\n{json.dumps({'users': [own]})}\n"
        (home / "seed" / "user-data").write_text(text)
        (home / "seed" / "meta-data").write_text(f"instance-id: {home.name}\n")
        shutil.copy(next((stage.folder.path / "seeds").iterdir()) / "resolv.conf", home)
        seeds.append(home)
    return _loop(stage, seeds, None)


def _loop(stage: Stage, seeds: list[Path], settle: Callable[[str], None] | None) -> float:
    """Machines by a plain loop; then `settle` for each, or the peers' steps for all."""
    plan = stage.folder.plan()
    (image,) = set(dict(plan.images or {}).values())
    base = plan.block.rpartition(".")[0]
    label = f"{docker.LABEL}={stage.folder.path}"
    host = f"{docker.HOST}=bare"
    start = time.perf_counter()

    def make(numbered: tuple[int, Path]) -> str:
        number, home = numbered
        address = f"{base.rpartition('.')[0]}.8.{number + 10}"
        volumes = ("--volume", f"{home}/seed:/var/lib/cloud/seed/nocloud:ro", "--volume",
                   f"{home}/resolv.conf:/etc/resolv.conf")  # fmt: skip
        limits = ("--cpus", str(min(2, os.cpu_count() or 1)), "--memory", "2048m")
        place = ("--network", plan.network, "--ip", address, "--label", label, "--label", host)
        docker.run("run", *FLAGS, *place, *limits, *volumes, image)
        return address

    with ThreadPoolExecutor(stage.count) as pool:
        addresses = list(pool.map(make, enumerate(seeds)))
        list(pool.map(_port, addresses))
        if settle:
            list(pool.map(settle, addresses))
        # cloud-init brings the key a while after sshd greets
        first = () if settle else addresses
        list(pool.map(lambda one: stage.ssh(one, "peer", "true", until=True), first))
        for step in () if settle else STEPS:
            list(pool.map(lambda one, step=step: stage.ssh(one, "peer", _as_root(step)), addresses))
    taken = time.perf_counter() - start
    docker.run("rm", "--force", "--volumes", *docker.machines(stage.folder.path))
    return taken


def _as_root(step: str) -> str:
    return f"sudo -n sh -c {shlex.quote(step)}"


def _port(address: str) -> None:
    """Until somebody greets at port 22, and a login works by then or soon after."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        try:
            with socket.create_connection((address, 22), 2) as connection:
                if connection.recv(4).startswith(b"SSH"):
                    time.sleep(3)
                    return
        except OSError:
            pass
        time.sleep(0.5)
    sys.exit(f"{address} never answered")


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--baked"]
    count, baked = int(words[0]) if words else 20, "--baked" in sys.argv
    rounds = int(words[1]) if len(words) > 1 else 1
    asked = Asked(
        STACK, count, keep=True, baked=baked,
        changes={"docker.source": "distribution", "guard": False},
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as home:
        key = Path(home, ".ssh", "id_ed25519")
        key.parent.mkdir()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        os.environ.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        os.environ["HOME"] = home
        stage = Stage(run.set_up(Project(ROOT), asked), key, count)
        try:
            measure(stage, rounds, baked=baked)
        finally:
            run.stop(stage.folder)


def measure(stage: Stage, rounds: int, *, baked: bool) -> None:
    sides = {"ours": ours, "bare": bare, "peers": peers}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    load = os.getloadavg()[0]
    for _ in range(rounds):
        for name, side in sides.items():
            taken[name].append(side(stage))
            print(f"{name}: {taken[name][-1]:.1f} s", file=sys.stderr, flush=True)
    what = "Docker in the image" if baked else "Docker installed"
    print(f"{stage.count} machines, {what}; load before {load:.1f}")
    for name, times in taken.items():
        shown = " ".join(f"{one:.1f}" for one in sorted(times))
        print(f"{name:6} {statistics.median(times):7.1f}  ({shown})")
    for name, most in MOST.items():
        ratio = statistics.median(taken["ours"]) / statistics.median(taken[name])
        print(f"ours / {name}: {ratio:.2f} (at most {most[baked]})")
    print(json.dumps({"machines": stage.count, "baked": baked, "load": load, **taken}))


if __name__ == "__main__":
    main()
