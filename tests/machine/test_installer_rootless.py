"""install-docker.sh --rootless: a Docker of an account's own, and its undo.

The first line of each docstring is a row of docs/installer-situations.md.
"""

import pytest

from standin.installer import Computer, Ended
from standin.machines import Machines
from standin.served import Mirror

pytestmark = [pytest.mark.machine, pytest.mark.slow]

DEVICES = ("--device", "/dev/fuse", "--device", "/dev/net/tun")
# what a machine that is no container has: these devices for everybody, a /proc without anything
# mounted over it, and a list of what its kernel has built in
AS_OUTSIDE = (
    "chmod 666 /dev/net/tun /dev/fuse; "
    "awk '$5 ~ \"^/proc/\" { print $5 }' /proc/self/mountinfo | sort -r | xargs -rn 1 umount -l; "
    "mods=/lib/modules/$(uname -r); mkdir -p $mods; "
    "printf '%s.ko\\n' ip_tables nf_tables >$mods/modules.builtin"
)
HOME = (
    "cd /home/carol && find . ! -name core | sort; cat /etc/subuid /etc/subgid; "
    "ls /var/lib/systemd/linger"
)


@pytest.fixture(scope="module")
def rootless(machines: Machines, mirror: Mirror) -> tuple[Computer, Ended, str]:
    """A machine whose account carol gets a Docker of its own; before, and after a run."""
    computer = Computer(machines.start("debian-12", *DEVICES), mirror)
    computer.machine.run("cloud-init status --wait")
    computer.machine.output(
        f"useradd --create-home carol; useradd --create-home dora; {AS_OUTSIDE}"
    )
    before = computer.machine.run(HOME).stdout
    return computer, computer.install("--lean", "--rootless", "carol"), before


def test_a_docker_without_root(rootless: tuple[Computer, Ended, str], mirror: Mirror) -> None:
    """70. `--rootless carol` | carol's own daemon runs a container, and root's is closed to her"""
    computer, ended, _ = rootless
    assert ended.code == 0, ended.said
    own = "docker info -f '{{.SecurityOptions}} {{.DockerRootDir}} {{.ServerVersion}}'"
    said = computer.machine.output(own, "carol")
    assert "name=rootless" in said
    assert "/home/carol/.local/share/docker" in said
    assert mirror.newest in said
    closed = computer.machine.run("docker -H unix:///var/run/docker.sock version", "carol")
    assert closed.returncode != 0
    assert computer.result()["rootless"] == "carol"


def test_a_docker_without_root_again(rootless: tuple[Computer, Ended, str]) -> None:
    """71. the same again; and after a reboot | nothing to do; it is there before carol logs in"""
    computer, _, _ = rootless
    assert "nothing to do" in computer.install("--lean", "--rootless", "carol").out
    computer.machine.reboot()
    computer.machine.output(AS_OUTSIDE)
    computer.machine.wait_until("docker -H unix:///run/user/$(id -u carol)/docker.sock version")


def test_a_member_of_the_group_cannot_be_without_root(
    rootless: tuple[Computer, Ended, str],
) -> None:
    """72. `--rootless` with one who is in the group docker, or root | 2, says why"""
    computer, _, _ = rootless
    both = computer.install("--user", "dora", "--rootless", "dora")
    assert both.code == 2
    assert "dora is in the group docker, which is as good as root" in both.err
    assert computer.install("--rootless", "root").code == 2


def test_the_undo_of_a_docker_without_root(rootless: tuple[Computer, Ended, str]) -> None:
    """73. `--uninstall --purge` of it | home, sub-ids and linger as before, no process left"""
    computer, _, before = rootless
    ended = computer.plain("--uninstall", "--purge")
    assert ended.code == 0, ended.said
    assert computer.machine.run(HOME).stdout == before
    assert computer.machine.run("pgrep -a rootlesskit").stdout == ""
