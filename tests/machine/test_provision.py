"""A machine in a cloud, from its user data to a student's `docker run`.

Real cloud-init runs the real user data, on each system, with Docker from each source. The
tests go from the first boot over a second run to a reboot; the machines are theirs together.
"""

import json
import subprocess
import time
from typing import Any

import pytest

from standin.labs import Labs
from standin.machines import MARK, Machine, Machines
from standin.served import Mirror

pytestmark = pytest.mark.machine

KINDS = [
    (system, source)
    for system in ("debian-12", "debian-13")
    for source in ("docker", "distribution")
]
SETTINGS = {"registry_mirrors": ["https://mirror.example"], "daemon": {"debug": True}}
USER_DATA = "/var/lib/cloud/instance/user-data.txt"
CHECK = "sh /var/lib/dockyard/provision/check.sh"


@pytest.fixture(scope="module")
def provisioned(machines: Machines, labs: Labs, mirror: Mirror) -> dict[tuple[str, str], Machine]:
    """One machine of each kind, all made at once."""
    text = {
        "docker": labs.user_data(docker=mirror.docker(**SETTINGS), machines=[{"count": 3}]),
        "distribution": labs.user_data(
            docker={"source": "distribution", **SETTINGS}, machines=[{"count": 3}]
        ),
    }
    made = {
        (system, source): machines.start(system, user_data=text[source]) for system, source in KINDS
    }
    for machine in made.values():
        machine.wait_for_mark("ready")
    return made


@pytest.fixture(params=KINDS, ids="-".join)
def kind(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def machine(provisioned: dict[tuple[str, str], Machine], kind: tuple[str, str]) -> Machine:
    return provisioned[kind]


def test_the_mark_says_what_was_installed(
    machine: Machine, kind: tuple[str, str], mirror: Mirror
) -> None:
    mark = machine.mark()
    assert (mark["source"], mark["step"], mark["reason"]) == (kind[1], "", "")
    package = {"docker": "docker-ce", "distribution": "docker.io"}[kind[1]]
    version = machine.output(f"dpkg-query -W -f '${{Version}}' {package}")
    # Debian's builds, which the stand-in holds too, say 28.5.2+dfsg4
    assert mark["docker"].partition("+")[0] in version
    assert mark["finished"] - mark["started"] < 120
    if kind[1] == "docker":
        assert mark["docker"].startswith(mirror.newest)


def test_a_student_runs_a_container_without_sudo(machine: Machine) -> None:
    assert machine.says_hello("student") == "hello"


def test_a_student_has_compose_and_buildx_from_docker(
    machine: Machine, kind: tuple[str, str]
) -> None:
    if kind == ("debian-12", "distribution"):
        assert machine.mark()["compose"] == ""  # Debian 12 has no Compose plugin
        return
    assert machine.mark()["compose"] in machine.output("docker compose version", "student")
    assert machine.mark()["buildx"] in machine.output("docker buildx version", "student")


def test_the_daemon_has_the_settings_of_the_lab(machine: Machine) -> None:
    info = json.loads(machine.output("docker info --format '{{json .}}'", "student"))
    assert info["RegistryConfig"]["Mirrors"] == ["https://mirror.example/"]
    assert (info["Debug"], info["LoggingDriver"]) == (True, "local")
    assert info["DefaultAddressPools"] == [{"Base": "172.20.0.0/14", "Size": 24}]


def test_the_machines_of_a_seat_have_their_names(machine: Machine) -> None:
    for number in (2, 3):
        for name in (f"seat01-node{number}", f"node{number}"):
            assert machine.output(f"getent hosts {name}").split()[0] == f"10.77.0.{19 + number}"
    assert machine.output("hostname") == "seat01-node1"


def test_a_student_comes_in_by_ssh_with_the_lab_s_key_alone(machine: Machine, labs: Labs) -> None:
    options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"]
    words = [word for option in options for word in ("-o", option)]
    command = ["ssh", *words, "-i", str(labs.key), f"student@{machine.address}", "docker version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert "Server" in done.stdout, done.stderr
    assert machine.output("getent shadow student").split(":")[1] == "*"


def test_a_student_is_root_by_sudo(machine: Machine) -> None:
    assert machine.output("sudo -n id -u", "student") == "0"


def check(machine: Machine, user: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the report of check.sh."""
    done = machine.run(CHECK, user)
    report: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, report


@pytest.mark.parametrize("user", ["root", "student"])
def test_check_finds_a_good_machine_good(machine: Machine, user: str) -> None:
    code, report = check(machine, user)
    assert (code, report["state"], report["container"]) == (0, "ready", True)
    assert report["docker"] == machine.mark()["docker"]


def test_check_finds_a_stopped_daemon(machine: Machine) -> None:
    machine.output("systemctl stop docker.socket docker.service")
    code, report = check(machine, "root")
    machine.output("systemctl start docker.service")
    assert (code, report["state"], report["marked"]) == (7, "failed", "ready")
    assert report["reason"]
    assert report["hint"]


def test_a_second_run_changes_nothing_and_takes_no_time(machine: Machine) -> None:
    started = "systemctl show --property ActiveEnterTimestampMonotonic docker.service"
    before = machine.output(f"touch /root/before; dpkg-query -W; {started}")
    began = time.monotonic()
    machine.output(f"sh {USER_DATA}")
    took = time.monotonic() - began
    assert machine.output(f"dpkg-query -W; {started}") == before
    newer = (
        "find /etc /home /opt /root /usr /var/lib/dockyard /var/lib/dpkg -xdev -newer /root/before"
    )
    assert machine.output(newer) == ""
    assert took < 2


@pytest.fixture(scope="module")
def rebooted(
    provisioned: dict[tuple[str, str], Machine], machines: Machines
) -> dict[tuple[str, str], str]:
    """The marks as they were; then all machines reboot at once."""
    marks = {kind: machine.output(f"cat {MARK}") for kind, machine in provisioned.items()}
    list(machines.pool.map(Machine.reboot, provisioned.values()))
    for machine in provisioned.values():
        machine.wait_until("systemctl is-active --quiet docker.service dockyard-provision.service")
    return marks


def test_after_a_reboot_the_mark_stands(
    machine: Machine, kind: tuple[str, str], rebooted: dict[tuple[str, str], str]
) -> None:
    assert machine.output(f"cat {MARK}") == rebooted[kind]


@pytest.mark.usefixtures("rebooted")
def test_after_a_reboot_docker_runs(machine: Machine) -> None:
    assert machine.output("docker run --rm hello /bin/echo again", "student") == "again"


@pytest.mark.usefixtures("rebooted")
def test_after_a_reboot_the_names_are_there(machine: Machine) -> None:
    machine.wait_until("getent hosts node3")
    assert machine.output("getent hosts node3").split()[0] == "10.77.0.22"
    assert machine.output("hostname") == "seat01-node1"
