"""Which size a kind of machine has: the wanted one, or the fallback that was taken and stays."""

from pathlib import Path
from typing import Any

import pytest

from dockyard import sizes
from dockyard.description import read_mapping
from dockyard.errors import DescriptionError
from dockyard.spec import LabSpec

FALLBACKS = ("native:t3a.medium", "small")


def lab(target: str = "aws", **machine: object) -> LabSpec:
    kind = {"size": "medium", "fallback": FALLBACKS, **machine}
    given = {"name": "moby", "target": target, "owner": "ada", "hours": 9, "machines": (kind,)}
    return LabSpec.model_validate(given)


def exported(taken: LabSpec, *, made: bool = True) -> dict[str, Any]:
    """What a stack says after it was made with these sizes."""
    id_ = "i-1" if made else ""
    machines = [{"host": "seat01-node1", "id": id_}]
    return {"machines": machines, "sizes": sizes.exported(lab(), taken)}


def size(found: LabSpec) -> str:
    assert not found.machines[0].fallback
    return found.machines[0].size


def test_by_itself_the_wanted_size_is_taken() -> None:
    assert size(sizes.settled(lab(), None)) == "medium"
    assert sizes.exported(lab(), sizes.settled(lab(), None)) == {}


def test_what_was_chosen_is_taken_when_nothing_is_there() -> None:
    assert size(sizes.settled(lab(), None, {"node": "small"})) == "small"
    # and nothing that the description does not say
    assert size(sizes.settled(lab(), None, {"node": "large", "other": "small"})) == "medium"


def test_what_was_taken_stays() -> None:
    first = sizes.settled(lab(), None, {"node": "small"})
    before = sizes.taken(exported(first))
    assert size(sizes.settled(lab(), before)) == "small"
    assert size(sizes.settled(lab(), before, {"node": "medium"})) == "small"
    assert size(sizes.settled(lab(fallback=("large", "small")), before)) == "small"


def test_machines_that_had_the_wanted_size_keep_it() -> None:
    before = sizes.taken(exported(sizes.settled(lab(), None)))
    assert size(sizes.settled(lab(), before, {"node": "small"})) == "medium"


def test_it_is_chosen_anew_when_a_person_says_so_or_nothing_was_made() -> None:
    first = sizes.settled(lab(), None, {"node": "small"})
    before = sizes.taken(exported(first))
    assert size(sizes.settled(lab(size="large"), before)) == "large"
    assert size(sizes.settled(lab(fallback=()), before)) == "medium"
    unmade = sizes.taken(exported(first, made=False))
    assert size(sizes.settled(lab(), unmade, {"node": "native:t3a.medium"})) == "native:t3a.medium"


def test_a_cluster_has_one_too() -> None:
    given = {"name": "moby", "target": "azure", "owner": "ada", "hours": 9, "students": 0}
    described = LabSpec.model_validate({**given, "cluster": {"fallback": ("large",)}})
    taken = sizes.settled(described, None, {sizes.CLUSTER: "large"})
    assert taken.cluster
    assert taken.cluster.size == "large"
    said = {"cluster": {"id": "x"}, "sizes": sizes.exported(described, taken)}
    again = sizes.settled(described, sizes.taken(said))
    assert again == taken


def test_an_older_stack_says_nothing_of_it() -> None:
    assert sizes.taken({}) == sizes.Taken({}, set(), cluster=False)


def test_the_program_is_told_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sizes.told({}) == {}
    for name, value in sizes.told({"node": "small"}).items():
        monkeypatch.setenv(name, value)
    assert sizes.chosen() == {"node": "small"}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"fallback": ["medium"]}, "machines[0].fallback[0] is 'medium' a second time"),
        ({"fallback": ["small", "small"]}, "machines[0].fallback[1] is 'small' a second time"),
        ({"fallback": ["tiny"]}, "machines[0].fallback[0] is 'tiny', which must be one of"),
        ({"fallback": "small"}, "machines[0].fallback is 'small', but must be a list"),
    ],
)
def test_what_is_wrong_is_said(fields: dict[str, Any], problem: str, tmp_path: Path) -> None:
    machine = {"size": "medium", **fields}
    given = {"name": "moby", "target": "aws", "owner": "ada", "hours": 9, "machines": [machine]}
    with pytest.raises(DescriptionError) as error:
        read_mapping(given, "x.yaml", tmp_path)
    assert problem in error.value.message
