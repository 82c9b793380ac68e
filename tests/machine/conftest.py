"""Real machines for tests: images are cached, machines are gone at the end of the session.

They need root and Docker; the first failure says what is missing.
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from standin import built
from standin.docker_host import docker_host
from standin.labs import Labs
from standin.machines import Machines
from standin.served import Mirror, Served

NEEDED = ("docker", "dockerd", "mmdebstrap", "apt-ftparchive", "gpg", "ssh-keygen")


@pytest.fixture(scope="session")
def machines() -> Iterator[Machines]:
    """Starts machines of every system; the mirror is built beside the images."""
    missing = [tool for tool in NEEDED if not shutil.which(tool)]
    assert not missing, f"tests with machines need {', '.join(missing)}: `make test` installs them"
    with docker_host(), ThreadPoolExecutor() as pool:
        mirror = pool.submit(built.mirror)
        images = dict(zip(built.SUITES, pool.map(built.machine_image, built.SUITES), strict=True))
        mirror.result()
        yield Machines(images, pool)


@pytest.fixture(scope="session")
def served(machines: Machines) -> Iterator[Served]:
    """Serves folders at an address that machines reach."""
    del machines
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
