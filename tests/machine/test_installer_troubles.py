"""install-docker.sh among locks, faults of the network, and cut off in the middle.

The first line of each docstring is a row of docs/installer-situations.md.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from standin.built import HERE
from standin.installer import Computer, Ended
from standin.machines import Machines
from standin.served import Mirror, Served

pytestmark = [pytest.mark.machine, pytest.mark.slow]

Story = tuple[Computer, list[Ended]]
Told = dict[str, Future[Story]]
HELD = 60
UNPACKING = "pgrep -f '^/usr/bin/dpkg .*--unpack'"
# the brackets keep the pattern from fitting the shell that holds it
KILL_ALL = "pkill -9 -f 'install-docker[.]sh|apt-ge[t]|bin/dpk[g]'"


def hold(one: Computer, seconds: int, *paths: str) -> None:
    """Another installer is at work, which holds these locks."""
    one.machine.write("/srv/hold_locks.py", (HERE / "hold_locks.py").read_text())
    words = " ".join((str(seconds), *paths))
    one.machine.output(f"systemd-run python3 /srv/hold_locks.py {words}; sleep 0.5")


def begin(one: Computer, until: str, *options: str) -> None:
    """A run of its own in the machine, until something is so."""
    words = " ".join((*one.sources, *options))
    one.machine.output(f"systemd-run --unit first sh /srv/install-docker.sh {words}")
    one.machine.wait_until(until)


def dpkg_lock(one: Computer) -> list[Ended]:
    hold(one, HELD, "/var/lib/dpkg/lock-frontend")
    return [one.install("--lean")]


def lists_lock(one: Computer) -> list[Ended]:
    hold(one, HELD, "/var/lib/apt/lists/lock")
    return [one.install("--lean")]


def never_free(one: Computer) -> list[Ended]:
    hold(one, 90)
    return [one.install("--lean", "--wait", "4")]


def at_once(one: Computer) -> list[Ended]:
    begin(one, "test -s /var/lib/install-docker/result.json", "--lean")
    return [one.install("--lean")]


def killed(one: Computer) -> list[Ended]:
    begin(one, UNPACKING)
    one.machine.output(KILL_ALL)
    return [one.install()]


def terminated(one: Computer) -> list[Ended]:
    begin(one, "pgrep -f 'apt-get.* install'", "--lean")
    one.machine.output("systemctl stop first")
    said = one.machine.run("cat /var/log/install-docker.log").stdout
    return [Ended(143, said, "", 0), one.install("--lean")]


def rebooted(one: Computer) -> list[Ended]:
    begin(one, UNPACKING, "--lean")
    one.machine.cut_power()
    one.machine.start_again()
    return [one.install("--lean")]


def foreign_source(one: Computer) -> list[Ended]:
    line = f"deb [trusted=yes] {one.mirror.address}/no-such-thing stable main"
    other = f"deb [signed-by=/etc/apt/keyrings/x.asc] {one.mirror.address}/linux/debian x stable"
    folder = "/etc/apt/sources.list.d"
    one.machine.output(f"echo '{line}' >{folder}/panel.list; echo '{other}' >{folder}/role.list")
    return [one.install("--lean")]


STORIES = (
    *(dpkg_lock, lists_lock, never_free, at_once, killed, terminated, rebooted, foreign_source),
)


@pytest.fixture(scope="module")
def told(machines: Machines, mirror: Mirror) -> Told:
    """All at once, since each waits much."""

    def play(story: Callable[[Computer], list[Ended]]) -> Story:
        one = Computer(machines.start("debian-12"), mirror)
        one.machine.run("cloud-init status --wait")
        return one, story(one)

    return {story.__name__: machines.pool.submit(play, story) for story in STORIES}


LOCKS = {"dpkg_lock": 11, "lists_lock": 12}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_waited_for(told: Told, lock: str) -> None:
    """11, 12. lock of dpkg, of the lists, held 60 s | waits, says for whom, goes on"""
    computer, (ended,) = told[lock].result()
    assert ended.code == 0, ended.said
    assert "(python3), which holds the package lock" in ended.out
    assert ended.seconds > HELD - 5
    assert computer.daemon()


def test_a_lock_that_is_never_let_go(told: Told) -> None:
    """44. locks held longer than `--wait` | exit 4, names the holder; no source left"""
    computer, (ended,) = told["never_free"].result()
    assert ended.code == 4
    assert "(python3) holds the package lock too long" in ended.err
    assert computer.traces() == ""


def test_a_mirror_that_comes_back(machines: Machines, served: Served, tmp_path: Path) -> None:
    """13. mirror answers 503 for 20 s | tries again, goes on"""
    faulty = served.mirror(tmp_path, match="^/linux/", status=503)
    computer = Computer(machines.start("debian-12"), faulty)
    threading.Timer(20, (tmp_path / "fault.json").unlink).start()
    ended = computer.install("--lean")
    assert ended.code == 0, ended.said
    assert "503" in ended.out
    assert computer.daemon()


def test_two_runs_at_once(told: Told) -> None:
    """45. a second run beside the first | waits, says so, finds nothing to do"""
    computer, (ended,) = told["at_once"].result()
    assert ended.code == 0, ended.said
    assert "waiting for another run" in ended.out
    assert "nothing to do: Docker" in ended.out
    assert computer.machine.run("systemctl is-failed first").stdout.strip() != "failed"


CUT = {"killed": "46", "rebooted": "47", "terminated": "29"}


@pytest.mark.parametrize("how", CUT)
def test_a_run_that_was_cut_off(told: Told, how: str, mirror: Mirror) -> None:
    """29, 46, 47. SIGTERM in apt, kill -9 or power cut in dpkg; run again | completes"""
    computer, ended = told[how].result()
    assert ended[-1].code == 0, ended[-1].said
    assert computer.daemon().startswith(mirror.newest)
    assert computer.is_whole()
    assert computer.machine.run("ls /var/lib/install-docker/man-db").stdout == ""


def test_a_run_that_was_stopped_says_so(told: Told) -> None:
    """48. SIGTERM | the log's last line says that it was stopped"""
    _, (stopped, _) = told["terminated"].result()
    assert "Stopped from outside" in stopped.out


