"""Secrets of a rehearsal, looked for where none may be.

Some are real (the passphrase, the trainer's and the students' private keys), some are planted: in
the variables of the trainer's shell that a cloud's account could be in. Looked for in every file
that the rehearsal leaves and on its machines (places.py), and in the process list while commands
run. Each in plain, as base64 would have it, and in what is packed.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import lzma
import secrets
import threading
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rehearsal.stage.folder import Folder

_PLANTED = {
    "aws": ("ARM_CLIENT_SECRET", "PULUMI_ACCESS_TOKEN"),
    "azure": ("AWS_SECRET_ACCESS_KEY", "PULUMI_ACCESS_TOKEN"),
    "gcp": ("AWS_SECRET_ACCESS_KEY", "ARM_CLIENT_SECRET", "PULUMI_ACCESS_TOKEN"),
}
"""variables that the target itself does not read"""
_EACH = 1.0
"""seconds between looks at the process list"""
_SHORTEST = 12
_PIECE = 1 << 20
"""bytes that are held at once, of a file of any size"""
_MOST = 1 << 30
"""bytes that are read of what is packed: a few bytes can be made into no end of them"""


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

    def add_key(self, key: Path) -> None:
        """A private key: a line from its middle."""
        lines = key.read_text("ascii", "replace").splitlines() if key.is_file() else []
        if lines and "PRIVATE KEY" in lines[0]:
            self.add(f"the private key {key.name}", lines[len(lines) // 2])

    def add_students(self, folder: Folder) -> None:
        """The students' private keys, which `up` makes."""
        for key in (folder.clone.root / ".dockyard").glob("*/keys/seat*"):
            if key.suffix != ".pub":
                self.add_key(key)

    def within(self, data: bytes, place: str) -> list[Found]:
        sieve = _Sieve(self)
        sieve.passes(data)
        return [Found(name, place) for name in sieve.names]

    def along(self, stream: BinaryIO, place: str) -> list[Found]:
        """In a stream to its end, and in what it is unpacked, however long both are."""
        sieve, inner = _Sieve(self), _Sieve(self)
        raw = _Passing(stream, sieve)
        try:
            for piece in _unpacked(raw):
                inner.passes(piece)
        except (OSError, EOFError, zlib.error, lzma.LZMAError):
            pass  # it only began like something packed, or is cut off: so far it was read
        while raw.read(_PIECE):
            pass
        return [Found(name, place) for name in dict.fromkeys([*sieve.names, *inner.names])]


class _Sieve:
    """What went through it in pieces had these secrets in it."""

    def __init__(self, canaries: Canaries) -> None:
        self.names: list[str] = []
        self._left = dict(canaries.shapes)
        self._keeps = max((len(one) for looks in self._left.values() for one in looks), default=1)
        self._tail = b""

    def passes(self, piece: bytes) -> None:
        seen = self._tail + piece
        for name, looks in list(self._left.items()):
            if any(one in seen for one in looks):
                self.names.append(name)
                del self._left[name]
        self._tail = seen[1 - self._keeps :] if self._keeps > 1 else b""


class _Passing:
    """A stream whose bytes go through a sieve as somebody reads them."""

    def __init__(self, stream: BinaryIO, sieve: _Sieve) -> None:
        self._stream, self._sieve = stream, sieve
        self._first = stream.read(_MAGIC)
        self.begins = self._first
        sieve.passes(self._first)

    def read(self, size: int = -1) -> bytes:
        size = size if size >= 0 else _PIECE
        if self._first:
            given, self._first = self._first[:size], self._first[size:]
            return given
        piece = self._stream.read(size)
        self._sieve.passes(piece)
        return piece


_PACKED: dict[bytes, Callable[[Any], BinaryIO]] = {
    b"\x1f\x8b": lambda raw: cast("BinaryIO", gzip.GzipFile(fileobj=raw)),
    b"BZh": lambda raw: cast("BinaryIO", bz2.BZ2File(raw)),
    b"\xfd7zXZ": lambda raw: cast("BinaryIO", lzma.LZMAFile(raw)),  # noqa: SIM115 - of a stream that another closes
}
_MAGIC = max(map(len, _PACKED))


def _unpacked(raw: _Passing) -> Iterator[bytes]:
    """What is packed in it, in pieces; nothing of what is not."""
    opener = next((one for magic, one in _PACKED.items() if raw.begins.startswith(magic)), None)
    if opener:
        file, count = opener(raw), 0
        while count < _MOST and (piece := file.read(_PIECE)):
            count += len(piece)
            yield piece


def shapes(secret: bytes) -> list[bytes]:
    """Plain, and the middle of its base64 at each of the three places where it may begin."""
    coded = [base64.b64encode(b"\0" * shift + secret) for shift in range(3)]
    return [secret, *(one[4:-4] for one in coded)]


def planted(target: str) -> dict[str, str]:
    """Variables for the trainer's shell, each with a secret of its own."""
    return {name: f"canary{secrets.token_hex(16)}" for name in _PLANTED[target]}


def of(folder: Folder, variables: Mapping[str, str], keys: Iterable[Path]) -> Canaries:
    """All that must not be found, as far as it is there."""
    canaries = Canaries()
    canaries.add("the passphrase", (folder.path / "passphrase").read_text("ascii").strip())
    for name, value in variables.items():
        canaries.add(name, value)
    for key in keys:
        canaries.add_key(key)
    canaries.add_students(folder)
    return canaries


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
