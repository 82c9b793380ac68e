"""Real machines for tests: images are cached, machines are gone at the end of the session.

They need root and Docker; the first failure says what is missing.
"""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from standin import built
from standin.docker_host import docker_host, remove_machines
from standin.labs import Labs
from standin.machines import Machines
from standin.rehearsed import Rehearsed
from standin.served import Mirror, Served

NEEDED = ("docker", "dockerd", "mmdebstrap", "apt-ftparchive", "gpg", "ssh-keygen")


@pytest.fixture(scope="session")
def images() -> Iterator[dict[str, str]]:
    """Docker runs, and has an image of each system; the mirror is built beside them."""
    missing = [tool for tool in NEEDED if not shutil.which(tool)]
    assert not missing, f"tests with machines need {', '.join(missing)}: `make test` installs them"
    with docker_host(), ThreadPoolExecutor() as pool:
        mirror = pool.submit(built.mirror)
        found = pool.map(built.machine_image, built.SYSTEMS)
        names = dict(zip(built.SYSTEMS, found, strict=True))
        mirror.result()
        yield names


@pytest.fixture(scope="module")
def machines(images: dict[str, str]) -> Iterator[Machines]:
    """Starts machines, which end with the module."""
    with ThreadPoolExecutor() as pool:
        yield Machines(images, pool)
    remove_machines(os.getpid())


@pytest.fixture(scope="session")
def served(images: dict[str, str]) -> Iterator[Served]:
    """Serves folders at an address that machines reach."""
    del images  # they bring Docker up, and with it the address
    served = Served()
    yield served
    served.end()


@pytest.fixture(scope="session")
def mirror(served: Served) -> Mirror:
    """The stand-in for download.docker.com, without faults."""
    return served.mirror()


@pytest.fixture(scope="session")
def labs(tmp_path_factory: pytest.TempPathFactory) -> Labs:
    """Makes user data of descriptions."""
    return Labs(tmp_path_factory.mktemp("labs"))


@pytest.fixture(scope="module", params=["aws", "azure", "gcp"])
def cloud(request: pytest.FixtureRequest) -> str:
    """Each that makes machines, in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def kept(
    cloud: str, mirror: Mirror, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rehearsed]:
    """A rehearsal of two students that stays; a file's tests take it through in their order."""
    folder = tmp_path_factory.mktemp("kept")
    with Rehearsed.staying(folder, f"{cloud}-lab", mirror=mirror) as made:
        yield made
