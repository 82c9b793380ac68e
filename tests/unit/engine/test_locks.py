"""Who has a stack: read from the engine's words, and looked at where the process is of here."""

import json
import os
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dockyard.engine.failures import Failure
from dockyard.engine.locks import Lock, LockedError, parse_lock
from dockyard.engine.workspace import lock_of

UNLOCK = "If that one is gone: dockyard recover a --take-over"


def lock(host: str, pid: int, minutes: int) -> Lock:
    return Lock("ada", host, pid, datetime.now(UTC) - timedelta(minutes=minutes))


def test_a_lock_is_read_from_the_engines_words() -> None:
    said = (
        "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) "
        "to end or delete the lock file with `pulumi cancel`.\n"
        "  file:///s/.pulumi/locks/organization/dockyard/a/ac0f.json?no_tmp_dir=true: "
        "created by ada@desk (pid 14891) at 2026-11-24T15:30:19Z"
    )
    since = datetime(2026, 11, 24, 15, 30, 19, tzinfo=UTC)
    assert parse_lock(said) == Lock("ada", "desk", 14891, since)
    error = Failure("a", said).error()
    assert isinstance(error, LockedError)
    assert "The stack a is locked by ada@desk (process 14891), for " in error.message
    assert error.hint == UNLOCK


def test_a_lock_whose_process_lives_is_to_be_waited_for(tmp_path: Path) -> None:
    pulumi = tmp_path / "pulumi"
    shutil.copy("/bin/sleep", pulumi)
    with subprocess.Popen([pulumi, "60"]) as living:
        held = lock(socket.gethostname(), living.pid, 5)
        # the system gives a process its name a moment after it runs
        for _ in range(500):
            if held.alive:
                break
            time.sleep(0.01)
        assert held.alive
        error = LockedError("a", held)
        living.kill()
    assert f"is being worked on by ada@{socket.gethostname()}" in error.message
    assert "for 5 min" in error.message
    assert error.hint == "Let it end, then type this again."


@pytest.mark.parametrize("pid", [2**22 + 1, os.getpid()], ids=["gone", "another program"])
def test_a_lock_whose_process_is_gone_may_be_taken_away(pid: int) -> None:
    held = lock(socket.gethostname(), pid, 300)
    assert held.alive is False
    error = LockedError("a", held)
    assert f"is locked by ada@{socket.gethostname()} (process {pid}), for 5 h." in error.message
    assert error.hint == UNLOCK


def test_a_lock_of_nobody_known() -> None:
    said = "[409] Conflict: Another update is currently in progress."
    assert Failure("a", said).error().message == "Another operation has the stack a."


@pytest.mark.parametrize("text", ["", '{"pid":', "[]", '{"pid": "x", "timestamp": 1}'])
def test_a_lock_that_was_cut_off_is_nobodys(text: str, tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi" / "locks" / "organization" / "dockyard" / "a"
    folder.mkdir(parents=True)
    half, temporary = folder / "1.json", folder / "2.json.18eb.tmp"
    for file in (half, temporary):
        file.write_text(text)
    assert lock_of(tmp_path.as_uri(), "a") is None
    whole = {"pid": 7, "username": "ada", "hostname": "desk", "timestamp": "2026-11-24T15:30:19Z"}
    (folder / "3.json").write_text(json.dumps(whole))
    assert lock_of(tmp_path.as_uri(), "a") == Lock(
        "ada", "desk", 7, datetime(2026, 11, 24, 15, 30, 19, tzinfo=UTC)
    )
