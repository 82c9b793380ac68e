"""What docs/faults.md says of machines: each line, four at a time, each at a seat of its own."""

from pathlib import Path

import pytest

from rehearsal import catalogue
from rehearsal.machines import docker
from rehearsal.stage.day import EMPTY
from standin.rehearsed import Rehearsed
from standin.served import Mirror

pytestmark = [pytest.mark.machine, pytest.mark.slow]

NAMES = [one.name for one in catalogue.ALL.values() if one.family == "machine"]
AT_ONCE = 4
GROUPS = [NAMES[at : at + AT_ONCE] for at in range(0, len(NAMES), AT_ONCE)]


@pytest.fixture(scope="module")
def rehearsed(mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    return Rehearsed.make(tmp_path_factory.mktemp("faults"), mirror)


@pytest.mark.parametrize("names", GROUPS, ids="+".join)
def test_the_trainer_sees_what_is_written(rehearsed: Rehearsed, names: list[str]) -> None:
    hosts = {name: f"seat{number:02d}-node1" for number, name in enumerate(names, 1)}
    words = [word for name, host in hosts.items() for word in ("--fault", f"{name}@{host[:6]}")]
    entries = [catalogue.ALL[name] for name in names]
    said = rehearsed.type(
        "azure-lab", "--students", str(len(names)), "--wait", "3", *rehearsed.docker, *words,
        code=max(entry.code for entry in entries),
    )  # fmt: skip
    lines = said.splitlines()
    for entry in entries:
        host = hosts[entry.name]
        seen = entry.seen("azure").replace("{host}", host)
        assert any(host in line and seen in line for line in lines), entry.name
    assert EMPTY in said
    assert docker.machines(rehearsed.folder("azure-lab").path) == []


def test_every_script_is_of_a_fault() -> None:
    scripts = {path.stem for path in Path(catalogue.machine.SCRIPTS).glob("*.sh")}
    assert scripts == {name for name in NAMES if not catalogue.ALL[name].host}
