"""An engine that dies in the middle of its work, as when a laptop's battery is taken out."""

import os
import signal
import subprocess
import time
from collections.abc import Callable

from standin.stack_clone import StackClone

SECONDS = 120


def kill_when(
    clone: StackClone, words: list[str], due: Callable[[], bool], more: float = 0.0
) -> bool:
    """Types the words, `pulumi` before them if they name no program, and kills that, with all it
    started, as soon as it is due.

    Whether it was killed: it may have ended before. `more` are seconds that the cloud then has
    for what it was asked for.
    """
    process = subprocess.Popen(
        words if words[0].startswith("/") else ["pulumi", "--non-interactive", *words],
        cwd=clone.root,
        env=dict(clone.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + SECONDS
    while process.poll() is None and not due():
        assert time.monotonic() < end
        time.sleep(0.02)
    killed = process.poll() is None
    if killed:
        os.killpg(process.pid, signal.SIGKILL)
        time.sleep(more)
    process.wait()
    return killed
