"""install-docker.sh on machines as hardened images, venues and students leave them.

The first line of each docstring is a row of docs/installer-situations.md.
"""

from pathlib import Path

import pytest

from standin.installer import Computer, Ended
from standin.machines import Machines
from standin.served import Mirror, Served

pytestmark = [pytest.mark.machine, pytest.mark.slow]

HARDENED = "umask 077; export PATH=/usr/local/bin:/usr/bin:/bin"


@pytest.fixture(scope="module")
def hardened(machines: Machines, mirror: Mirror) -> tuple[Computer, Ended]:
    """A first run on a machine whose /tmp holds no programs, by a root without sbin in its PATH."""
    machine = machines.start("debian-12", "--tmpfs", "/tmp:noexec,mode=1777")
    computer = Computer(machine, mirror)
    machine.run("cloud-init status --wait")
    return computer, computer.install("--lean", before=HARDENED)


def test_a_hardened_image(hardened: tuple[Computer, Ended]) -> None:
    """74. umask 077, no sbin in PATH, /tmp noexec | as anywhere; apt may read its key and source"""
    computer, ended = hardened
    assert ended.code == 0, ended.said
    assert computer.is_whole()
    files = "/etc/apt/keyrings/docker.gpg /etc/apt/sources.list.d/docker.sources"
    assert computer.machine.output(f"stat -c %a {files} /etc/docker/daemon.json").split() == (
        ["644"] * 3
    )


def test_a_part_that_somebody_removed(hardened: tuple[Computer, Ended]) -> None:
    """75. `apt-get remove docker-buildx-plugin` by hand | it comes back, containers run on"""
    computer, _ = hardened
    computer.machine.output("apt-get -qq remove docker-buildx-plugin")
    ended = computer.install("--lean")
    assert ended.code == 0, ended.said
    assert computer.result()["buildx"]


def test_data_that_somebody_deleted(hardened: tuple[Computer, Ended]) -> None:
    """76. `rm -rf /var/lib/docker/*` under a stopped daemon | the next run starts and proves it"""
    computer, _ = hardened
    stop = "systemctl stop docker.socket docker containerd; rm -rf /var/lib/docker/*"
    computer.machine.output(stop)
    ended = computer.install("--lean")
    assert ended.code == 0, ended.said
    assert computer.machine.says_hello("root") == "hello"


def test_a_masked_docker(hardened: tuple[Computer, Ended]) -> None:
    """77. `systemctl mask docker` | 3, says who could want that and how to undo it"""
    computer, _ = hardened
    computer.machine.output("systemctl mask --now docker.socket docker.service")
    ended = computer.install("--lean")
    computer.machine.output("systemctl unmask docker.socket docker.service")
    assert ended.code == 3
    assert "systemctl unmask docker.service" in ended.err
    assert computer.install("--lean").code == 0
    assert computer.daemon()


@pytest.fixture(scope="module")
def bare(machines: Machines, mirror: Mirror) -> Computer:
    return Computer(machines.start("debian-12"), mirror)


def test_a_venue_s_portal(bare: Computer, served: Served, tmp_path: Path) -> None:
    """78. every address answers with the venue's login page | 5, says so; nothing is left"""
    portal = Computer(bare.machine, served.mirror(tmp_path, match="", status=200))
    ended = portal.install()
    assert ended.code == 5
    assert "a page of the venue's may stand in its way" in ended.err
    assert portal.traces() == ""


def test_a_snap(bare: Computer) -> None:
    """79. Docker as a snap is there | 3, names the way; nothing changed"""
    bare.machine.output("mkdir -p /snap/docker/2963; ln -s 2963 /snap/docker/current")
    before = bare.packages()
    ended = bare.install()
    bare.machine.output("rm -r /snap")
    assert ended.code == 3
    assert "sudo snap remove docker" in ended.err
    assert (bare.packages(), bare.traces()) == (before, "")
