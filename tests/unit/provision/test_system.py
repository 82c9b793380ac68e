"""Which machines are fit; what is found out before anything is changed."""

import pytest

from standin.folder_machine import FolderMachine


def system(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


FIT = {
    "debian bookworm": system("ID=debian", "VERSION_CODENAME=bookworm"),
    "debian trixie": system("ID=debian", 'VERSION_CODENAME="trixie"'),
    "ubuntu jammy": system(
        "ID=ubuntu", "ID_LIKE=debian", "VERSION_CODENAME=jammy", "UBUNTU_CODENAME=jammy"
    ),
    "ubuntu noble": system(
        "ID=linuxmint", 'ID_LIKE="ubuntu debian"', "VERSION_CODENAME=xia", "UBUNTU_CODENAME=noble"
    ),
    "debian bookworm ": system(
        "ID=linuxmint", "ID_LIKE=debian", "VERSION_CODENAME=faye", "DEBIAN_CODENAME=bookworm"
    ),
}
UNFIT = {
    "void": system("ID=void", 'PRETTY_NAME="Void Linux"'),
    "fedora": system("ID=fedora", 'PRETTY_NAME="Fedora 43"'),
    "too old": system("ID=debian", "VERSION_CODENAME=buster", 'PRETTY_NAME="Debian 10"'),
    "rolling": system("ID=kali", "ID_LIKE=debian", "VERSION_CODENAME=kali-rolling"),
    "run as shell": system("ID=$(touch gone)", "VERSION_CODENAME=`touch gone`"),
    "empty": "",
}


@pytest.mark.parametrize("name", FIT)
def test_debian_ubuntu_and_their_children_are_fit(machine: FolderMachine, name: str) -> None:
    machine.file("etc/os-release", FIT[name])
    done = machine.call('check_system; echo "$SYSTEM"')
    assert (done.code, done.out) == (0, f"{name.strip()} amd64\n")


@pytest.mark.parametrize("name", UNFIT)
def test_another_system_is_refused_by_its_name(one_machine: FolderMachine, name: str) -> None:
    one_machine.file("etc/os-release", UNFIT[name])
    done = one_machine.main()
    assert done.code == 3
    assert "Docker cannot be installed on this system: " in done.err
    assert "Use Debian 12 or 13, or Ubuntu 22.04 or 24.04." in done.err
    assert (one_machine.mark()["state"], one_machine.mark()["step"]) == ("failed", "preflight")
    assert not (one_machine.folder / "gone").exists()
    assert not [call for call in done.calls if call.startswith(("apt", "systemctl"))]


def test_without_root_nothing_is_done_and_sudo_is_named(machine: FolderMachine) -> None:
    machine.stub("id", "echo 1000")
    done = machine.call("check_system")
    assert done.code == 3
    assert "Only root can set this machine up." in done.err
    assert "sudo" in done.err


def test_without_systemd_it_says_so(machine: FolderMachine) -> None:
    (machine.root / "run/systemd/system").rmdir()
    done = machine.call("check_system")
    assert done.code == 3
    assert "This machine has no systemd" in done.err
    assert "/etc/wsl.conf" in done.err


def test_a_place_that_cannot_be_written_to_is_named(machine: FolderMachine) -> None:
    (machine.root / "usr").rmdir()
    done = machine.call("check_system")
    assert done.code == 3
    assert "/usr cannot be written to." in done.err


def test_too_little_room_is_said_in_mb(machine: FolderMachine) -> None:
    machine.stub("df", "printf 'x\\nx x x 61440 x x\\n'")
    done = machine.call("check_room /var/cache/apt 200")
    assert done.code == 3
    assert "Too little room in /var/cache/apt: 200 MB needed, 60 MB free." in done.err
