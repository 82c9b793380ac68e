"""Computers that lack something: a sentence that says what, an exit code, and nothing lost.

One computer on which one thing after the other is wrong, and mended before the next.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from fresh.computer import Computer

pytestmark = [pytest.mark.machine, pytest.mark.slow]

PERSON = "vagrant"
NOWHERE = "http://127.0.0.1:9"
"""Port 9 is closed: the answer comes at once."""
MAKE_FAILED = 2
"""make's own exit code; that of the command is in `Error N`."""
OLD_PYTHON = """\
#!/bin/sh
[ "$1" = --version ] && echo Python 3.9.2
[ "$1" != -c ]
"""


@pytest.fixture(scope="module")
def computer(new_computer: Callable[[str], Computer]) -> Computer:
    made = new_computer(PERSON)
    made.root("apt-get install make")
    return made


@pytest.fixture(scope="module")
def with_venv(computer: Computer) -> Computer:
    computer.root("apt-get install python3-venv")
    return computer


@pytest.fixture(scope="module")
def with_setup(with_venv: Computer) -> Computer:
    """As far as `make setup` goes: the tests before this one must not hinder it."""
    with_venv.type("make setup")
    return with_venv


def refused(computer: Computer, line: str) -> str:
    """What is said by a word that this computer cannot do: exit code 4."""
    said = computer.type(line, code=MAKE_FAILED)
    assert "Error 4" in said
    return said


@contextmanager
def small_disk(computer: Computer, path: str, size: str) -> Iterator[None]:
    """A full disk, nearly."""
    computer.root(f"mkdir -p {path} && mount -t tmpfs -o size={size},mode=777 tmpfs {path}")
    try:
        yield
    finally:
        computer.root(f"umount {path}")


def test_python_without_venv(computer: Computer) -> None:
    said = refused(computer, "make lab")
    assert "python3 has no venv module." in said
    assert "apt-get install python3-venv" in said


def test_no_python_at_all(computer: Computer) -> None:
    assert "There is no python4 on this computer." in refused(computer, "make lab PYTHON=python4")


def test_python_too_old(computer: Computer) -> None:
    computer.machine.write("/usr/local/bin/python3.9", OLD_PYTHON)
    computer.root("chmod 755 /usr/local/bin/python3.9")
    said = refused(computer, "make lab PYTHON=python3.9")
    assert "Python 3.9.2 is too old: Dockyard needs 3.11 or newer." in said
    computer.type("[ ! -e .venv ]")


def test_no_package_index(with_venv: Computer) -> None:
    line = f"PIP_INDEX_URL={NOWHERE} PIP_RETRIES=1 make lab"
    assert "pip could not install what Dockyard needs" in refused(with_venv, line)


def test_no_room_for_the_python_packages(with_venv: Computer) -> None:
    with small_disk(with_venv, "/mnt/small", "4m"):
        with_venv.clone("/mnt/small/clone")
        said = refused(with_venv, "cd /mnt/small/clone && make lab")
        assert "python3 could not make .venv." in said
        assert "Is there room on the disk (df -h .)" in said
        with_venv.root("mount -o remount,size=300m /mnt/small")
        with_venv.type("cd /mnt/small/clone && make setup && .venv/bin/dockyard list")


def test_no_sudo_and_not_root(with_setup: Computer) -> None:
    with_setup.root("mv /usr/bin/sudo /usr/bin/sudo.away")
    try:
        said = refused(with_setup, "make lab")
    finally:
        with_setup.root("mv /usr/bin/sudo.away /usr/bin/sudo")
    assert "Installing needs root, and there is no sudo." in said
    assert "Type as root: apt-get install --no-install-recommends docker.io" in said


def test_no_debian_mirror(with_setup: Computer) -> None:
    with_setup.root(
        f"cp /etc/apt/sources.list . && sed -i 's,http://[^/]*,{NOWHERE},' /etc/apt/sources.list"
    )
    try:
        said = refused(with_setup, "make lab")
    finally:
        with_setup.root("mv sources.list /etc/apt/")
    assert "failed with exit code 100" in said
    assert "Mend that (network? rights? disk?) and type the same again." in said


def test_no_room_for_debian_packages(with_setup: Computer) -> None:
    with small_disk(with_setup, "/var/cache/apt/archives", "8m"):
        said = refused(with_setup, "make lab")
    assert "enough free space" in said


def test_nothing_of_all_that_stays_after_make_undo(with_setup: Computer) -> None:
    with_setup.type("! command -v vagrant docker")
    with_setup.type("make undo")
    with_setup.type("! ls -d ~/.vagrant.d .venv .dockyard 2>/dev/null")
