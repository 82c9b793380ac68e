"""What machines are made of: a container image of each system with cloud-init in it, built once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dockyard.errors import HostError
from rehearsal.machines import docker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
BOX = HERE.parents[1] / "vagrant" / "box"
SYSTEMS = ("debian-12", "debian-13")
"""Those that are built here; the others are rehearsed on the one that is nearest."""
NEAREST = {"ubuntu-22.04": "debian-12", "ubuntu-24.04": "debian-13"}
_REPOSITORY = "dockyard-rehearsal"
_SECONDS = 1200


def cache() -> Path:
    """The folder of locks that outlives a run; XDG_CACHE_HOME is honoured."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "dockyard"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def system(image: str) -> str:
    """The system that stands for an image of a description."""
    return image if image in SYSTEMS else NEAREST.get(image, SYSTEMS[-1])


def ensure(image: str, say: Callable[[str], None], *, baked: bool = False) -> str:
    """The name of the Docker image for a system; builds it when it is not there, or is of older
    files than these. `baked`: with the distribution's Docker in it.

    Raises HostError when it can't be built; why was printed.
    """
    box = [path for path in BOX.rglob("*") if path.is_file() and BOX / "out" not in path.parents]
    tag = f"{image}{'-distribution' if baked else ''}"
    name = f"{_REPOSITORY}/{tag}:{key_of(HERE / 'image.sh', *box)}"
    with alone(cache() / f"image-{tag}.lock"):
        if not docker.run("images", "--quiet", name):
            _forget(f"{_REPOSITORY}/{tag}")
            say(f"Building the image of a machine with {image}, once; about a minute.")
            _build(image, name, baked=baked)
    return name


def _build(image: str, name: str, *, baked: bool) -> None:
    inside = ["--docker-inside"] if baked else []
    script = str(HERE / "image.sh")
    done = subprocess.run(
        [script, image, name, *inside],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        said = "\n  ".join(done.stderr.strip().splitlines()[-5:])
        raise HostError(
            f"The image of a machine with {image} was not built:\n  {said}",
            "Are packages in reach? An own mirror of them: DEBIAN_MIRROR=http://HOST/debian",
        )


def _forget(repository: str) -> None:
    """Images of older files. Refused while machines are made of one; then the next change does."""
    for old in docker.run("images", "--quiet", repository).split():
        subprocess.run(["docker", "rmi", old], capture_output=True, check=False)


def key_of(*files: Path) -> str:
    """Short, and another as soon as one of the files is."""
    text = b"".join(file.read_bytes() for file in sorted(files))
    return hashlib.sha256(text).hexdigest()[:12]


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Two runs at once build a thing once."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
