r"""install-docker.sh beside Docker's own script and geerlingguy.docker, each on fresh machines.

usage: PYTHONPATH=tests python benchmarks/installer.py [--rounds 5] [--fleet 30]
           [--script install.sh] [--roles FOLDER --ansible ansible-playbook]

None of the peers is part of this repository. To have them, in a folder of your own:

    git clone https://github.com/docker/docker-install
    git clone https://github.com/geerlingguy/ansible-role-docker roles/geerlingguy.docker
    python3 -m venv venv && venv/bin/pip install ansible-core

and then, as root, on a computer that does nothing else:

    PYTHONPATH=tests .venv/bin/python benchmarks/installer.py --rounds 5 \\
        --script PEERS/docker-install/install.sh \\
        --roles PEERS/roles --ansible PEERS/venv/bin/ansible-playbook

The machine is a Debian 12 as a cloud starts it, with empty lists of packages; all packages come
from this computer (installer_stage.sh), so that no network is measured. Rounds alternate, each
beginning with another row. A time ends when the daemon answers; our own proof is a row of its own.
After each run the machine is read: the daemon, half-installed packages, which packages there are.

`--fleet 30` installs on so many machines at once instead: `dockyard install`, then ansible-playbook
with as many forks.

Ends with 1 when a target is missed, or when ours did not leave the same packages as the script.
"""

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from standin import built
from standin.built import run
from standin.docker_host import docker_host
from standin.machines import Machine
from standin.served import Served

ROOT = Path(__file__).parent.parent
STAGE = Path(__file__).parent / "installer_stage.sh"
MOST = {"ours / script": 0.92, "ours / role": 0.5, "lean / script": 0.68}
MOST_AGAIN = 1.0
SOURCES = "deb {0}/debian bookworm main\ndeb {0}/debian-security bookworm-security main\n"
PLAYBOOK = """\
- hosts: all
  pre_tasks:
    - ansible.builtin.apt: {update_cache: true}
  roles: [geerlingguy.docker]
"""
SSH = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ControlMaster=no"


def stage() -> tuple[str, Path]:
    """The Docker image of a machine, and the folder that is served; made once, kept."""
    mirror = built.mirror()
    script = STAGE.read_bytes() + mirror.name.encode()
    key = hashlib.sha256(script).hexdigest()[:12]
    image, wanted = f"dockyard-bench/debian-12:{key}", built.cache() / f"stage-{key}"
    there = run("docker", "images", "--quiet", "--filter", f"reference={image}").stdout
    if not there or not wanted.exists():
        for old in built.cache().glob("stage-*"):
            shutil.rmtree(old)
        half = built.cache() / "making-stage"
        shutil.rmtree(half, ignore_errors=True)
        run(str(STAGE), str(mirror), str(half), image)
        half.rename(wanted)
    return image, wanted


@dataclass
class Bench:
    """What all rows share; `times` by row, `left`: packages and daemon by kind of run."""

    asked: argparse.Namespace
    image: str
    address: str
    key: str
    folder: Path
    times: dict[str, list[float]] = field(default_factory=dict)
    left: dict[str, set[str]] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[str, ...]:
        return ("--mirror", self.address, "--mirror-key", self.key)

    def fresh(self) -> Machine:
        """A machine that root may log in to by this run's key."""
        machine = Machine.start(self.image)
        public = self.folder.joinpath("key.pub").read_text()
        machine.output(
            "rm -rf /var/lib/apt/lists/*; rm -f /run/nologin /etc/apt/sources.list.d/*; "
            f"mkdir -p /root/.ssh; echo '{public}' >/root/.ssh/authorized_keys; "
            "systemctl start ssh"
        )
        machine.write("/etc/apt/sources.list", SOURCES.format(self.address))
        for file in (self.asked.script, ROOT / "provision/install-docker.sh"):
            if file:
                run("docker", "cp", str(file), f"{machine.id}:/root/")
        return machine

    def note(self, row: str, seconds: float) -> None:
        self.times.setdefault(row, []).append(seconds)
        print(f"  {row:22} {seconds:6.2f} s", flush=True)

    def read(self, row: str, machine: Machine) -> None:
        """The end state, which must be whole."""
        machine.output("systemctl is-active docker")
        halves = machine.output("dpkg --audit; dpkg-query -W -f '${db:Status-Abbrev}\\n' | sort -u")
        if set(halves.split()) - {"ii", "hi"}:
            sys.exit(f"{row}: not whole: {halves}")
        state = machine.output(
            "dpkg-query -W -f '${Package}=${Version}\\n'; "
            "docker version -f 'daemon={{.Server.Version}}'; "
            "echo at-boot=$(systemctl is-enabled docker)"
        )
        self.left[row] = set(state.split())

    def play(self, machines: list[Machine]) -> None:
        """The role on all of these at once.

        Ends the program where it fails.
        """
        self.folder.joinpath("play.yml").write_text(PLAYBOOK)
        command = [
            *(self.asked.ansible, "-i", ",".join(one.address for one in machines) + ","),
            *("-u", "root", "--forks", str(len(machines))),
            *("--private-key", str(self.folder / "key"), "--ssh-common-args", SSH),
            *("-e", f"docker_repo_url={self.address}/linux", str(self.folder / "play.yml")),
        ]
        env = {**os.environ, "ANSIBLE_ROLES_PATH": str(self.asked.roles)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"role: {done.stdout[-3000:]}{done.stderr[-2000:]}")


def answered(machine: Machine) -> None:
    machine.wait_until("docker version")


