"""install-docker.sh where all is well: fresh machines, and a second run on them.

The first line of each docstring is a row of docs/installer-situations.md: `NUMBER. what is
there | what must come`.
"""

import pytest

from standin.installer import Computer, Ended
from standin.machines import Machines
from standin.served import Mirror

pytestmark = pytest.mark.machine

SYSTEMS = ("debian-12", "debian-13")
Told = dict[str, tuple[Computer, Ended]]


@pytest.fixture(scope="module")
def told(machines: Machines, mirror: Mirror) -> Told:
    """A first run on a fresh machine of each system."""

    def first(system: str) -> tuple[Computer, Ended]:
        computer = Computer(machines.start(system), mirror)
        return computer, computer.install()

    return dict(zip(SYSTEMS, machines.pool.map(first, SYSTEMS), strict=True))


@pytest.fixture(params=SYSTEMS)
def fresh(request: pytest.FixtureRequest, told: Told) -> tuple[Computer, Ended]:
    return told[request.param]


def test_a_fresh_machine(fresh: tuple[Computer, Ended], mirror: Mirror) -> None:
    """1, 2. fresh Debian 12, fresh Debian 13 | daemon answers, container runs, enabled at boot"""
    computer, ended = fresh
    assert ended.code == 0, ended.said
    assert computer.daemon().startswith(mirror.newest)
    assert computer.is_whole()
    assert computer.machine.output("systemctl is-enabled docker") == "enabled"
    assert computer.machine.says_hello("root") == "hello"
    assert ended.out.splitlines()[-1].endswith(" s")


def test_what_the_result_says(fresh: tuple[Computer, Ended], mirror: Mirror) -> None:
    """34. the result file | versions of all parts; container, volume, names, port, network: true"""
    computer, _ = fresh
    result = computer.result()
    assert (result["state"], result["reason"], result["source"]) == ("ready", "", "docker")
    assert result["docker"].startswith(mirror.newest)
    assert {part: bool(result[part]) for part in ("client", "containerd", "compose", "buildx")} == (
        dict.fromkeys(("client", "containerd", "compose", "buildx"), True)
    )
    proofs = ("container", "volume", "names", "port", "network")
    assert {proof: result[proof] for proof in proofs} == dict.fromkeys(proofs, True)


def test_nothing_of_the_proof_is_left(fresh: tuple[Computer, Ended]) -> None:
    """35. after the proof | no container, image, volume or network of it is left"""
    computer, _ = fresh
    left = "docker ps -aq; docker images -q dockyard/probe; docker volume ls -q"
    assert computer.machine.output(f"{left}; docker network ls -q -f type=custom") == ""


def test_a_second_run(fresh: tuple[Computer, Ended]) -> None:
    """3. run again | no change, says so, under 1 s, no restart"""
    computer, _ = fresh
    started = "systemctl show --property ActiveEnterTimestampMonotonic docker.service"
    before = computer.machine.output(f"touch /root/before; {started}") + computer.packages()
    again = min((computer.install() for _ in range(3)), key=lambda ended: ended.seconds)
    assert again.code == 0
    assert "nothing to do: Docker" in again.out
    assert again.seconds < 1
    assert computer.machine.output(started) + computer.packages() == before
    newer = "find /etc /home /opt /root /usr /var/lib/dpkg /var/lib/apt -xdev -newer /root/before"
    assert computer.machine.output(newer) == ""


def test_a_look_that_changes_nothing(fresh: tuple[Computer, Ended]) -> None:
    """36. `--check` on a good machine | 0, and the same proof again"""
    computer, _ = fresh
    ended = computer.plain("--check", "--json")
    assert ended.code == 0
    assert '"state":"ready"' in ended.out
    assert '"port":true' in ended.out


def test_a_stopped_daemon_is_seen_and_started(fresh: tuple[Computer, Ended]) -> None:
    """37. the daemon was stopped and disabled | `--check`: 7; a run starts and enables it"""
    computer, _ = fresh
    computer.machine.output("systemctl disable --now docker.socket docker.service")
    seen = computer.plain("--check")
    assert seen.code == 7
    assert "Docker does not answer" in seen.err
    assert computer.plain().code == 0
    assert computer.machine.output("systemctl is-enabled docker") == "enabled"
    assert computer.daemon()


def test_after_a_reboot(fresh: tuple[Computer, Ended]) -> None:
    """38. reboot of a ready machine | Docker is there again, the result stands"""
    computer, _ = fresh
    result = computer.result()
    computer.machine.reboot()
    computer.machine.wait_until("docker version")
    assert computer.result() == result
    assert computer.plain("--check").code == 0
