"""Where secrets of a rehearsal are looked for: in all files that it leaves, in what Docker tells of
its machines, in their consoles, journals and processes, and on their disks, also of a machine that
is off.
"""

from __future__ import annotations

import subprocess
import tarfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, cast

from rehearsal.machines import docker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.stage.canaries import Canaries, Found
    from rehearsal.stage.folder import Folder

_MOST = 1 << 30
"""bytes of one file; a larger one is named"""
_FIND = """find / /run /dev/shm /tmp /var/lib/docker/containers /var/lib/docker/volumes \\
-xdev -type f -cnewer /var/lib/cloud/seed/nocloud/meta-data -size"""
"""All that is on a machine's disk and was not in its image; those that grow meanwhile, too."""
_SMALL = f"""{_FIND} -{_MOST >> 10}k -print0 |
tar --create --null --no-recursion --files-from - --ignore-failed-read"""
_LARGE = f"{_FIND} +{(_MOST >> 10) - 1}k -print"
_PROCESSES = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ"
_JOURNAL = "journalctl --no-pager --output cat"
"""where long lines are packed in a way of its own"""


@dataclass
class Looked:
    """What was found, in how many places it was looked, and what was too large to."""

    found: list[Found] = field(default_factory=list)
    places: int = 0
    unseen: list[str] = field(default_factory=list)


Place = tuple[str, BinaryIO | None]
"""Its name, and what is in it; None: too much."""


def scan(folder: Folder, canaries: Canaries, *, machines: bool) -> Looked:
    """Looks into the folder, and at its machines."""
    looked = Looked()
    for name, stream in chain(_files(folder), _machines(folder) if machines else ()):
        if stream is None:
            looked.unseen.append(name)
        else:
            looked.places += 1
            looked.found += canaries.along(stream, name)
    return looked


def _files(folder: Folder) -> Iterator[Place]:
    for path in sorted(folder.path.rglob("*")):
        at_home = path.name == "passphrase" or path.parent.name == "keys"
        linked = path.is_symlink() or not path.is_file()
        with suppress(FileNotFoundError):  # the cloud goes on, and writes
            if not (at_home or linked):
                name = str(path.relative_to(folder.path))
                if path.stat().st_size > _MOST:
                    yield name, None
                else:
                    with path.open("rb") as stream:
                        yield name, stream


def _machines(folder: Folder) -> Iterator[Place]:
    running = set(docker.running(folder.path))
    for container in docker.machines(folder.path):
        form = f'{{{{index .Config.Labels "{docker.HOST}"}}}}'
        name = f"machine {docker.run('inspect', '--format', form, container)}"
        yield from _told(name, "settings", "docker", "inspect", container)
        yield from _told(name, "console", "docker", "logs", container)
        if container in running:
            inside = ("docker", "exec", container, "sh", "-c")
            yield from _told(name, "processes", *inside, _PROCESSES)
            yield from _told(name, "journal", *inside, _JOURNAL)
            yield from _packed(name, *inside, f"{_SMALL} 2>/dev/null")
            yield from _too_large(name, *inside, _LARGE)
        else:
            yield from _of_a_stopped(name, container)


def _told(name: str, what: str, *command: str) -> Iterator[Place]:
    with _running(*command, heard=subprocess.STDOUT) as stream:
        yield f"{name}, {what}", stream


def _packed(name: str, *command: str, only: set[str] | None = None) -> Iterator[Place]:
    """The files of a tar that a command writes, or `only` some of them."""
    with (
        _running(*command) as stream,
        suppress(tarfile.TarError),  # it went away meanwhile
        tarfile.open(fileobj=stream, mode="r|") as files,
    ):
        for one in files:
            path = f"/{one.name.removeprefix('./')}"
            if not one.isfile() or (only is not None and path not in only):
                continue
            if one.size > _MOST:
                yield f"{name}, {path}", None
            elif inside := files.extractfile(one):
                yield f"{name}, {path}", cast("BinaryIO", inside)


def _too_large(name: str, *command: str) -> Iterator[Place]:
    with _running(*command) as stream:
        for line in stream:
            yield f"{name}, {line.decode('utf-8', 'replace').strip()}", None


def _of_a_stopped(name: str, container: str) -> Iterator[Place]:
    """What is not in its image; of the disks of its Docker nobody is asked."""
    changed = docker.run("diff", container).splitlines()
    kept = {line[2:] for line in changed if line[:1] in "AC"}
    yield from _packed(name, "docker", "export", container, only=kept)


@contextmanager
def _running(*command: str, heard: int = subprocess.DEVNULL) -> Iterator[BinaryIO]:
    """What a command says, as it says it."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=heard) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            yield cast("BinaryIO", process.stdout)
        finally:
            process.kill()
