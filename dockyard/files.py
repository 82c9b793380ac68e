"""Files that are there whole or not at all."""

import contextlib
import os
from pathlib import Path

_EVERYBODY_MAY_READ = 0o666
"""What the umask leaves of it."""


def write_whole(file: Path, text: str, mode: int = _EVERYBODY_MAY_READ) -> None:
    """In one step: a process that is killed leaves the old file or the new one.

    Nobody but `mode` allows may read it, from its first byte on.
    Raises OSError with the file's own name, as on a full disk.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        half.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            half.unlink()
        error.filename = str(file)
        raise
