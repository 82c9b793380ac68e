"""The program of every stack, on the real engine, against the stand-in clouds."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dockyard.engine import bring
from dockyard.engine.cli import Engine
from dockyard.project import Project
from rehearsal import serve
from standin.stack_clone import ROOT, StackClone


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The CLI that is here, or is brought: minutes, once on a computer."""
    return bring.ensure(Project(ROOT))


@pytest.fixture
def clouds() -> Iterator[serve.Running]:
    """Every stand-in cloud, empty."""
    with serve.running("aws", "azure", "gcp") as running:
        yield running


@pytest.fixture
def clone(tmp_path: Path, engine: Engine, clouds: serve.Running) -> StackClone:
    return StackClone.make(tmp_path, engine, clouds.environment)


@pytest.fixture
def made(clone: StackClone) -> Callable[[str], dict[str, int]]:
    """`stack init` and the first `up` of a ready-made stack."""

    def make(stack: str) -> dict[str, int]:
        clone.pulumi("stack", "init", stack)
        return clone.up(stack)

    return make
