"""Ctrl-C, SIGTERM and a terminal that is closed, while a cloud takes its time."""

import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from rehearsal import serve
from rehearsal.faults import Fault
from standin import cloud_labs
from standin.stack_clone import ROOT

SOON = 20
"""Seconds, on a computer that is busy with much else; the cloud takes longer."""
DELETE = "ResourceGroups_Delete"


def _typed(*words: str) -> list[str]:
    return [sys.executable, "-m", "dockyard.cli", "sweep", *cloud_labs.yes("azure"), *words]


@pytest.fixture
def slow(clouds: serve.Running) -> serve.Running:
    """A lab whose group takes a minute to be deleted."""
    cloud_labs.make(clouds, "azure", machines=1)
    clouds.inventory["azure"].plan(Fault("call", DELETE, times=0, delay=60))
    return clouds


def _asked(clouds: serve.Running) -> None:
    """Waits until the deletion was asked for."""
    end = time.monotonic() + 60
    while DELETE not in clouds.desks["azure"].calls:
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_interrupts_a_sweep_does_not_wait_for_the_cloud(
    number: signal.Signals, slow: serve.Running
) -> None:
    sweep = subprocess.Popen(_typed(), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    _asked(slow)
    sweep.send_signal(number)
    said = sweep.communicate(timeout=SOON)[1]
    assert sweep.returncode == 130
    assert "Interrupted. What is done stays as it is." in said
    assert "Traceback" not in said
    slow.inventory["azure"].calm()
    subprocess.run(_typed(), cwd=ROOT, check=True)
    assert slow.inventory["azure"].all() == []


def test_a_terminal_that_is_closed_ends_a_sweep_in_order(slow: serve.Running) -> None:
    """What is said to it no more is no error that hides the exit code."""
    ours, theirs = pty.openpty()
    sweep = subprocess.Popen(_typed(), cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    _asked(slow)
    os.close(ours)
    sweep.send_signal(signal.SIGHUP)
    assert sweep.wait(SOON) == 130


def test_nohup_holds(slow: serve.Running) -> None:
    words = ["sh", "-c", 'trap "" HUP; exec "$@"', "-", *_typed()]
    sweep = subprocess.Popen(words, cwd=ROOT)
    _asked(slow)
    sweep.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert sweep.poll() is None
    sweep.terminate()
    assert sweep.wait(SOON) == 130
