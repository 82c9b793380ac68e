"""The exported lab is read from a state file; whatever is not plain is left to the engine."""

import json
from pathlib import Path

import pytest

from dockyard.engine import peek

LAB = {"version": 1, "machines": []}


def backend(folder: Path, outputs: object) -> str:
    file = folder / "a b" / ".pulumi" / "stacks" / "dockyard" / "aws-lab.json"
    file.parent.mkdir(parents=True)
    stack = {"type": "pulumi:pulumi:Stack", "outputs": outputs}
    other = {"type": "aws:ec2/vpc:Vpc", "outputs": {"lab": "another"}}
    file.write_text(json.dumps({"checkpoint": {"latest": {"resources": [other, stack]}}}))
    return (folder / "a b").as_uri()


def test_a_plain_lab_is_read(tmp_path: Path) -> None:
    assert peek.exported(backend(tmp_path, {"lab": LAB}), "aws-lab", "lab") == LAB


@pytest.mark.parametrize(
    "outputs",
    [None, {}, {"lab": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}}],
)
def test_what_is_not_plain_is_the_engines(tmp_path: Path, outputs: object) -> None:
    assert peek.exported(backend(tmp_path, outputs), "aws-lab", "lab") is None


@pytest.mark.parametrize("place", ["https://api.pulumi.com", "s3://states", "file:///nowhere"])
def test_another_backend_is_the_engines(place: str) -> None:
    assert peek.exported(place, "aws-lab", "lab") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"checkpoint": {"latest": null}}'])
def test_a_broken_state_is_the_engines_to_judge(tmp_path: Path, text: str) -> None:
    place = backend(tmp_path, {"lab": LAB})
    (file,) = tmp_path.rglob("aws-lab.json")
    file.write_text(text)
    assert peek.exported(place, "aws-lab", "lab") is None
