"""What a stack exports, read back."""

from typing import Any

import pytest

from dockyard.errors import DockyardError
from dockyard.stack_result import VERSION, CloudMachine, stack_result

EXPORTED: dict[str, Any] = {
    "version": VERSION,
    "name": "aws-lab",
    "owner": "trainer",
    "target": "aws",
    "region": "eu-west-3",
    "made": 1795533560,
    "expires": 1795565960,
    "me": "203.0.113.7",
    "allowed": ["198.51.100.0/24"],
    "images": {"debian-13": "ami-1"},
    "machines": [
        {
            "seat": 1,
            "host": "seat01-node1",
            "private": "10.77.0.20",
            "address": "198.51.100.7",
            "id": "i-1",
            "user": "dockyard",
        }
    ],
}


def test_a_lab_of_machines() -> None:
    found = stack_result(EXPORTED)
    assert found.expires - found.made == 9 * 3600
    assert found.allowed == ("198.51.100.0/24",)
    assert found.machines == (
        CloudMachine(1, "seat01-node1", "10.77.0.20", "198.51.100.7", "i-1", "dockyard", "i-1"),
    )
    assert found.cluster is None


def test_numbers_that_came_through_json_as_floats() -> None:
    assert stack_result({**EXPORTED, "made": 1795533560.0}).made == 1795533560


def test_a_stack_of_another_dockyard_is_not_misread() -> None:
    with pytest.raises(DockyardError, match="has version 2, this one reads 1") as refused:
        stack_result({**EXPORTED, "version": 2})
    assert "newer clone" in refused.value.hint
