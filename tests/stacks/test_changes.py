"""docs/changes.md, line by line, on the real engine."""

from collections.abc import Callable, Mapping

import pytest

from rehearsal import serve
from standin import changes
from standin.stack_clone import ROOT, StackClone

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def documented(target: str) -> Mapping[str, str]:
    """The column of a target."""
    lines = (ROOT / "docs" / "changes.md").read_text(encoding="utf-8").splitlines()
    head, _, *rows = ([cell.strip() for cell in line.split("|")] for line in lines if "|" in line)
    return {row[1].strip("`"): row[head.index(target)] for row in rows}


@pytest.mark.parametrize("target", ["aws", "azure", "gcp"])
def test_each_field_does_what_the_page_says(
    target: str,
    clone: StackClone,
    clouds: serve.Running,
    made: Callable[[str], dict[str, int]],
) -> None:
    made(f"{target}-lab")
    found = changes.measure(clone, f"{target}-lab", clouds.inventory[target])
    assert found == documented(target)
