"""Random histories of a lab, on the real engine: whenever Dockyard says empty, it is empty.

`make soak` plays 200 of them, two at a time; the other tests a few. Some by their numbers, or one
by its words, as the test that failed is named:

    make soak HISTORIES=41-60
    make soak HISTORIES="aws: up, kill 17, other up, lose, down"

One that failed is kept below, by its words: what a number draws may change.
"""

import os

import pytest

from dockyard.engine.cli import Engine
from standin.history import WORDS, History, drawn
from standin.stack_clone import StackClone
from standin.story import HAPPENS, Story

engine_test = pytest.mark.engine

KEPT = (
    "aws: kill_making 7, kill_making 9, down",
    "aws: kill_making 3, laptop, extend 3, up, up",
    "azure: up, lose, up, sweep",
)


def asked() -> list[History]:
    """Those of DOCKYARD_HISTORIES: `7`, `1-200`, or one in words."""
    said = os.environ.get("DOCKYARD_HISTORIES", "2-3")
    if ":" in said:
        return [History.read(said)]
    first, _, last = said.partition("-")
    return [drawn(number) for number in range(int(first), int(last or first) + 1)]


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> list[StackClone]:
    """Of two trainers: for all histories, since their Python is compiled from the second on."""
    folders = [tmp_path_factory.mktemp("histories") for _ in range(2)]
    return [StackClone.make(folder, engine, {}) for folder in folders]


@engine_test
@pytest.mark.parametrize("history", KEPT)
def test_what_failed_once(clones: list[StackClone], history: str) -> None:
    Story.tell(History.read(history), clones)


@engine_test
@pytest.mark.parametrize("history", asked(), ids=str)
def test_what_is_called_empty_is_empty(clones: list[StackClone], history: History) -> None:
    print(f'again: make soak HISTORIES="{history}"')  # noqa: T201 - shown when it fails
    Story.tell(history, clones)


def test_all_that_can_happen_is_drawn_and_hardly_anything_twice() -> None:
    found = [drawn(number) for number in range(1, 101)]
    assert {one.lab for one in found} == {"aws", "azure", "gcp", "aks"}
    assert {step.word for one in found for step in one.steps} == set(WORDS) == set(HAPPENS)
    assert {step.other for one in found for step in one.steps} == {False, True}
    assert len(set(found)) > 90


def test_a_history_is_its_text() -> None:
    for number in range(1, 101):
        assert History.read(str(drawn(number))) == drawn(number)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("aws: up, kil 3", "`kil 3` is no step; there are"),
        ("aws: kill", "`kill` is no step"),
        ("aws: up 3", "`up 3` is no step"),
        ("aws up", "`aws up` is no lab; there are aws, azure, gcp, aks"),
    ],
)
def test_a_mistyped_history_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        History.read(text)
