"""A mark is believed only when it is one."""

import json

import pytest

from dockyard.results import mark

READY = {
    "state": "ready", "step": "", "reason": "", "hint": "", "docker": "28.5.2",
    "compose": "2.40.3", "buildx": "0.29.1", "source": "docker", "system": "debian bookworm amd64",
    "started": 1, "finished": 2, "provision": "abc", "settings": "def",
}  # fmt: skip


def test_a_ready_machine() -> None:
    found = mark(json.dumps(READY))
    assert found.ready
    assert found.docker == "28.5.2"
    assert found.sentence == "ready"


def test_a_failed_machine_says_where_and_why() -> None:
    found = mark(json.dumps({**READY, "state": "failed", "step": "docker", "reason": "no network"}))
    assert not found.ready
    assert found.sentence == "failed at docker: no network"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"state": "done"}', '{"step": "x"}', "3"])
def test_what_is_no_mark_is_missing(text: str) -> None:
    assert mark(text).state == "missing"


@pytest.mark.parametrize(
    "lie",
    [
        '{"state": "ready", "docker": 5, "system": ["a"], "started": "x", "finished": true}',
        '{"state": "ready", "docker": "", "hint": {"a": 1}}',
    ],
)
def test_a_students_own_mark_breaks_nothing(lie: str) -> None:
    found = mark(lie)
    assert (found.docker, found.system, found.hint, found.started) == ("", "", "", 0)


def test_a_mark_brings_no_control_characters_and_no_depth() -> None:
    found = mark('{"state": "failed", "reason": "\\u001b[2Ja\\nb\\ud800"}')
    assert found.reason == " [2Ja b "
    assert mark("[" * 100_000).state == "missing"
