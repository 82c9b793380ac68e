"""A computer with what a test puts on its PATH, and a clone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dockyard.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "clone"
    (root / "stacks").mkdir(parents=True)
    (root / "Pulumi.yaml").write_text(
        'name: dockyard\nrequiredPulumiVersion: ">=3.254.0 <4.0.0"\n', "ascii"
    )
    return Project(root)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person who has nothing yet."""
    for name in (
        "PULUMI_BACKEND_URL",
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_HOME",
        "XDG_CACHE_HOME",
        "XDG_STATE_HOME",
        "XDG_CONFIG_HOME",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a program on PATH, where there is nothing else of a person's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def program(name: str, script: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", "ascii")
        path.chmod(0o755)
        return path

    return program
