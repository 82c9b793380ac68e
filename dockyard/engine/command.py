"""Runs `pulumi`: a short command for its answer, a long one with its events read along.

A long command writes to files, never to a pipe of ours: an engine whose reader was killed would
die in the middle of its work, and leave machines that no state knows. It has a session of its
own, so that a terminal's Ctrl-C reaches us alone, and we tell the engine once, in order.
"""

import fcntl
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from dockyard import show
from dockyard.engine.cli import Engine
from dockyard.engine.events import Event, Reader, Summary
from dockyard.engine.failures import Failure, NotMadeError, killed, not_told
from dockyard.engine.locks import Lock, LockedError, is_alive
from dockyard.errors import DockyardError
from dockyard.files import write_whole
from dockyard.project import Project

_PLAIN = ("--non-interactive", "--color", "never")
_LOOK = 0.1
"""Seconds between looks at what the engine has written."""
_TURNS, _SAME_MOMENT, _APART = 3, 15.0, (0.5, 5.0)
"""Of two that lock a stack at the same moment Pulumi lets neither go on: each sees the other's lock
and takes its own away. Who meets one so young asks again, apart from the other by chance; whoever
has it then has it for longer.
"""


@dataclass(frozen=True)
class Command:
    """`pulumi` in a project, told what it must know."""

    engine: Engine
    project: Project
    environment: Mapping[str, str]

    def run(self, *words: str, stack: str = "") -> str:
        """What a short command prints.

        Raises DockyardError with its reason when it fails.
        """
        named = ["--stack", stack] if stack else []
        done = subprocess.run(
            [self.engine.command, *words, *named, *_PLAIN],
            cwd=self.project.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            # `stack init aws-lab` names it last, `stack ls --json` looks at all of them
            named_last = words[-1] if not words[-1].startswith("-") else "LAB"
            raise Failure(stack or named_last, done.stderr).error()
        return done.stdout

    def has(self, stack: str) -> bool:
        """Whether the backend has the stack. No other one is looked at: where a state can't be
        read, `pulumi stack ls` fails for all of them.
        """
        try:
            self.run("stack", "export", stack=stack)
        except NotMadeError:
            return False
        return True

    def locked_by(self, stack: str) -> Lock | None:
        """Who has a stack that there is, in a backend that is a bucket.

        Asked of the engine, which reads each kind of bucket: to make a stack it takes the lock, and
        only then sees that there is one.
        """
        try:
            self.run("stack", "init", "--no-select", stack)
        except LockedError as error:
            return error.lock
        except DockyardError as error:
            if "already exists" not in error.message:
                raise
        return None

    def write_state(self, stack: str, state: Mapping[str, Any]) -> None:
        """Makes it the stack's whole state, by a file that is its owner's alone and soon gone."""
        file = self.project.kept(stack) / "state.json"
        write_whole(file, json.dumps(state), 0o600)
        try:
            self.run("stack", "import", "--file", str(file), stack=stack)
        finally:
            file.unlink()

    def forget(self, stack: str) -> None:
        """Takes a stack out of its backend, whatever it has; its file stays."""
        self.run("stack", "rm", "--force", "--yes", "--preserve-config", stack=stack)

    def follow(
        self,
        words: list[str],
        stack: str,
        seen: Callable[[Event], None],
        more: Mapping[str, str] | None = None,
    ) -> Summary:
        """Runs a long command to its end; `seen` gets every event; `more` is added to its
        environment. Of two computers that come at the same moment one goes on: see _TURNS.

        Raises DockyardError with its reason when it fails, LockedError while another one changes
        the stack, KeyboardInterrupt after a Ctrl-C when the engine has ended.
        """
        for _ in range(_TURNS):
            try:
                return self._follow(words, stack, seen, more)
            except LockedError as error:
                if error.lock is None or error.lock.seconds > _SAME_MOMENT:
                    raise
            time.sleep(random.uniform(*_APART))  # noqa: S311 - no secret
        return self._follow(words, stack, seen, more)

    def _follow(
        self,
        words: list[str],
        stack: str,
        seen: Callable[[Event], None],
        more: Mapping[str, str] | None,
    ) -> Summary:
        folder = self.project.kept(stack)
        folder.mkdir(parents=True, exist_ok=True)
        log, events = folder / "pulumi.log", folder / f"events.{os.getpid()}.json"
        _sweep(folder)
        start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            if words[0] != "preview":
                _take(out, stack)
            process = subprocess.Popen(
                [self.engine.command, *words, "--stack", stack, "--event-log", events, *_PLAIN],
                cwd=self.project.root,
                env={**self.environment, **(more or {}), "PULUMI_DEBUG_COMMANDS": "true"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        reader = Reader()
        try:
            _read_along(process, events, reader, seen)
        finally:
            events.unlink(missing_ok=True)
        if process.returncode < 0 and not reader.errors:
            raise killed(stack, -process.returncode)
        if process.returncode:
            with log.open("rb") as file:
                file.seek(start)
                said = file.read().decode("utf-8", "replace")
            raise Failure(stack, said, reader.errors, log).error()
        if reader.summary is None or not reader.is_whole:
            # else a preview that told nothing would be one without changes
            raise not_told(stack, folder)
        return reader.summary


def _take(log: IO[bytes], stack: str) -> None:
    """Keeps a second one of this clone out; the engine holds it on, also when we are killed.

    Pulumi's own lock is for other computers, and takes some turns between two: see _TURNS.
    """
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LockedError(stack, None) from None


def _read_along(
    process: "subprocess.Popen[bytes]",
    events: Path,
    reader: Reader,
    seen: Callable[[Event], None],
) -> None:
    """Shows events until the engine ends, whatever happens here meanwhile.

    Ctrl-C cancels once in order, then hard. When showing fails (`dockyard up | head`), the engine
    still comes to its end. Then what happened is raised.
    """
    happened: BaseException | None = None
    tail = _Tail(events)
    ended = False
    while not ended:
        try:
            ended = process.poll() is not None
            for event in tail.records(reader):
                if not isinstance(happened, Exception):
                    seen(event)
            time.sleep(0 if ended else _LOOK)
        except KeyboardInterrupt as interrupt:
            _cancel(process, hard=isinstance(happened, KeyboardInterrupt))
            happened, ended = interrupt, False
        except Exception as error:  # noqa: BLE001 - raised when the engine has ended
            happened, ended = error, False
    if happened:
        raise happened


def _cancel(process: "subprocess.Popen[bytes]", *, hard: bool) -> None:
    process.send_signal(signal.SIGINT)
    if hard:
        show.say("Ending Pulumi at once; what a cloud was making may be unknown to the state.")
    else:
        show.say("Pulumi ends what it has begun and begins nothing new. Ctrl-C again: at once.")


class _Tail:
    """The whole lines of a file that grows; each is given once, whatever interrupts between."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.read = 0

    def records(self, reader: Reader) -> Iterator[Event]:
        if not self.file.exists():
            return
        with self.file.open("rb") as source:
            source.seek(self.read)
            for line in source:
                if not line.endswith(b"\n"):
                    return
                self.read += len(line)
                yield from reader.read(line.decode("utf-8", "replace"))


def _sweep(folder: Path) -> None:
    """Takes away event files whose reader was killed."""
    for file in folder.glob("events.*.json"):
        if not is_alive(int(file.name.split(".")[1])):
            file.unlink(missing_ok=True)
