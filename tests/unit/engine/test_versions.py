"""Ranges as Pulumi.yaml writes them."""

import pytest

from dockyard.engine.versions import fits, parse


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0", (3, 259, 0)),
        ("3.260.0-alpha.1+dirty", (3, 260, 0)),
        ("go version go1.26 linux/amd64", (1, 26, 0)),
    ],
)
def test_a_version_is_found_in_what_programs_say(text: str, version: tuple[int, int, int]) -> None:
    assert parse(text) == version


def test_no_version() -> None:
    with pytest.raises(ValueError, match="no version in 'pulumi'"):
        parse("pulumi")


@pytest.mark.parametrize(
    ("version", "wanted", "answer"),
    [
        ("3.259.0", ">=3.254.0 <4.0.0", True),
        ("3.253.9", ">=3.254.0 <4.0.0", False),
        ("4.0.0", ">=3.254.0 <4.0.0", False),
        ("3.9.0", ">=3.10.0", False),
        ("3.1.0", "3.1.0 || >=3.200.0", True),
        ("3.100.0", "3.1.0 || >=3.200.0", False),
        ("3.5.0", "!=3.5.0", False),
    ],
)
def test_ranges(version: str, wanted: str, answer: bool) -> None:  # noqa: FBT001 - an expectation
    assert fits(version, wanted) is answer
