"""States in a folder of this computer, read without an engine: which there are, what they hold."""

import gzip
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

PROJECT = "dockyard"  # as Pulumi.yaml names it, by which project.find knows a clone

_GZIP = b"\x1f\x8b"


def folder(backend: str) -> Path | None:
    """Pulumi's folder of a backend; None where that is no folder here."""
    where = urlsplit(backend)
    return Path(unquote(where.path), ".pulumi") if where.scheme == "file" else None


def locks(backend: str, stack: str) -> list[Path]:
    """The files of those who have a stack."""
    kept = folder(backend)
    return (
        sorted((kept / "locks" / "organization" / PROJECT / stack).glob("*.json")) if kept else []
    )


def unlock(backend: str, stack: str) -> None:
    """Takes the locks of a stack away."""
    for file in locks(backend, stack):
        file.unlink(missing_ok=True)
        file.with_name(f"{file.name}.attrs").unlink(missing_ok=True)


def halves(backend: str, stack: str) -> list[Path]:
    """What a full disk left cut off around a stack: locks, and the notes beside its files. Nobody
    needs them, and Pulumi takes each for a state that can't be read.
    """
    kept = folder(backend)
    if kept is None:
        return []
    locks = (kept / "locks" / "organization" / PROJECT / stack).glob("*")
    notes = (kept / "stacks" / PROJECT).glob(f"{stack}.json*.attrs")
    return sorted(one for one in (*locks, *notes, *kept.glob("*.attrs")) if not _is_json(one))


def made(backend: str) -> dict[str, int | None]:
    """Each stack of this project that there is, and how many things it made; None for a state that
    can't be read, which was cut off or is no state: it may hold anything.
    """
    return {name: _things(file) for name, file in _all(backend)}


def broken(made: Mapping[str, int | None]) -> list[str]:
    """Those whose state can't be read."""
    return [name for name, things in made.items() if things is None]


def file_of(backend: str, name: str) -> Path | None:
    """The file of a stack; None where there is none here."""
    return next((file for stack, file in _all(backend) if stack == name), None)


def is_whole(file: Path) -> bool:
    """Whether it can be read as a state."""
    return _things(file) is not None


def sentence(name: str) -> str:
    """Of a broken one."""
    return f"the state of {name} can't be read: it was cut off, or overwritten"


def remedy(name: str) -> str:
    """What is typed for it."""
    return f"dockyard recover {name}"


def _all(backend: str) -> Iterator[tuple[str, Path]]:
    kept = folder(backend)
    for file in sorted((kept / "stacks" / PROJECT).glob("*.json*")) if kept else ():
        if file.name.endswith((".json", ".json.gz")):
            yield file.name.partition(".json")[0], file


def put_aside(folder: Path, names: Iterable[str]) -> Path:
    """Takes stacks out of use, the file of before with each; the folder where they are now."""
    aside = folder / f"aside-{time.strftime('%Y%m%dT%H%M%S')}"
    aside.mkdir(mode=0o700)
    for name in names:
        for file in (folder / "stacks" / PROJECT).glob(f"{name}.json*"):
            file.replace(aside / file.name)
    return aside


def _is_json(file: Path) -> bool:
    try:
        return isinstance(json.loads(file.read_bytes()), dict)
    except FileNotFoundError:  # gone since it was listed
        return True
    except ValueError:
        return False


def _things(file: Path) -> int | None:
    """None: it can't be read."""
    try:
        raw = file.read_bytes()
        text = gzip.decompress(raw) if raw.startswith(_GZIP) else raw
        latest = json.loads(text)["checkpoint"].get("latest") or {}
        return len(latest.get("resources") or ()) + len(latest.get("pending_operations") or ())
    except (OSError, EOFError, ValueError, KeyError, AttributeError, TypeError):
        return None
