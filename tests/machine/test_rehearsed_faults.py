"""What docs/faults.md says of machines: each line, four at a time, each at a seat of its own."""

import json
from collections.abc import Callable

import pytest

from rehearsal import catalogue
from rehearsal.catalogue.entry import EVERY, Entry
from rehearsal.machines import docker
from rehearsal.stage.day import EMPTY
from standin.rehearsed import Rehearsed
from standin.served import Mirror

pytestmark = [pytest.mark.machine, pytest.mark.slow]

NAMES = [one.name for one in catalogue.ALL.values() if one.family == "machine"]
AT_ONCE = 4
GROUPS = [NAMES[at : at + AT_ONCE] for at in range(0, len(NAMES), AT_ONCE)]
CASES = [
    pytest.param(target, names, id=f"{'+'.join(names)}-{target}")
    for target in EVERY
    for names in GROUPS
]


@pytest.fixture(scope="module")
def rehearsed(mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    return Rehearsed.make(tmp_path_factory.mktemp("faults"), mirror)


@pytest.mark.parametrize(("target", "names"), CASES)
def test_the_trainer_sees_what_is_written(
    rehearsed: Rehearsed,
    target: str,
    names: list[str],
    record_property: Callable[[str, object], None],
) -> None:
    lab = f"{target}-lab"
    hosts = {name: f"seat{number:02d}-node1" for number, name in enumerate(names, 1)}
    words = [word for name, host in hosts.items() for word in ("--fault", f"{name}@{host[:6]}")]
    entries = [catalogue.ALL[name] for name in names]
    said = rehearsed.type(
        lab, "--students", str(len(names)), "--wait", "3", *rehearsed.docker, *words,
        code=max(entry.code for entry in entries),
    )  # fmt: skip
    assert EMPTY in said
    assert docker.machines(rehearsed.folder(lab).path) == []
    lines = said.splitlines()
    unseen = []
    for entry in entries:
        host = hosts[entry.name]
        about = [line for line in lines if host in line]
        seen = entry.seen(target).replace("{host}", host)
        # by `up`, and by `check`: never when no student could use it
        ready = sum("✓ ready" in line for line in about)
        if any(seen in line for line in about) and ready == _ready(entry):
            record_property("seen", entry.name)
        else:
            unseen.append(entry.name)
    assert unseen == []


def _ready(entry: Entry) -> int:
    return 2 if entry.code == 0 else int(entry.after)


@pytest.mark.parametrize("name", ["moved", "time-over", "deleted-by-hand"])
def test_what_a_trainer_need_not_mend_is_so_on_machines_too(
    rehearsed: Rehearsed, name: str
) -> None:
    said = rehearsed.type("aws-lab", "--students", "2", "--baked", "--fault", f"{name}@seat02")
    assert catalogue.ALL[name].seen("aws").replace("{host}", "seat02-node1") in said
    assert EMPTY in said


def test_what_could_not_be_broken_is_said_to_be_whole(rehearsed: Rehearsed) -> None:
    """Of a machine without user data: it has no mark that a student could write into."""
    words = ("--fault", "no-user-data@seat01", "--fault", "mark-forged")
    said = rehearsed.type(
        "aws-lab", "--students", "2", "--baked", "--wait", "0.5", *words, code=5
    )  # fmt: skip
    title = catalogue.ALL["mark-forged"].title
    assert f"! seat01-node1: it did not happen that {title}: docker exec: " in said
    assert f"! seat02-node1: {title}" in said
    assert EMPTY in said
    report = rehearsed.folder("aws-lab").report.with_suffix(".json")
    assert json.loads(report.read_text("utf-8"))["faults"] == [
        f"seat01-node1: {catalogue.ALL['no-user-data'].title}",
        f"seat02-node1: {title}",
        f"seat01-node1: it did not happen that {title}",
    ]
