"""States in a folder, read without an engine: what is whole, and what can't be read."""

import gzip
import json
from pathlib import Path

import pytest

from dockyard.commands import doctor, labs
from dockyard.engine import states
from dockyard.project import Project

ROOT = Path(__file__).parents[3]

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
    made = states.made(tmp_path.as_uri())
    assert made == {"aws-lab": None, "azure-lab": None, "gcp-lab": 2}
    assert states.broken(made) == ["aws-lab", "azure-lab"]


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
    made = states.made(tmp_path.as_uri())
    assert made == {"aws-lab": 0, "azure-lab": 2, "gcp-lab": 2}
    assert states.broken(made) == []


@pytest.mark.parametrize("backend", ["s3://states", "https://api.pulumi.com", "file:///nowhere"])
def test_elsewhere_nobody_looks(backend: str) -> None:
    assert states.made(backend) == {}


def test_list_and_doctor_read_each_state_once(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "aws-lab.json").write_text("{")
    (folder / "moby.json").write_text(WHOLE)
    monkeypatch.setenv("PULUMI_BACKEND_URL", tmp_path.as_uri())
    read: list[str] = []
    read_bytes = Path.read_bytes

    def noted(file: Path) -> bytes:
        read.append(file.name)
        return read_bytes(file)

    monkeypatch.setattr(Path, "read_bytes", noted)
    labs.run_list(Project(ROOT), as_json=True)
    assert [one for one in read if one.endswith(".json")] == [
        *("aws-lab.json", "gcp-lab.json", "moby.json")
    ]
    rows = {one["lab"]: one["file"] for one in json.loads(capsys.readouterr().out)}
    assert rows["aws-lab"].endswith(
        "the state of aws-lab can't be read: it was cut off, or "
        "overwritten: dockyard recover aws-lab"
    )
    assert rows["gcp-lab"] == "stacks/Pulumi.gcp-lab.yaml"
    assert rows["moby"].endswith("is gone; it was made: dockyard down moby")
    read.clear()
    (finding,) = doctor._states()
    assert read == ["aws-lab.json", "gcp-lab.json", "moby.json"]
    assert finding.remedy == "dockyard recover aws-lab"
    (folder / "aws-lab.json").write_text(WHOLE)
    (finding,) = doctor._states()
    assert finding.text == f"3 stacks in {tmp_path.as_uri()}, all readable"


def test_what_a_full_disk_leaves_cut_off(folder: Path, tmp_path: Path) -> None:
    locks = tmp_path / ".pulumi" / "locks" / "organization" / "dockyard" / "gcp-lab"
    locks.mkdir(parents=True)
    whole = (locks / "1.json", folder / "gcp-lab.json.attrs", folder / "aws-lab.json.attrs")
    for file in whole:
        file.write_text("{}")
    assert states.halves(tmp_path.as_uri(), "gcp-lab") == []
    note, temporary = tmp_path / ".pulumi" / "meta.yaml.attrs", locks / "2.json.18eb.tmp"
    for file in (*whole, note, temporary):
        file.write_text("")
    found = set(states.halves(tmp_path.as_uri(), "gcp-lab"))
    assert found == {note, temporary, *whole[:2]}
    assert states.halves("s3://states", "gcp-lab") == []