def test_a_foreign_source_that_fails(told: Told) -> None:
    """58. another program's source answers 404, a role's names Docker's | left out; gives way"""
    computer, (ended,) = told["foreign_source"].result()
    assert ended.code == 0, ended.said
    assert "going on without /etc/apt/sources.list.d/panel.list" in ended.out
    assert computer.machine.output("cat /etc/apt/sources.list.d/panel.list")
    assert "/etc/apt/sources.list.d/role.list gives way" in ended.out
    assert computer.daemon()


@pytest.fixture(scope="module")
def bare(machines: Machines, mirror: Mirror) -> Computer:
    """A machine without Docker; each test gives back what it takes away."""
    one = Computer(machines.start("debian-12"), mirror)
    one.machine.run("cloud-init status --wait")
    return one


def test_a_mirror_that_is_down(bare: Computer, served: Served, tmp_path: Path) -> None:
    """14. mirror down for good | stops in bounded time, names the address, leaves no source"""
    broken = Computer(bare.machine, served.mirror(tmp_path, match="^/linux/", status=503))
    ended = broken.plain(*broken.sources, before="export TRIES=2")
    assert ended.code == 5
    assert broken.mirror.address in ended.err
    assert ended.seconds < 60
    assert broken.traces() == ""


def test_a_wrong_key(bare: Computer) -> None:
    """49. the mirror's key is not the expected one | both fingerprints, nothing left"""
    ended = bare.plain("--mirror", bare.mirror.address)
    assert ended.code == 5
    assert "9DC858229FC7DD38854AE2D88D81803C0EBFCD88 expected" in ended.err
    assert f"{bare.mirror.key} found" in ended.err
    assert bare.traces() == ""


def test_no_name(bare: Computer) -> None:
    """15a. name not found | names DNS, and the servers that were asked"""
    keep = "cp /etc/resolv.conf /srv/resolv.conf; echo nameserver 127.0.0.9 >/etc/resolv.conf"
    bare.machine.output(keep)
    ended = bare.plain()
    bare.machine.output("cat /srv/resolv.conf >/etc/resolv.conf")
    assert ended.code == 5
    assert "download.docker.com is not found by DNS (127.0.0.9" in ended.err


def test_no_route(bare: Computer) -> None:
    """15b. no default route | names the route, at once"""
    route = bare.machine.output("ip route show default")
    bare.machine.output("ip route del default")
    ended = bare.plain()
    bare.machine.output(f"ip route add {route}")
    assert ended.code == 5
    assert "No route leads to download.docker.com" in ended.err
    assert ended.seconds < 5


def test_no_link(bare: Computer) -> None:
    """16. link down | says that no link is up, not «Release file»"""
    route = bare.machine.output("ip route show default")
    bare.machine.output("ip link set eth0 down")
    ended = bare.install()
    bare.machine.output(f"ip link set eth0 up; ip route replace {route}")
    assert ended.code == 3
    assert "No network link of this machine is up" in ended.err


def test_a_dead_proxy(bare: Computer) -> None:
    """25. proxy set but dead | names the proxy variable"""
    ended = bare.install(before="export http_proxy=http://127.0.0.1:9 TRIES=2")
    bare.machine.output("rm -f /etc/apt/apt.conf.d/95install-docker")
    assert ended.code == 5
    assert "(http_proxy: http://127.0.0.1:9)" in ended.err


def test_a_wrong_clock(bare: Computer) -> None:
    """32. clock a year behind (faketime) | says clock, not signature"""
    apt = "DEBIAN_FRONTEND=noninteractive apt-get -qq"
    bare.machine.output(f"{apt} update; {apt} install faketime", timeout=300)
    began = time.monotonic()
    ended = bare.install(before="export LD_PRELOAD=; alias sh='faketime -f -400d sh'")
    assert time.monotonic() - began < 120
    assert ended.code == 5
    assert "The clock does not fit the package index" in ended.err
