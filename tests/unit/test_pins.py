"""The hash-pinned files name all that they need: pip takes them as they are."""

import importlib.metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FILES = sorted(path.name for path in ROOT.glob("requirements*.txt"))


def pins(file: str) -> dict[str, set[str]]:
    """Name -> the extras it is pinned with, of all that this computer would install."""
    lines = (ROOT / file).read_text("ascii").splitlines()
    found = [Requirement(line.rstrip(" \\")) for line in lines if "==" in line and line[0] != " "]
    here = [one for one in found if one.marker is None or one.marker.evaluate()]
    return {canonicalize_name(one.name): one.extras for one in here}


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_left_for_pip_to_choose(file: str) -> None:
    pinned = pins(file)
    assert len(pinned) > 10
    for name, extras in pinned.items():
        for line in importlib.metadata.requires(name) or ():
            needed = Requirement(line)
            marker = needed.marker
            wanted = any(
                marker is None or marker.evaluate({"extra": extra}) for extra in ("", *extras)
            )
            if wanted:
                # without its extras a pip of 2023 takes the newest one, and refuses it
                there = pinned.get(canonicalize_name(needed.name), {"not pinned"})
                assert needed.extras <= there, f"{name} needs {line}"