def script(bench: Bench, machine: Machine) -> None:
    began = time.perf_counter()
    machine.output(f"DOWNLOAD_URL={bench.address} sh /root/install.sh", timeout=600)
    answered(machine)
    bench.note("script", time.perf_counter() - began)


def role(bench: Bench, machine: Machine) -> None:
    began = time.perf_counter()
    bench.play([machine])
    answered(machine)
    bench.note("role", time.perf_counter() - began)


def ours(bench: Bench, machine: Machine, row: str = "ours", *options: str) -> None:
    """The line that begins the proof is said as soon as the daemon answers."""
    words = ["docker", "exec", machine.id, "sh", "/root/install-docker.sh", *bench.sources]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*words, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = []
    until = 0.0
    assert process.stdout is not None  # noqa: S101 - it was asked for
    for line in process.stdout:
        said.append(line)
        if "verify: running a container" in line:
            until = time.perf_counter()
    if process.wait() or not until:
        sys.exit(f"{row}: {''.join(said)}")
    bench.note(row, until - began)
    bench.note(f"{row}: proof", time.perf_counter() - until)


def lean(bench: Bench, machine: Machine) -> None:
    ours(bench, machine, "lean", "--lean")


def again(bench: Bench, machine: Machine) -> None:
    began = time.perf_counter()
    machine.output("sh /root/install-docker.sh")
    bench.note("ours again", time.perf_counter() - began)


Rows = dict[str, Callable[[Bench, Machine], None]]


def one_round(bench: Bench, rows: Rows, first: int) -> None:
    names = list(rows)
    for name in names[first:] + names[:first]:
        machine = bench.fresh()
        rows[name](bench, machine)
        bench.read(name, machine)
        if name == "ours":
            again(bench, machine)
        machine.remove()


def at_once(bench: Bench, count: int) -> None:
    """So many machines by `dockyard install`, then as many others by the role."""
    with ThreadPoolExecutor(8) as pool:
        for name in ("ours", "role") if bench.asked.roles else ("ours",):
            machines = list(pool.map(lambda _: bench.fresh(), range(count)))
            began = time.perf_counter()
            if name == "ours":
                dockyard_install(bench, machines)
            else:
                bench.play(machines)
            list(pool.map(answered, machines))
            bench.note(f"{name} on {count}", time.perf_counter() - began)
            for machine in machines:
                bench.read(name, machine)
            list(pool.map(Machine.remove, machines))


def dockyard_install(bench: Bench, machines: list[Machine]) -> None:
    """Its proof on each machine included.

    Ends the program where it fails.
    """
    command = [
        *(str(Path(sys.executable).parent / "dockyard"), "-C", str(ROOT), "install"),
        *("--key", str(bench.folder / "key"), *(f"root@{one.address}" for one in machines)),
        *("--", *bench.sources),
    ]
    env = {**os.environ, "XDG_STATE_HOME": str(bench.folder)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"dockyard install: {done.stdout[-3000:]}{done.stderr[-2000:]}")


def report(bench: Bench) -> bool:
    """Medians, all runs, ratios, whose end state differs from the script's; whether all is well."""
    load = os.getloadavg()
    print(f"\nload at the end: {load[0]:.1f} {load[1]:.1f} {load[2]:.1f}")
    median = {row: statistics.median(times) for row, times in bench.times.items()}
    for row, times in bench.times.items():
        print(f"{row:22} {median[row]:6.2f}  ({' '.join(f'{one:.2f}' for one in sorted(times))})")
    well = [verdict("ours again", median.get("ours again"), MOST_AGAIN)]
    for pair, most in MOST.items():
        one, other = pair.split(" / ")
        ratio = median[one] / median[other] if one in median and other in median else None
        well.append(verdict(pair, ratio, most))
    for row, state in bench.left.items():
        if "script" in bench.left and row != "script":
            less, more = bench.left["script"] - state, state - bench.left["script"]
            print(f"{row} left {len(less)} less and {len(more)} more than the script:")
            print(f"  - {' '.join(sorted(less))}\n  + {' '.join(sorted(more))}")
    same = bench.left.get("ours", set()) == bench.left.get("script", bench.left.get("ours", set()))
    print(f"ours and script left the same packages and daemon: {'yes' if same else 'NO'}")
    return same and all(well)


def verdict(name: str, value: float | None, most: float) -> bool:
    """True also for what was not measured."""
    if value is None:
        return True
    print(f"{name:22} {value:6.2f}  (at most {most}) {'ok' if value <= most else 'MISSED'}")
    return value <= most


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The installer beside its peers.")
    parser.add_argument("--script", type=Path)
    parser.add_argument("--roles", type=Path)
    parser.add_argument("--ansible", default="ansible-playbook")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fleet", type=int, metavar="MACHINES")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    rows: Rows = {"ours": ours, "lean": lean}
    if asked.script:
        rows = {"script": script, **rows}
    if asked.roles:
        rows["role"] = role
    with docker_host(), tempfile.TemporaryDirectory() as name:
        image, packages = stage()
        served = Served()
        folder = Path(name)
        subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", folder / "key"], check=True)
        key = (packages / "fingerprint").read_text().strip()
        bench = Bench(asked, image, served.folder(packages), key, folder)
        if asked.fleet:
            at_once(bench, asked.fleet)
        for number in range(0 if asked.fleet else asked.rounds):
            print(f"round {number + 1}", flush=True)
            one_round(bench, rows, number % len(rows))
        well = report(bench)
        served.end()
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
