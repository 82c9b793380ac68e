"""install-docker.sh beside Docker's own script and geerlingguy.docker, each on fresh machines.

usage: PYTHONPATH=tests python benchmarks/installer.py --image IMAGE --mirror FOLDER
           [--script install.sh] [--roles FOLDER --ansible ansible-playbook] [--rounds 5]

IMAGE is a Debian 12 with systemd, sshd, python3, python3-apt, curl, gnupg and man-db, as a cloud
starts it, with empty lists of packages. FOLDER is a stand-in for Docker's packages that also holds
the part of Debian that they need (linux/, debian/, debian-security/, fingerprint), so that no
network is measured. The script is docker-install's install.sh; ROLES holds geerlingguy.docker.
None of the peers is part of this repository.

Rounds alternate. A time ends when the daemon answers; our own proof is a row of its own. After
each run the machine is read: the daemon, half-installed packages, and which packages there are.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from standin.built import run
from standin.docker_host import docker_host
from standin.machines import Machine
from standin.served import Served

ROOT = Path(__file__).parent.parent
MOST = {"ours / script": 0.92, "ours / role": 0.5, "lean / script": 0.68}
SOURCES = "deb {0}/debian bookworm main\ndeb {0}/debian-security bookworm-security main\n"
PLAYBOOK = """\
- hosts: all
  pre_tasks:
    - ansible.builtin.apt: {update_cache: true}
  roles: [geerlingguy.docker]
"""
SSH = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ControlMaster=no"


@dataclass
class Bench:
    """What all rows share; `times` by row, `packages` that each kind of run left."""

    asked: argparse.Namespace
    address: str
    key: str
    folder: Path
    times: dict[str, list[float]] = field(default_factory=dict)
    packages: dict[str, set[str]] = field(default_factory=dict)

    def fresh(self) -> Machine:
        machine = Machine.start(self.asked.image)
        machine.output("rm -rf /var/lib/apt/lists/*; rm -f /run/nologin /etc/apt/sources.list.d/*")
        machine.write("/etc/apt/sources.list", SOURCES.format(self.address))
        for file in (self.asked.script, ROOT / "provision/install-docker.sh"):
            if file:
                run("docker", "cp", str(file), f"{machine.id}:/root/")
        return machine

    def note(self, row: str, seconds: float) -> None:
        self.times.setdefault(row, []).append(seconds)
        print(f"  {row:22} {seconds:6.2f} s", flush=True)

    def read(self, row: str, machine: Machine) -> None:
        """The end state, which must be whole; then the machine ends."""
        machine.output("systemctl is-active docker; docker version")
        halves = machine.output("dpkg --audit; dpkg-query -W -f '${db:Status-Abbrev}\\n' | sort -u")
        if set(halves.split()) - {"ii", "hi"}:
            sys.exit(f"{row}: not whole: {halves}")
        names = machine.output("dpkg-query -W -f '${Package}=${Version}\\n'")
        self.packages[row] = set(names.split())


def answered(machine: Machine) -> None:
    machine.wait_until("docker version")


def script(bench: Bench, machine: Machine) -> None:
    began = time.perf_counter()
    machine.output(f"DOWNLOAD_URL={bench.address} sh /root/install.sh", timeout=600)
    answered(machine)
    bench.note("script", time.perf_counter() - began)


def role(bench: Bench, machine: Machine) -> None:
    public = bench.folder.joinpath("key.pub").read_text()
    machine.output(f"mkdir -p /root/.ssh; echo '{public}' >/root/.ssh/authorized_keys")
    machine.output("systemctl start ssh")
    bench.folder.joinpath("play.yml").write_text(PLAYBOOK)
    command = [
        *(bench.asked.ansible, "-i", f"{machine.address},", "-u", "root"),
        *("--private-key", str(bench.folder / "key"), "--ssh-common-args", SSH),
        *("-e", f"docker_repo_url={bench.address}/linux", str(bench.folder / "play.yml")),
    ]
    env = {**os.environ, "ANSIBLE_ROLES_PATH": str(bench.asked.roles)}
    began = time.perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"role: {done.stdout[-3000:]}{done.stderr[-2000:]}")
    answered(machine)
    bench.note("role", time.perf_counter() - began)


def ours(bench: Bench, machine: Machine, row: str = "ours", *options: str) -> None:
    """The line that begins the proof is said as soon as the daemon answers."""
    sources = ("--mirror", bench.address, "--mirror-key", bench.key)
    words = ["docker", "exec", machine.id, "sh", "/root/install-docker.sh", *sources, *options]
    began = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
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


def one_round(bench: Bench, rows: dict[str, Callable[[Bench, Machine], None]]) -> None:
    for name, row in rows.items():
        machine = bench.fresh()
        row(bench, machine)
        bench.read(name, machine)
        if name == "ours":
            again(bench, machine)
        machine.remove()


def report(bench: Bench) -> None:
    """Medians, all runs, ratios, and whose packages differ from the script's."""
    load = os.getloadavg()
    print(f"\nload at the end: {load[0]:.1f} {load[1]:.1f} {load[2]:.1f}")
    median = {row: statistics.median(times) for row, times in bench.times.items()}
    for row, times in bench.times.items():
        print(f"{row:22} {median[row]:6.2f}  ({' '.join(f'{one:.2f}' for one in sorted(times))})")
    for pair, most in MOST.items():
        one, other = pair.split(" / ")
        if one in median and other in median:
            print(f"{pair:22} {median[one] / median[other]:6.2f}  (at most {most})")
    for row, names in bench.packages.items():
        if "script" in bench.packages and row != "script":
            less, more = bench.packages["script"] - names, names - bench.packages["script"]
            print(f"packages of {row}: {len(less)} of the script's missing, {len(more)} more:")
            print(f"  - {' '.join(sorted(less))}\n  + {' '.join(sorted(more))}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The installer beside its peers.")
    parser.add_argument("--image", required=True)
    parser.add_argument("--mirror", required=True, type=Path)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--roles", type=Path)
    parser.add_argument("--ansible", default="ansible-playbook")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    rows: dict[str, Callable[[Bench, Machine], None]] = {"ours": ours, "lean": lean}
    if asked.script:
        rows = {"script": script, **rows}
    if asked.roles:
        rows["role"] = role
    with docker_host(), tempfile.TemporaryDirectory() as name:
        served = Served()
        folder = Path(name)
        subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", folder / "key"], check=True)
        key = (asked.mirror / "fingerprint").read_text().strip()
        bench = Bench(asked, served.folder(asked.mirror), key, folder)
        for number in range(asked.rounds):
            print(f"round {number + 1}", flush=True)
            one_round(bench, rows)
        report(bench)
        served.end()


if __name__ == "__main__":
    main()
