"""Files are there whole or not at all, on a full disk too."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockyard.files import write_whole


@pytest.fixture
def no_room() -> Iterator[None]:
    """No file may grow beyond 4 KB: the kernel refuses the rest, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("no_room")
def test_a_file_that_finds_no_room_leaves_the_old_one_and_no_half(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    write_whole(file, "old")
    with pytest.raises(OSError, match="too large") as refused:
        write_whole(file, "x" * 10_000)
    assert refused.value.filename == str(file)
    assert [path.name for path in tmp_path.iterdir()] == ["lab.yaml"]
    assert file.read_text() == "old"
