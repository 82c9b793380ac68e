"""One command on a class: `dockyard exec` beside Ansible, parallel-ssh and bare asyncssh.

usage: python benchmarks/fleet.py PEERS [MACHINES] [ROUNDS]      (root; Docker)

PEERS is the bin folder of a virtual environment with ansible-core and parallel-ssh:

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install ansible-core parallel-ssh

Whole processes, connections fresh, `true` on every machine; sides alternate. Machines are those
of a rehearsal, without Docker's installation: it is the way in that is measured.
"""

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dockyard.project import Project
from rehearsal.machines import docker
from rehearsal.stage import run
from rehearsal.stage.rehearsal import Asked, Rehearsal

ROOT = Path(__file__).parent.parent
STACK = "aws-lab"
MOST = {"ansible shell": 0.25, "ansible raw": 0.35, "parallel-ssh": 1.0}
FLEET = """
import json, sys
from pathlib import Path
from dockyard import fleet
from dockyard.results import Reachable
key, known, *hosts = sys.argv[1:]
machines = [Reachable(h, h, 22, "dockyard", Path(key), "") for h in hosts]
found = fleet.run(machines, "true", fleet.KnownHosts(Path(known)), 30)
sys.exit(any(not one.ok for one in found))
"""
PSSH = """
import sys
from pssh.clients import ParallelSSHClient
key, *hosts = sys.argv[1:]
client = ParallelSSHClient(hosts, user="dockyard", pkey=key, pool_size=len(hosts))
sys.exit(any(one.exit_code for one in client.run_command("true") if client.join() is None))
"""
BARE = """
import asyncio, sys, asyncssh
key, *hosts = sys.argv[1:]
async def one(host):
    async with asyncssh.connect(host, username="dockyard", client_keys=[key], known_hosts=None,
                                agent_path=None, config=None) as way:
        return (await way.run("true")).exit_status
async def all_():
    return await asyncio.gather(*map(one, hosts))
sys.exit(any(asyncio.run(all_())))
"""


def sides(
    rehearsal: Rehearsal, peers: Path, key: Path, hosts: list[str], home: Path
) -> dict[str, list[str]]:
    """Each side's whole command."""
    inventory = home / "hosts"
    inventory.write_text("\n".join(hosts) + "\n")
    (home / "ansible.cfg").write_text(
        "[defaults]\nhost_key_checking = False\nforks = 30\ninterpreter_python = /usr/bin/python3\n"
        "[ssh_connection]\nssh_args = -o ControlMaster=no -o UserKnownHostsFile=/dev/null\n"
    )
    ansible = [str(peers / "ansible"), "all", "-i", str(inventory), "-u", "dockyard",
               "--private-key", str(key), "-f", "30"]  # fmt: skip
    python = str(peers / "python3")
    return {
        "dockyard exec": [
            str(Path(sys.executable).with_name("dockyard")),
            "exec",
            rehearsal.stack,
            "true",
        ],
        "dockyard.fleet": [sys.executable, "-c", FLEET, str(key), str(home / "known"), *hosts],
        "bare asyncssh": [sys.executable, "-c", BARE, str(key), *hosts],
        "parallel-ssh": [python, "-c", PSSH, str(key), *hosts],
        "ansible raw": [*ansible, "-m", "raw", "-a", "true"],
        "ansible shell": [*ansible, "-m", "shell", "-a", "true"],
    }


def main() -> None:
    peers = Path(sys.argv[1]).absolute()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    compileall.compile_dir(ROOT / "dockyard", quiet=1)  # as the setup does; edited files are not
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        key = home / ".ssh" / "id_ed25519"
        key.parent.mkdir()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        os.environ.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))
        os.environ["HOME"] = folder
        changes = {"docker.source": "distribution", "guard": False}
        asked = Asked(STACK, count, keep=True, baked=True, changes=changes)
        rehearsal = run.set_up(Project(ROOT), asked)
        try:
            if rehearsal.type("up", STACK, "--yes", "--wait", "30"):
                sys.exit("the machines were not made")
            measure(rehearsal, sides(rehearsal, peers, key, _hosts(rehearsal), home), rounds)
        finally:
            run.stop(rehearsal.folder)


def _hosts(rehearsal: Rehearsal) -> list[str]:
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    ids = docker.machines(rehearsal.folder.path)
    return docker.run("inspect", "--format", form, *ids).split()


def measure(rehearsal: Rehearsal, commands: dict[str, list[str]], rounds: int) -> None:
    environment = rehearsal.folder.environment()
    taken: dict[str, list[float]] = {name: [] for name in commands}
    load = os.getloadavg()[0]
    for _ in range(rounds):
        for name, command in commands.items():
            cwd = rehearsal.folder.clone.root
            env = environment
            if name.startswith("ansible"):
                cwd = Path(environment["HOME"])
                env = {**environment, "PATH": f"{Path(command[0]).parent}:{environment['PATH']}"}
            start = time.perf_counter()
            done = subprocess.run(
                command, cwd=cwd, env=env, capture_output=True, text=True, check=False
            )
            taken[name].append(time.perf_counter() - start)
            if done.returncode:
                sys.exit(f"{name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    print(f"load before {load:.1f}; seconds: median, all")
    for name, times in taken.items():
        shown = " ".join(f"{one:.2f}" for one in sorted(times))
        print(f"{name:16} {statistics.median(times):6.2f}  ({shown})")
    for ours in ("dockyard exec", "dockyard.fleet"):
        for name, most in MOST.items():
            ratio = statistics.median(taken[ours]) / statistics.median(taken[name])
            print(f"{ours} / {name}: {ratio:.2f} (at most {most})")


if __name__ == "__main__":
    main()
