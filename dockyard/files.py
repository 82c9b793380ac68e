"""Files that are there whole or not at all."""

import os
from pathlib import Path

_EVERYBODY_MAY_READ = 0o666
"""What the umask leaves of it."""


def write_whole(file: Path, text: str, mode: int = _EVERYBODY_MAY_READ) -> None:
    """In one step: a process that is killed leaves the old file or the new one.

    Nobody but `mode` allows may read it, from its first byte on.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        half.replace(file)
    except OSError:  # as on a full disk
        half.unlink(missing_ok=True)
        raise
