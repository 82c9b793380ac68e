"""Secrets of a rehearsal, looked for where none may be.

Some are real (the passphrase, the trainer's and the students' private keys), some are planted: in
the variables of the trainer's shell that a cloud's account could be in. Looked for in every file
that the rehearsal leaves, in what Docker tells of the machines, on their disks and consoles, and
in the process list while commands run. Each in plain, and as base64 would have it.
"""

from __future__ import annotations

import base64
import secrets
import subprocess
import tarfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.machines import docker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rehearsal.stage.folder import Folder

_PLANTED = {
    "aws": ("ARM_CLIENT_SECRET", "PULUMI_ACCESS_TOKEN"),
    "azure": ("AWS_SECRET_ACCESS_KEY", "PULUMI_ACCESS_TOKEN"),
    "gcp": ("AWS_SECRET_ACCESS_KEY", "ARM_CLIENT_SECRET", "PULUMI_ACCESS_TOKEN"),
}
"""variables that the target itself does not read"""
_FILES = """find / /run /dev/shm /tmp -xdev -type f -size -16384k \\
-cnewer /var/lib/cloud/seed/nocloud/meta-data -print0 |
tar --create --null --no-recursion --files-from - --ignore-failed-read"""
"""All that is on a machine's disk and was not in its image; those that grow meanwhile, too."""
_MOST = 50_000_000
_EACH = 1.0
"""seconds between looks at the process list"""
_SHORTEST = 12


@dataclass(frozen=True)
class Found:
    """A secret's name, and where it was."""

    name: str
    place: str


@dataclass
class Canaries:
    """The secrets by name, each with what it looks like."""

    shapes: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, name: str, secret: str) -> None:
        """A secret; a short one would be found by chance."""
        if len(secret) >= _SHORTEST:
            self.shapes[name] = shapes(secret.encode())

    def within(self, data: bytes, place: str) -> list[Found]:
        return [
            Found(name, place)
            for name, looks in self.shapes.items()
            if any(one in data for one in looks)
        ]


def shapes(secret: bytes) -> list[bytes]:
    """Plain, and the middle of its base64 at each of the three places where it may begin."""
    coded = [base64.b64encode(b"\0" * shift + secret) for shift in range(3)]
    return [secret, *(one[4:-4] for one in coded)]


def planted(target: str) -> dict[str, str]:
    """Variables for the trainer's shell, each with a secret of its own."""
    return {name: f"canary{secrets.token_hex(16)}" for name in _PLANTED[target]}


def of(folder: Folder, variables: Mapping[str, str], keys: Iterable[Path]) -> Canaries:
    """All that must not be found; of a private key, a line from its middle."""
    canaries = Canaries()
    canaries.add("the passphrase", (folder.path / "passphrase").read_text("ascii").strip())
    for name, value in variables.items():
        canaries.add(name, value)
    own = (folder.clone.root / ".dockyard").glob("*/keys/seat*")
    for key in [*keys, *(one for one in own if one.suffix != ".pub")]:
        lines = key.read_text("ascii", "replace").splitlines() if key.is_file() else []
        if lines and "PRIVATE KEY" in lines[0]:
            canaries.add(f"the private key {key.name}", lines[len(lines) // 2])
    return canaries


# --- where it is looked -------------------------------------------------------------------------


def scan(folder: Folder, canaries: Canaries, *, machines: bool) -> tuple[list[Found], int]:
    """What was found in the folder, and on its machines, and in how many places it was looked."""
    found: list[Found] = []
    count = 0
    for place, data in chain(_files(folder), _machines(folder) if machines else ()):
        count += 1
        found += canaries.within(data, place)
    return found, count


def _files(folder: Folder) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.path.rglob("*")):
        at_home = path.name == "passphrase" or path.parent.name == "keys"
        linked = path.is_symlink() or not path.is_file()
        with suppress(FileNotFoundError):  # the cloud goes on, and writes
            if not (at_home or linked) and path.stat().st_size < _MOST:
                yield str(path.relative_to(folder.path)), path.read_bytes()


def _machines(folder: Folder) -> Iterator[tuple[str, bytes]]:
    for container in docker.machines(folder.path):
        yield from _of_machine(container)


def _of_machine(container: str) -> Iterator[tuple[str, bytes]]:
    """What Docker tells of it, its console, and its own files, students' homes among them."""
    form = f'{{{{index .Config.Labels "{docker.HOST}"}}}}'
    name = docker.run("inspect", "--format", form, container)
    asked = {
        "settings": ["docker", "inspect", container],
        "console": ["docker", "logs", container],
        "processes": ["docker", "exec", container, "sh", "-c",
                      "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null"],
    }  # fmt: skip
    for what, command in asked.items():
        done = subprocess.run(command, capture_output=True, check=False)
        yield f"machine {name}, {what}", done.stdout + done.stderr
    yield from _on_disk(container, name)


def _on_disk(container: str, name: str) -> Iterator[tuple[str, bytes]]:
    command = ["docker", "exec", container, "sh", "-c", f"{_FILES} 2>/dev/null"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as packed:
        assert packed.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            with tarfile.open(fileobj=packed.stdout, mode="r|") as files:
                for one in files:
                    inside = files.extractfile(one) if one.isfile() else None
                    if inside:
                        yield f"machine {name}, /{one.name}", inside.read()
        except tarfile.TarError:
            return  # it does not run, or went away


class ProcessList:
    """Looks at what every user of this computer can see, while commands run."""

    def __init__(self, canaries: Canaries) -> None:
        self._canaries = canaries
        self._found: set[Found] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> list[Found]:
        self._ended.set()
        self._thread.join()
        return sorted(self._found, key=lambda one: (one.name, one.place))

    def _look(self) -> None:
        while not self._ended.wait(_EACH):
            for place in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    words = place.read_bytes()
                except OSError:
                    continue  # it has just ended
                name = words.split(b"\0")[0].decode("utf-8", "replace")
                self._found.update(self._canaries.within(words, f"the process list: {name}"))
