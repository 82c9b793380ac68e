"""A receipt as the person who pays reads it."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from dockyard import receipt
from dockyard.commands import teardown
from dockyard.errors import DockyardError
from dockyard.project import Project
from dockyard.receipt import Receipt
from dockyard.spec import LabSpec

if TYPE_CHECKING:
    from dockyard.engine.lab import StackLab

AZURE = "/subscriptions/1/resourceGroups/g/providers/Microsoft.Compute/virtualMachines"
WHOLE = Receipt(
    stack="aws-lab", lab="moby", owner="ada", target="aws", account="123456789012",
    region="eu-west-3", made=1_800_000_000, ended=1_800_032_700,
    machines=[{"host": "seat01-node1", "id": "i-1"}], price="about 2.00 USD",
    by_engine={"Vpc": 1, "Instance": 3}, empty=True,
)  # fmt: skip


def said(one: Receipt) -> str:
    return "\n".join(one.lines())


def test_it_says_what_was_there_how_long_and_what_went() -> None:
    text = said(WHOLE)
    assert "Receipt: moby of ada, on Amazon Web Services in eu-west-3" in text
    assert ", after 9 h 05 min" in text
    assert "machines  1: seat01-node1 (i-1)" in text
    assert "deleted   by Pulumi: Vpc, 3 x Instance" in text


def test_what_nobody_noted_is_said() -> None:
    text = said(replace(WHOLE, made=0, price="", by_engine={}, machines=[], empty=False))
    assert "price     not known, for nobody noted when it was made" in text
    assert "deleted   by Pulumi: nothing" in text
    assert "machines  0\n" in text
    assert "after" not in text
    assert "NOT PROVEN" in text


def test_a_name_that_says_the_same_is_said_once() -> None:
    machine = {"host": "seat01-node1", "id": f"{AZURE}/seat01-node1"}
    text = said(replace(WHOLE, target="azure", machines=[machine], ended=WHOLE.made + 29))
    assert "machines  1: seat01-node1\n" in text
    assert "after less than a minute" in text


def test_of_many_machines_a_screen_names_some() -> None:
    many = [{"host": f"seat{n}-node1", "id": f"i-{n}"} for n in range(1, 201)]
    text = said(replace(WHOLE, machines=many))
    assert "machines  200: seat1-node1 (i-1), seat2-node1 (i-2), " in text
    assert "seat30-node1 (i-30) and 170 more, named in the receipt's file" in text
    assert "seat31-node1" not in text


def test_a_cluster_is_what_was_paid_for() -> None:
    products = ["cluster ada-moby", "registry adamoby1"]
    text = said(replace(WHOLE, target="azure", machines=[], products=products))
    assert "products  cluster ada-moby, registry adamoby1" in text
    assert "machines" not in text


@pytest.mark.parametrize("text", ["", '{"stack": "aws', "[]", '{"of": "another version"}'])
def test_one_that_can_not_be_read_is_a_sentence(text: str, tmp_path: Path) -> None:
    receipt.write(Project(tmp_path), WHOLE).write_text(text)
    with pytest.raises(DockyardError, match=r"aws-lab-\d+T\d+Z\.json can't be read"):
        receipt.last(Project(tmp_path), "aws-lab")


def test_the_newest_is_the_last_in_the_night_of_the_other_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    first = int(datetime(2027, 10, 31, 0, 50, tzinfo=UTC).timestamp())  # 02:50, then 02:10
    for ended in (first, first + 20 * 60):
        receipt.write(Project(tmp_path), replace(WHOLE, ended=ended))
    assert receipt.last(Project(tmp_path), "aws-lab")[1].ended == first + 20 * 60
    monkeypatch.undo()
    time.tzset()


def test_a_price_says_what_it_is_made_of_and_what_it_leaves_out() -> None:
    now = int(time.time())
    described = LabSpec(name="moby", target="aws", owner="ada", students=2, hours=9)
    one, two = "seat01-node1", "seat02-node1"
    made = SimpleNamespace(machines=[SimpleNamespace(host=one)], expires=now + 3600)
    lab = SimpleNamespace(lab=described, hosts=(one, two), result=lambda: made)
    note = replace(WHOLE, made=now - 3600, ended=now)
    note.price = teardown._price(cast("StackLab", lab), note)
    price, *more = [line for line in note.lines() if line.startswith(("  price", "      "))]
    assert re.fullmatch(r"  price     about 0\.06 USD, by the prices of \d{4}-\d\d-\d\d", price)
    assert [line.strip() for line in more] == [
        "the prices of us-east-1, for eu-west-3's are not in the table: GB of disk",
        "of 2 machines, as described now",
        "not counted: traffic, tax, cents for what ends the lab, what students make in it",
    ]


def test_a_full_disk_hides_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project, left = Project(tmp_path), replace(WHOLE, left=["machine i-1"], empty=False)
    file = tmp_path / ".dockyard" / "receipts" / "a.json"
    file.parent.parent.mkdir()
    file.parent.write_text("in the way")
    teardown._show_and_write(project, left, file)
    said = capsys.readouterr().err
    assert "LEFT      machine i-1" in said
    assert "! It can't be kept." in said
    assert "dockyard down aws-lab" in said
