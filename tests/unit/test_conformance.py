"""The rules of `dockyard check --full`: each is kept by a good machine, and broken by a bad one."""

import asyncio
import socket
import subprocess
from dataclasses import replace

import pytest

from dockyard.conformance import facts, outside, rules
from dockyard.conformance.expected import Expected

KEY = "ssh-ed25519 AAAA"
WANTED = Expected(
    host="seat01-node1",
    address="10.77.0.20",
    users=("dockyard", "student"),
    login="dockyard",
    keys=frozenset({KEY}),
    names={"seat01-node1": "10.77.0.20", "node1": "10.77.0.20", "node2": "10.77.0.21"},
    version="28",
    source="docker",
    daemon={"log-driver": "local"},
    cloud=True,
)
GOOD = """\
groups\tdockyard dockyard docker
groups\tstudent student docker
home\tdockyard dockyard 755
home\tstudent student 700
sudo\tdockyard 1
sudo\tstudent 1
password\tdockyard *
password\tstudent *
key\tdockyard ssh-ed25519 AAAA
key\tstudent ssh-ed25519 AAAA
docker\t28.5.2
compose\t2.40
buildx\t0.29
enabled\tenabled
daemon\t{"log-driver": "local"}
containers\t0
images\t0
api\t0
hostname\tseat01-node1
name\tseat01-node1 127.0.1.1
name\tnode1 10.77.0.20
name\tnode2 10.77.0.21
peer\t10.77.0.21 reached
sshd\tpasswordauthentication no
sshd\tpermitemptypasswords no
sshd\tpermitrootlogin without-password
failed\t
unit\tenabled
mark\t{"state": "ready"}
"""
BAD = {
    "users": ("groups\tstudent student docker", "groups\tstudent student"),
    "homes": ("home\tstudent student 700", "home\tstudent student 777"),
    "sudo": ("sudo\tstudent 1", "sudo\tstudent 0"),
    "passwords": ("password\tstudent *", "password\tstudent $"),
    "keys": ("key\tstudent ssh-ed25519 AAAA", "key\tstudent ssh-ed25519 BBBB"),
    "docker": ("docker\t28.5.2", "docker\t280.1"),
    "plugins": ("compose\t2.40", "compose\t-"),
    "settings": ('daemon\t{"log-driver": "local"}', "daemon\t[]"),
    "clean": ("containers\t0", "containers\t?"),
    "api": ("api\t0", "api\t1"),
    "names": ("name\tnode2 10.77.0.21", "name\tnode2 "),
    "seat": ("peer\t10.77.0.21 reached", "peer\t10.77.0.21 silent"),
    "sshd": ("passwordauthentication no", "passwordauthentication yes"),
    "secrets": ("unit\tenabled", "unit\tenabled\nsecret\t/root/.ssh/id_rsa"),
    "mark": ('{"state": "ready"}', '{"state": "failed", "step": "docker"}'),
    "health": ("failed\t", "failed\tdocker.service "),
}


def broken(text: str) -> set[str]:
    return {one.rule for one in rules.judge(WANTED, facts.read(text)) if one.problems}


def test_a_good_machine_breaks_no_rule() -> None:
    assert broken(GOOD) == set()


def test_every_rule_has_a_machine_that_breaks_it() -> None:
    assert BAD.keys() == {rule.name for rule in rules.RULES}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_machine_breaks_just_its_rule(name: str) -> None:
    good, bad = BAD[name]
    assert good in GOOD
    assert broken(GOOD.replace(good, bad)) == {name}


def test_a_machine_that_says_nothing_breaks_most() -> None:
    assert len(broken("")) > 10


def test_on_a_local_machine_vagrants_own_key_is_not_asked_for() -> None:
    local = replace(WANTED, cloud=False, login="student")
    text = GOOD.replace("key\tstudent ssh-ed25519 AAAA", "key\tstudent ssh-ed25519 VVVV")
    assert [one.rule for one in rules.judge(local, facts.read(text)) if one.problems] == []


def test_what_no_key_has_is_not_read() -> None:
    assert facts.read("no tab\nkey with space\tvalue\nhostname\ta\x1b[31mb\n").said == {
        "hostname": ["a[31mb"]
    }


def test_an_open_port_and_a_refusal_are_let_in() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert asyncio.run(outside._answers("127.0.0.1", port))
    assert asyncio.run(outside._answers("127.0.0.1", port))


def test_described_ports_are_not_among_those_that_must_be_shut() -> None:
    doors = outside.doors("a", "127.0.0.1", ["8000-9000"])
    assert {door.port for door in doors if door.opened} == {22, 8000}
    assert 8443 not in {door.port for door in doors}


@pytest.mark.parametrize("shell", [["dash"], ["busybox", "sh"], ["bash", "--posix"]])
def test_every_shell_reads_the_script(shell: list[str]) -> None:
    subprocess.run([*shell, "-n", "-c", facts.script()], check=True)
