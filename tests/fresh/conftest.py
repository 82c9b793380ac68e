"""Clean computers; they need root and Docker, as tests/machine does."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest

from fresh.computer import Computer
from standin import built
from standin.docker_host import docker_host, remove_machines

NEEDED = ("docker", "dockerd", "git", "mmdebstrap", "tar")


@pytest.fixture(scope="session")
def clean_image() -> Iterator[str]:
    """Debian 12 with systemd, ssh, sudo, python3, and none of what the README installs."""
    missing = [tool for tool in NEEDED if not shutil.which(tool)]
    assert not missing, f"clean computers need {', '.join(missing)}: `make test` installs them"
    with docker_host():
        yield built.machine_image("debian-12")


@pytest.fixture(scope="module")
def new_computer(clean_image: str) -> Iterator[Callable[[str], Computer]]:
    """Boots clean computers for a person, who is `root` or `vagrant`; they end with the module."""
    yield lambda user: Computer.start(clean_image, user)
    remove_machines(os.getpid())
