"""A run that is cut off goes on at the next boot, and one that must wait waits."""

import time

import pytest

from standin.built import HERE
from standin.labs import Labs
from standin.machines import LOG, MARK, Machine, Machines, Stories
from standin.served import Mirror

pytestmark = pytest.mark.machine

UNPACKING = "pgrep -f '^/usr/bin/dpkg .*--unpack'"
# the brackets keep the pattern from fitting the shell that holds it
KILL_ALL = "pkill -9 -f 'main[.]sh|part-00[1]|apt-ge[t]|bin/dpk[g]'"
LOCKED_SECONDS = 20


@pytest.fixture(scope="module")
def told(machines: Machines, labs: Labs, mirror: Mirror) -> Stories:
    text = labs.user_data(docker=mirror.docker())

    def killed() -> Machine:
        machine = machines.start("debian-12", user_data=text)
        machine.wait_until(UNPACKING)
        machine.output(KILL_ALL)
        assert machine.mark()["state"] == "running"
        machine.reboot()
        machine.wait_for_mark("ready")
        return machine

    def power_cut() -> Machine:
        machine = machines.start("debian-13", user_data=text)
        machine.wait_until(UNPACKING)
        machine.cut_power()
        machine.start_again()
        machine.wait_for_mark("ready")
        return machine

    def locked() -> Machine:
        machine = machines.start("debian-13")
        machine.run("cloud-init status --wait")
        machine.write("/root/hold_locks.py", (HERE / "hold_locks.py").read_text())
        machine.write("/root/user-data", text)
        machine.output(f"systemd-run python3 /root/hold_locks.py {LOCKED_SECONDS}")
        began = time.monotonic()
        machine.output("sh /root/user-data")
        assert time.monotonic() - began > LOCKED_SECONDS
        return machine

    return machines.begin(killed, power_cut, locked)


@pytest.mark.parametrize("story", ["killed", "power_cut"])
def test_a_run_cut_off_in_the_middle_of_dpkg_ends_ready_after_the_next_boot(
    story: str, told: Stories, mirror: Mirror
) -> None:
    machine = told[story].result()
    assert machine.mark()["docker"].startswith(mirror.newest)
    assert machine.output("dpkg --audit") == ""
    assert "docker" in machine.output("id -nG student", "student").split()
    assert machine.output("cloud-init status").split() == ["status:", "done"]


def test_a_run_waits_for_another_installer_and_says_for_whom(told: Stories) -> None:
    machine = told["locked"].result()
    assert machine.mark()["state"] == "ready"
    assert "python3" in machine.output(f"grep -i wait {LOG}")


def test_a_run_over_ssh_leaves_the_same_mark_as_cloud_init(told: Stories) -> None:
    by_ssh = told["locked"].result()
    by_cloud_init = told["power_cut"].result()
    facts = r"grep -o '\"\(docker\|compose\|buildx\|source\|system\|settings\)\":\"[^\"]*\"'"
    assert by_ssh.output(f"{facts} {MARK}") == by_cloud_init.output(f"{facts} {MARK}")
