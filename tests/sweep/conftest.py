"""Stand-in clouds with labs in them, and `dockyard` typed by a person who is known to all three."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dockyard import cli
from dockyard.engine import bring
from dockyard.engine.cli import Engine
from dockyard.project import Project
from dockyard.sweep import sweeping
from rehearsal import serve
from standin.stack_clone import ROOT, StackClone

FOREIGN = ("AWS_", "AZURE_", "ARM_", "GOOGLE_", "CLOUDSDK_", "DOCKYARD_")


@dataclass(frozen=True)
class Typed:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.out)
        return found


@pytest.fixture
def clouds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[serve.Running]:
    """Every stand-in cloud, empty, and this process known to them."""
    with serve.running("aws", "azure", "gcp") as running:
        for name, value in {**running.environment, "GOOGLE_PROJECT": "course"}.items():
            monkeypatch.setenv(name, value)
        for name in ("XDG_CONFIG_HOME", "HOME"):
            monkeypatch.setenv(name, str(tmp_path / "home"))
        yield running


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience of a test: what is asked again is asked again at once."""
    monkeypatch.setattr(sweeping, "_FIRST", 0.05)
    monkeypatch.setattr(sweeping, "_LONGEST", 0.2)


@pytest.fixture
def sweep(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Typed]:
    """Types `dockyard sweep WORD…`."""

    def typed(*words: str) -> Typed:
        monkeypatch.setattr("sys.argv", ["dockyard", "sweep", "--wait", "0.1", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return Typed(int(ended.value.code or 0), out, err)

    return typed


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The CLI that is here, or is brought."""
    return bring.ensure(Project(ROOT))


@pytest.fixture
def clone(tmp_path: Path, engine: Engine, clouds: serve.Running) -> StackClone:
    """A clone whose `pulumi` and `dockyard` meet the stand-ins."""
    return StackClone.make(tmp_path, engine, clouds.environment)
