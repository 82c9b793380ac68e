"""The process that plays the cloud ends with who started it, even one that was killed before."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rehearsal.stage.folder import Folder, Plan


def kept(tmp_path: Path, parent: int) -> Folder:
    folder = Folder(tmp_path / "aws-lab")
    for name in ("inventory", "clone"):
        (folder.path / name).mkdir(parents=True)
    folder.write_plan(Plan("aws-lab", "aws", parent=parent))
    return folder


def test_it_ends_when_its_parent_was_gone_before_it_began(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    folder = kept(tmp_path, gone.pid)
    words = [sys.executable, "-m", "rehearsal.stage.keeper", str(folder.path)]
    assert subprocess.run(words, timeout=60, check=False).returncode == 0
    assert not (folder.path / "clone").exists()


def test_it_needs_nobodys_account_and_takes_what_was_typed_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of a person")
    with subprocess.Popen(["sleep", "600"]) as parent:
        folder = kept(tmp_path, parent.pid)
        typed = subprocess.Popen(["sleep", "600"], env=folder.environment())
        assert "AWS_PROFILE" not in folder.environment()
        keeper = subprocess.Popen(
            [sys.executable, "-m", "rehearsal.stage.keeper", str(folder.path)]
        )
        end = time.monotonic() + 30
        while folder.served is None:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert typed.pid in folder.processes()
        assert os.getpid() not in folder.processes()
        parent.kill()
    assert keeper.wait(30) == 0
    assert typed.wait(10) < 0
    assert not (folder.path / "served.json").exists()
