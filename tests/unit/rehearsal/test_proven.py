"""Which lines of docs/faults.md count as tried."""

from dataclasses import replace
from pathlib import Path

import pytest

from rehearsal.catalogue import ALL, proven
from tools.proven import cases

REPORT = """\
<testsuites><testsuite>
<testcase name="test_the_trainer_sees_what_is_written[quota-aws]"/>
<testcase name="test_the_trainer_sees_what_is_written[slow-gcp]"><failure/></testcase>
<testcase name="test_the_trainer_sees_what_is_written[door-gcp]"><skipped/></testcase>
<testcase name="test_the_trainer_sees_what_is_written[no-dns+reboot+no-ssh-azure]">
<properties><property name="seen" value="no-dns"/></properties><failure/></testcase>
<testcase name="test_every_script_is_of_a_fault"/>
</testsuite></testsuites>
"""


def test_a_group_that_failed_takes_no_line_along_that_was_seen(tmp_path: Path) -> None:
    report = tmp_path / "faults.xml"
    report.write_text(REPORT)
    assert cases(report) == [
        ("quota", "aws", True),
        ("slow", "gcp", False),
        ("no-dns", "azure", True),
        ("reboot", "azure", False),
        ("no-ssh", "azure", False),
    ]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("throttled", {"plans": ALL["error-500"].plans}),
        ("moved", {"acts": ALL["time-over"].acts}),
        ("vanish", {"host": "silence"}),
        ("no-dns", {"code": 1}),
    ],
)
def test_a_line_that_does_something_else_counts_as_not_tried(
    name: str, change: dict[str, object]
) -> None:
    entry = ALL[name]
    assert proven.mark(replace(entry, **change), "aws") != proven.mark(entry, "aws")


def test_another_remedy_is_no_other_proof() -> None:
    entry = ALL["no-dns"]
    assert proven.mark(replace(entry, do="sing"), "aws") == proven.mark(entry, "aws")
