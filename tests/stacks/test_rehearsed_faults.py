"""What docs/faults.md says of the cloud and of the trainer: each line, on each target, proven.

Without machines; those of the family `machine` are in tests/machine/test_rehearsed_faults.py.
"""

from pathlib import Path

import pytest

from rehearsal import catalogue
from standin.rehearsed import Rehearsed

pytestmark = pytest.mark.engine

FAIR = {("quota", "aws"), ("lost-answer", "azure"), ("in-use", "aws"), ("two-trainers", "aws")}
"""at each commit; the others in turn"""
CASES = [
    pytest.param(
        entry.name, target, marks=[] if (entry.name, target) in FAIR else [pytest.mark.slow]
    )
    for entry in catalogue.ALL.values()
    if entry.family != "machine"
    for target in entry.clouds
]


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    return Rehearsed.make(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize(("name", "target"), CASES)
def test_the_trainer_sees_what_is_written(rehearsed: Rehearsed, name: str, target: str) -> None:
    rehearsed.proves(name, target)


def test_names_are_one_each() -> None:
    assert len(catalogue.ALL) >= 40
    assert Path(catalogue.machine.SCRIPTS).is_dir()
