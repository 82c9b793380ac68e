"""`dockyard install`: several machines at once over ssh, made by nobody of ours.

The first line of each docstring is a row of docs/installer-situations.md.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from standin.built import run
from standin.installer import SCRIPT
from standin.labs import Labs
from standin.machines import Machine, Machines
from standin.served import Mirror

pytestmark = [pytest.mark.machine, pytest.mark.slow]

DOCKYARD = str(Path(sys.executable).parent / "dockyard")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def rented(machines: Machines, labs: Labs) -> list[Machine]:
    """Two machines that let root in by a key, and one whose account has no sudo right."""
    made = [machines.start("debian-12") for _ in range(3)]
    key = labs.key.with_suffix(".pub").read_text()
    for machine in made:
        machine.write("/srv/key", key)
        machine.output(
            "useradd --create-home --shell /bin/bash guest; rm -f /run/nologin; "
            "for home in /root /home/guest; do mkdir -p $home/.ssh; cp /srv/key "
            "$home/.ssh/authorized_keys; done; chown -R guest: /home/guest; "
            "printf 'PermitRootLogin prohibit-password\\n' >/etc/ssh/sshd_config.d/00-root.conf; "
            "systemctl restart ssh"
        )
    return made


def install(tmp_path: Path, labs: Labs, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [DOCKYARD, "-C", str(ROOT), "install", "--key", str(labs.key), *words]
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=500, check=False, env=env
    )


def test_machines_of_a_list(
    rented: list[Machine], labs: Labs, mirror: Mirror, tmp_path: Path
) -> None:
    """57. `dockyard install --from FILE`, one of three without sudo | a table; 5; the two work"""
    hosts = [f"root@{machine.address}" for machine in rented[:2]]
    hosts.append(f"guest@{rented[2].address}")
    (tmp_path / "hosts").write_text("\n".join(hosts))
    (tmp_path / "more.json").write_text('{"labels": ["room=12"]}')
    more = ("--daemon-json", str(tmp_path / "more.json"))
    options = ("--lean", "--mirror", mirror.address, "--mirror-key", mirror.key, *more)
    done = install(tmp_path, labs, "--from", str(tmp_path / "hosts"), "--json", "--", *options)
    assert done.returncode == 5, done.stderr
    found = {one["host"]: one for one in json.loads(done.stdout)}
    assert [found[host]["state"] for host in hosts] == ["ready", "ready", "failed"]
    assert found[hosts[0]]["docker"].startswith(mirror.newest)
    assert "sudo" in found[hosts[2]]["reason"]
    assert rented[0].output("docker info --format '{{.Labels}}'") == "[room=12]"
    again = install(tmp_path, labs, *hosts[:2])
    assert again.returncode == 0
    assert [line.split()[0] for line in again.stdout.splitlines()[1:]] == hosts[:2]
    assert rented[0].run("ls -d /root/.dockyard-install*").returncode != 0


def test_machines_that_are_ill(rented: list[Machine], labs: Labs, tmp_path: Path) -> None:
    """95. one twice, one that hangs, one whose key changed, one unknown | each a sentence; 5"""
    good, other = (f"root@{machine.address}" for machine in rented[:2])
    known = tmp_path / "dockyard/known_hosts"
    known.parent.mkdir()
    known.write_text(f"{other} ssh-ed25519 {'A' * 68}\n")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = f"root@127.0.0.1:{silent.getsockname()[1]}"
        lines = f"\ufeffunknown.invalid # who?\r\n{hanging}\r\n{good}:22\r\n{other}\r\n"
        (tmp_path / "hosts").write_text(lines)
        begun = time.monotonic()
        done = install(tmp_path, labs, good, "--from", str(tmp_path / "hosts"), "--json")
    assert time.monotonic() - begun < 120
    assert done.returncode == 5, done.stderr
    found = {one["host"]: one for one in json.loads(done.stdout)}
    assert list(found) == [good, "unknown.invalid", hanging, other]
    assert (found[good]["state"], found[good]["code"]) == ("ready", 0)
    assert "no answer within" in found[hanging]["reason"]
    assert "take its line out of that file" in found[other]["reason"]
    assert "not reached" in found["unknown.invalid"]["reason"]


def test_a_class_that_nobody_watches_any_more(
    rented: list[Machine], labs: Labs, mirror: Mirror, tmp_path: Path
) -> None:
    """96. Ctrl-C in the middle, then the same again | the machine goes on, the second waits"""
    machine = rented[1]
    run("docker", "cp", str(SCRIPT), f"{machine.id}:/srv/install-docker.sh")
    machine.output("sh /srv/install-docker.sh --uninstall", timeout=120)
    words = [f"root@{machine.address}", "--", "--lean", "--mirror", mirror.address]
    words += ["--mirror-key", mirror.key]
    command = [DOCKYARD, "-C", str(ROOT), "install", "--key", str(labs.key), *words]
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    ) as watching:
        assert watching.stdout is not None
        for line in watching.stdout:
            if "installing docker-ce" in line:
                break
        watching.send_signal(signal.SIGINT)
        said = watching.stdout.read()
    assert watching.returncode == 130
    assert "Interrupted" in said
    again = install(tmp_path, labs, *words)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "waiting for another run" in again.stdout + again.stderr
    left = "ls -d /root/.dockyard-install* /tmp/tmp.* 2>/dev/null"
    assert machine.run(left).stdout == ""
