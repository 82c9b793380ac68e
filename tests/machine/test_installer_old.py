"""install-docker.sh on Debian 11, past its end, with Debian's own docker.io.

The first line of each docstring is a row of docs/installer-situations.md.
"""

import pytest

from standin.installer import Computer, Ended, debian11
from standin.machines import Machine, Machines
from standin.served import Mirror

pytestmark = [pytest.mark.machine, pytest.mark.slow]

Told = tuple[Computer, Ended]


@pytest.fixture(scope="module")
def old(machines: Machines, mirror: Mirror) -> Told:
    del machines  # it removes the machine at the end
    computer = Computer(Machine.start(debian11()), mirror)
    return computer, computer.plain("--source", "distro")


def test_an_old_system(old: Told) -> None:
    """59. Debian 11, `--source distro` | docker.io runs, the end of life is said"""
    computer, ended = old
    assert ended.code == 0, ended.said
    assert "Debian GNU/Linux 11 (bullseye) is past its end of life" in ended.out
    assert computer.daemon().startswith("20.10.5")
    assert computer.is_whole()
    result = computer.result()
    assert (result["source"], result["container"]) == ("distribution", True)


def test_an_old_system_again(old: Told) -> None:
    """60. the same again, and its undo | nothing to do; gone, images kept, said why"""
    computer, _ = old
    assert "nothing to do: Docker 20.10.5" in computer.plain("--source", "distro").out
    computer.machine.says_hello("root")
    undone = computer.plain("--uninstall")
    assert undone.code == 0, undone.said
    assert "docker.io: its settings stay" in undone.out
    assert computer.machine.run("command -v dockerd").stdout == ""
    assert computer.machine.output("ls /var/lib/docker/image")
