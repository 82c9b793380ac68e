"""The inventory: one cloud, also for several processes, also after a kill."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rehearsal.faults import Fault
from rehearsal.inventory import Inventory, Record
from rehearsal.plain import Plain

VM = "aws:ec2/instance:Instance"


def record(number: int, **more: Plain) -> Record:
    return Record(id=f"i-{number}", kind=VM, name=f"seat{number:02}", **more)


def test_found_by_kind_id_and_tag() -> None:
    inventory = Inventory()
    inventory.put(record(1, tags={"lab": "a"}))
    inventory.put(record(2, tags={"lab": "b"}))
    inventory.put(Record(id="vpc-1", kind="vpc", name="lab", tags={"lab": "a"}))
    assert [one.id for one in inventory.all(VM)] == ["i-1", "i-2"]
    assert [one.id for one in inventory.tagged("lab", "a")] == ["i-1", "vpc-1"]
    assert len(inventory.tagged("lab")) == 3
    assert inventory.get(VM, "i-3", "") is None
    inventory.remove(record(1))
    assert [one.id for one in inventory.all(VM)] == ["i-2"]


def test_two_openers_see_the_same(tmp_path: Path) -> None:
    one, other = Inventory(tmp_path / "aws.jsonl"), Inventory(tmp_path / "aws.jsonl")
    one.put(record(1))
    assert other.get(VM, "i-1", "") == one.get(VM, "i-1", "")
    other.set(vcpus=3)
    other.remove(record(1))
    assert one.all() == []
    assert one.setting("vcpus") == 3
    one.close()
    other.close()


def test_another_process_sees_it_and_adds_to_it(tmp_path: Path) -> None:
    inventory = Inventory(tmp_path / "aws.jsonl")
    inventory.put(record(1))
    code = (
        "import sys; from pathlib import Path; from rehearsal.inventory import *;"
        "i = Inventory(Path(sys.argv[1])); r, = i.all(); i.put(Record('i-2', r.kind, r.name))"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "aws.jsonl"], check=True)
    assert [one.id for one in inventory.all(VM)] == ["i-1", "i-2"]
    inventory.close()


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    inventories = [Inventory(tmp_path / "aws.jsonl") for _ in range(4)]

    def count(inventory: Inventory) -> None:
        for _ in range(50):
            with inventory:
                inventory.set(count=inventory.setting("count", 0) + 1)

    threads = [threading.Thread(target=count, args=(one,)) for one in inventories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.setting("count") for one in inventories} == {200}
    for one in inventories:
        one.close()


def test_a_line_cut_off_by_a_kill_never_happened(tmp_path: Path) -> None:
    path = tmp_path / "aws.jsonl"
    first = Inventory(path)
    first.put(record(1))
    first.close()
    whole = path.read_text()
    path.write_text(whole + json.dumps(["put", {"id": "i-2"}])[:-5])
    again = Inventory(path)
    assert [one.id for one in again.all()] == ["i-1"]
    again.put(record(3))
    again.close()
    last = Inventory(path)
    assert [one.id for one in last.all()] == ["i-1", "i-3"]
    last.close()


def test_the_clock_moves_for_all(tmp_path: Path) -> None:
    one, other = Inventory(tmp_path / "aws.jsonl"), Inventory(tmp_path / "aws.jsonl")
    before = other.now()
    one.advance(hours=9)
    assert 9 * 3600 <= (other.now() - before).total_seconds() < 9 * 3600 + 60
    assert one.put(record(1)).created > before.isoformat()
    one.close()
    other.close()


def test_a_fault_strikes_when_it_is_its_time() -> None:
    inventory = Inventory()
    inventory.plan(Fault("create", "*:Instance", "seat*", error="X: y", first=2, times=2))
    struck = [inventory.struck("create", VM, f"seat{number}") for number in range(1, 6)]
    assert [bool(one) for one in struck] == [False, True, True, False, False]
    assert inventory.struck("delete", VM, "seat1") is None
    assert inventory.struck("create", VM, "door") is None


def test_a_fault_for_good_until_it_is_calm() -> None:
    inventory = Inventory()
    inventory.plan(Fault("create", error="X: y", times=0))
    assert all(inventory.struck("create", VM, "seat") for _ in range(5))
    inventory.calm()
    assert inventory.struck("create", VM, "seat") is None


def test_a_setting_that_there_is_not() -> None:
    inventory = Inventory(settings={"vcpus": 10})
    inventory.set(vcpus=3)
    with pytest.raises(KeyError, match="no setting vcpu; there are vcpus"):
        inventory.set(vcpu=3)
