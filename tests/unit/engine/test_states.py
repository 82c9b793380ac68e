"""States in a folder, read without an engine: what is whole, and what can't be read."""

import gzip
import json
from pathlib import Path

import pytest

from dockyard.engine import states

WHOLE = json.dumps({"version": 3, "checkpoint": {"latest": {"resources": [{}, {}]}}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With one whole state in it."""
    folder = tmp_path / ".pulumi" / "stacks" / "dockyard"
    folder.mkdir(parents=True)
    (folder / "gcp-lab.json").write_text(WHOLE)
    (folder / "gcp-lab.json.bak").write_text("{")
    return folder


@pytest.mark.parametrize("text", ["", "{", WHOLE[:30], "[]", "null", '{"checkpoint": 1}', "\x00"])
def test_what_cannot_be_read_is_named(text: str, folder: Path, tmp_path: Path) -> None:
    (folder / "aws-lab.json").write_text(text)
    (folder / "azure-lab.json.gz").write_bytes(gzip.compress(WHOLE.encode())[:-9])
    assert states.broken(tmp_path.as_uri()) == ["aws-lab", "azure-lab"]
    assert states.made(tmp_path.as_uri()) == {"aws-lab": 1, "azure-lab": 1, "gcp-lab": 2}


def test_the_state_of_before_is_looked_at_as_any_other(folder: Path, tmp_path: Path) -> None:
    (folder / "aws-lab.json.gz.bak").write_bytes(gzip.compress(WHOLE.encode()))
    assert states.is_whole(folder / "aws-lab.json.gz.bak")
    assert not states.is_whole(folder / "gcp-lab.json.bak")
    assert not states.is_whole(folder / "none.json")
    assert states.file_of(tmp_path.as_uri(), "gcp-lab") == folder / "gcp-lab.json"
    assert states.file_of(tmp_path.as_uri(), "aws-lab") is None


def test_whole_ones_are_not(folder: Path, tmp_path: Path) -> None:
    (folder / "azure-lab.json.gz").write_bytes(gzip.compress(WHOLE.encode()))
    (folder / "aws-lab.json").write_text('{"version": 3, "checkpoint": {"latest": null}}')
    assert states.broken(tmp_path.as_uri()) == []
    assert states.made(tmp_path.as_uri()) == {"aws-lab": 0, "azure-lab": 2, "gcp-lab": 2}


@pytest.mark.parametrize("backend", ["s3://states", "https://api.pulumi.com", "file:///nowhere"])
def test_elsewhere_nobody_looks(backend: str) -> None:
    assert states.broken(backend) == []
