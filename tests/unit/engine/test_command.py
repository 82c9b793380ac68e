"""The engine is driven: by a stand-in for its command, which says what the real one says."""

import time

import pytest

from dockyard.engine import command
from dockyard.engine.cli import Engine
from dockyard.engine.command import Command
from dockyard.engine.failures import EngineError
from dockyard.engine.locks import LockedError
from dockyard.project import Project

SUMMARY = '{"summaryEvent": {"resourceChanges": {"create": 1}, "durationSeconds": 2}}'
STEP = (
    '{"resourcePreEvent": {"metadata": {"op": "create", "type": "a:b:C", '
    '"urn": "urn:pulumi:s::p::a:b:C::c", "new": {}}}}'
)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_APART", (0.0, 0.01))


def engine(project: Project, script: str) -> Command:
    """`pulumi`, whose event log is $5."""
    file = project.root / "pulumi"
    file.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    file.chmod(0o755)
    return Command(Engine(file, "3.259.0", "a stand-in"), project, {})


def test_what_is_told_to_its_end_is_shown(project: Project) -> None:
    seen: list[object] = []
    told = f"printf '%s\\n' '{STEP}' '{SUMMARY}' > \"$5\""
    done = engine(project, told).follow(["preview"], "s", seen.append)
    assert done.changes == {"create": 1}
    assert len(seen) == 2


@pytest.mark.parametrize(
    "told", ["", STEP, f"{STEP[:40]}\n{SUMMARY}"], ids=["nothing", "no end", "a line cut off"]
)
@pytest.mark.parametrize("word", ["preview", "up"])
def test_what_found_no_room_is_not_taken_for_nothing(
    told: str, word: str, project: Project
) -> None:
    cut_off = engine(project, f"cat > \"$5\" << 'end'\n{told}\nend")
    with pytest.raises(EngineError, match="could not be written down to its end") as refused:
        cut_off.follow([word], "s", lambda _: None)
    assert "Make room there, and type the same again." in refused.value.hint


def locked(minutes: int, project: Project) -> str:
    """Twice the stack is locked, as the real engine says it; then it is free."""
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - minutes * 60))
    count = project.root / "count"
    return f"""
echo x >> {count}
if [ "$(wc -l < {count})" -lt 3 ]; then
    echo "error: the stack is currently locked by 1 lock(s)." >&2
    echo "  file:///s/a.json: created by ada@elsewhere (pid 7) at {since}" >&2
    exit 255
fi
printf '%s\\n' '{SUMMARY}' > "$5"
"""


def test_of_two_at_the_same_moment_one_goes_on(project: Project) -> None:
    engine(project, locked(0, project)).follow(["destroy"], "s", lambda _: None)
    assert (project.root / "count").read_text().count("x") == 3


def test_one_that_is_at_work_for_longer_is_not_disturbed(project: Project) -> None:
    with pytest.raises(LockedError, match="ada@elsewhere"):
        engine(project, locked(2, project)).follow(["destroy"], "s", lambda _: None)
    assert (project.root / "count").read_text().count("x") == 1


def test_a_full_disk_is_said_in_its_own_words(project: Project) -> None:
    script = "echo 'error: write /s/a.json: no space left on device' >&2; exit 255"
    with pytest.raises(EngineError, match=r"no room left .* to write /s/a\.json\.") as refused:
        engine(project, script).follow(["up"], "s", lambda _: None)
    assert "dockyard recover s" in refused.value.hint
