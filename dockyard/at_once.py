"""Calls of several threads at once, for which who presses Ctrl-C does not wait.

A cloud takes minutes to say that a group of things is deleted, or that it can't be reached. What
was asked for already goes on there; nothing more is asked.
"""

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

_abandoned: "list[ThreadPoolExecutor]" = []


@contextmanager
def pool(workers: int) -> "Iterator[ThreadPoolExecutor]":
    """Waits for all of its calls, but when it is interrupted."""
    from concurrent.futures import ThreadPoolExecutor  # not for commands that ask nobody

    found = ThreadPoolExecutor(workers)
    try:
        yield found
    except KeyboardInterrupt:
        found.shutdown(wait=False, cancel_futures=True)
        _abandoned.append(found)
        raise
    finally:
        if found not in _abandoned:
            try:
                found.shutdown()
            except KeyboardInterrupt:
                _abandoned.append(found)
                raise


def is_abandoned() -> bool:
    """Whether calls go on for which nobody waits: Python itself would wait for them at its end."""
    return bool(_abandoned)
