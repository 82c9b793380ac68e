"""A receipt as the person who pays reads it."""

from dataclasses import replace
from pathlib import Path

import pytest

from dockyard import receipt
from dockyard.errors import DockyardError
from dockyard.project import Project
from dockyard.receipt import Receipt

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


def test_a_cluster_is_what_was_paid_for() -> None:
    products = ["cluster ada-moby", "registry adamoby1"]
    text = said(replace(WHOLE, target="azure", machines=[], products=products))
    assert "products  cluster ada-moby, registry adamoby1" in text
    assert "machines" not in text


@pytest.mark.parametrize("text", ["", '{"stack": "aws', "[]", '{"of": "another version"}'])
def test_one_that_can_not_be_read_is_a_sentence(text: str, tmp_path: Path) -> None:
    receipt.write(Project(tmp_path), WHOLE).write_text(text)
    with pytest.raises(DockyardError, match=r"aws-lab-\d+T\d+\.json can't be read"):
        receipt.last(Project(tmp_path), "aws-lab")
