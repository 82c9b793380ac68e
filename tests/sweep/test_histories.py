"""Random histories of a lab, on the real engine: whenever Dockyard says empty, it is empty.

`make soak` plays 200 of them, two at a time; the other tests a few. One alone, or some:

    DOCKYARD_HISTORIES=41-60 pytest -n 2 tests/sweep/test_histories.py

One that failed is kept below, as it was played: what a number draws may change.
"""

import os

import pytest

from dockyard.engine.cli import Engine
from rehearsal import serve
from standin.history import History, Story
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine


def asked() -> range:
    """The numbers of DOCKYARD_HISTORIES: `7` or `1-200`."""
    first, _, last = os.environ.get("DOCKYARD_HISTORIES", "1").partition("-")
    return range(int(first), int(last or first) + 1)


KEPT = (
    History("aws", (("kill", 7), ("kill", 9), ("down", 0))),
    History("azure", (("up", 7), ("lose", 0), ("up", 0), ("sweep", 0))),
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> StackClone:
    """One for all histories, whose Python is compiled from the second on."""
    return StackClone.make(tmp_path_factory.mktemp("histories"), engine, {})


def play(clone: StackClone, history: History) -> None:
    with serve.running(history.cloud) as clouds:
        Story(history.cloud, clone.anew(clouds.environment), clouds).play(history)


@pytest.mark.parametrize("history", KEPT, ids=str)
def test_what_failed_once(clone: StackClone, history: History) -> None:
    play(clone, history)


@pytest.mark.parametrize("number", asked())
def test_what_is_called_empty_is_empty(clone: StackClone, number: int) -> None:
    history = History.drawn(number)
    print(f"history {number}: {history}")  # noqa: T201 - shown when it fails
    play(clone, history)
