"""A clone to act in, and the command as a person types it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dockyard import cli

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Typed:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The parts of a clone that descriptions live in."""
    root = tmp_path / "clone"
    root.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", root)
    for folder in ("stacks", "vagrant", "provision"):
        ignore = shutil.ignore_patterns(".vagrant", "out", "lab.own.yaml")
        shutil.copytree(ROOT / folder, root / folder, ignore=ignore)
    return root


@pytest.fixture
def dockyard(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Typed]:
    """Types `dockyard -C CLONE WORD...` and returns what a person sees."""
    monkeypatch.setenv("PULUMI_HOME", str(clone.parent / "pulumi"))  # whoever is logged in here

    def typed(*words: str) -> Typed:
        monkeypatch.setattr("sys.argv", ["dockyard", "-C", str(clone), *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return Typed(int(ended.value.code or 0), out, err)

    return typed
