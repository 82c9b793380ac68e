"""The machines of a stack, by its state alone."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dockyard.engine import made
from dockyard.project import Project
from tests.unit.engine.test_peek import backend

Look = Callable[..., made.MadeLab | None]
LAB: dict[str, Any] = {
    "version": 1,
    "name": "aws-lab",
    "owner": "trainer",
    "target": "aws",
    "region": "eu-west-3",
    "made": 1795533560,
    "expires": 1795565960,
}


def machine(seat: int, address: str) -> dict[str, object]:
    return {
        "seat": seat, "host": f"seat{seat:02d}-node1", "private": "10.77.0.20",
        "address": address, "id": f"i-{seat}", "user": "dockyard",
    }  # fmt: skip


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    monkeypatch.setenv("HOME", str(tmp_path))

    def looked(**said: object) -> made.MadeLab | None:
        monkeypatch.setenv("PULUMI_BACKEND_URL", backend(tmp_path, {"lab": {**LAB, **said}}))
        return made.look(Project(tmp_path), "aws-lab")

    return looked


def test_those_that_were_made_and_the_key_that_opens_them(look: Look, tmp_path: Path) -> None:
    key = tmp_path / ".ssh" / "id_ed25519"
    key.parent.mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    found = look(machines=[machine(1, "198.51.100.7"), machine(2, "")], keys=[public])
    assert found
    assert found.hosts == ("seat01-node1", "seat02-node1")
    (way,) = found.ways
    assert (way.host, way.address, way.key) == ("seat01-node1", "198.51.100.7", key)


def test_an_older_stack_that_does_not_say_its_keys_is_left_to_the_description(look: Look) -> None:
    assert look(machines=[machine(1, "198.51.100.7")]) is None


def test_a_lab_without_machines_is_left_to_the_description(look: Look) -> None:
    assert look(machines=[], keys=[]) is None
