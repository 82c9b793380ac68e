"""One command on many machines at once, over ssh, each with its own time limit.

Who could not be reached is tried once more: nothing ran there. What was begun is never repeated;
what does not end in time, or is interrupted here, goes on there unless it is told to end.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dockyard.quick_asyncssh import asyncssh
from dockyard.results import Reachable
from dockyard.ways_in import KnownHosts, WaysIn

__all__ = ["Answer", "Command", "CutOff", "KnownHosts", "copy", "run", "wait"]

AT_ONCE = 128
MOST_TEXT = 1_000_000
"""Characters of one stream of one machine that are kept, and of one line that is only heard."""
ASK_SECONDS = 30.0
PAUSE_SECONDS = 3.0
"""Between two questions to a machine that is still busy."""
TRIES = 2
"""How often a machine is tried that is not reached."""
PATIENCE_SECONDS = 10.0
"""Then it is said who is still busy; and again after twice as long."""
KILLED = 128
"""and the signal's number: what a shell says of a killed command"""


def _silent(*_: object) -> None:
    pass


@dataclass(frozen=True)
class Watch:
    """Who is told meanwhile: `heard` of a machine, `out` or `err`, and a line as it comes; `done`
    of each whole answer; `busy` of those that have not answered when it takes long. Without `keeps`
    what was heard is not in the answer too, and may be as long as it likes.
    """

    done: "Callable[[Answer], None]" = _silent
    heard: Callable[[str, str, str], None] = _silent
    busy: Callable[[Sequence[str]], None] = _silent
    keeps: bool = True


UNSEEN = Watch()


@dataclass(frozen=True)
class Parcel:
    """Files and folders, and where they go on a machine."""

    files: Sequence[Path]
    place: str


@dataclass(frozen=True)
class Command:
    """A line of shell, and what it reads on its standard input: a word that must not be seen."""

    line: str
    given: str = field(default="", repr=False)
    ends: bool = False
    """with the watching: it is told to, when its time is up, or on Ctrl-C"""


@dataclass(frozen=True)
class Answer:
    """What a machine answered. `problem` is set when it was not reached or too slow."""

    host: str
    status: int | None = None
    out: str = ""
    err: str = ""
    problem: str = ""
    seconds: float = 0.0
    reached: bool = True
    """False: nothing ran there, and it may be tried again"""
    dropped: bool = False
    """it hung up before it asked who is there"""

    @property
    def ok(self) -> bool:
        return self.status == 0


class CutOff(KeyboardInterrupt):
    """Ctrl-C while machines were asked: `answers` of all, also of those that had given none."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__()
        self.answers = answers


class _UnheardError(Exception):
    """Who was told of a line could not take it (`| head`): no machine's fault."""

    def __init__(self, cause: OSError) -> None:
        super().__init__()
        self.cause = cause


_ANEW = "`dockyard down`, then `dockyard up`, makes the machine anew"
_HUNG_UP = (
    "it hung up before it asked who is there: it is still starting, or it refused {} before, and "
    "hangs up on this computer for up to 10 minutes; wait, then type the same again"
)
"""the time is that of sshd's own PerSourcePenalties, since OpenSSH 9.8"""


@dataclass
class _Said:
    """What a machine has said so far, told on as it comes; it counts, too, when time is up."""

    host: str
    watch: Watch
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    process: asyncssh.SSHClientProcess[str] | None = None
    """that ends with the watching"""

    @property
    def texts(self) -> tuple[str, str]:
        return "".join(self.out)[:MOST_TEXT], "".join(self.err)[:MOST_TEXT]

    def end(self) -> None:
        """Tells what runs there to end, if it is to."""
        if self.process:
            with suppress(OSError):  # it has
                self.process.terminate()

    async def listen(self, process: asyncssh.SSHClientProcess[str], name: str) -> bool:
        """To `out` or `err`, to its end; False when that is more than the most: a student is root
        there.
        """
        kept: list[str] = getattr(self, name)
        size, open_line = 0, ""
        while size <= MOST_TEXT and (part := await getattr(process, f"std{name}").read(65536)):
            *lines, open_line = (open_line + part).split("\n")
            if len(open_line) > MOST_TEXT:
                lines, open_line = [*lines, open_line], ""
            self._tell(name, lines)
            if self.watch.keeps:
                kept.append(part)
                size += len(part)
        self._tell(name, [open_line] if open_line else [])
        if size > MOST_TEXT:
            process.close()
        return size <= MOST_TEXT

    def _tell(self, name: str, lines: Sequence[str]) -> None:
        try:
            for line in lines:
                self.watch.heard(self.host, name, line)
        except OSError as error:
            raise _UnheardError(error) from error


@dataclass(frozen=True)
class _Work:
    """What is asked of every machine, within how many seconds, and who is told meanwhile."""

    ways: WaysIn
    do: Callable[[asyncssh.SSHClientConnection, _Said], Awaitable[Answer]]
    seconds: float
    watch: Watch = UNSEEN


async def one(machine: Reachable, work: _Work) -> Answer:
    """One machine's answer; never raises for what a machine or the network does."""
    begun = time.monotonic()
    reached, dropped, said = False, False, _Said(machine.host, work.watch)
    try:
        async with asyncio.timeout(work.seconds), await work.ways.connect(machine) as connection:
            reached = True
            answer = await _done(connection, said, work)
            return replace(answer, seconds=time.monotonic() - begun)
    except TimeoutError:
        where = "" if reached else "not reached: "
        problem = f"{where}no answer within {time.monotonic() - begun:.0f} s"
    except asyncssh.HostKeyNotVerifiable:
        known = work.ways.known.path
        problem = (
            f"its host key is not the one in {known}: something else may answer there; {_ANEW}"
        )
        reached = True
    except asyncssh.PermissionDenied:
        problem = f"it refuses {_offered(machine)}; is that the right one? {_ANEW}"
        reached = True
    except (OSError, asyncssh.Error, asyncssh.KeyImportError) as error:
        lost = isinstance(error, asyncssh.ConnectionLost | ConnectionResetError)
        dropped = lost and not reached
        why = _HUNG_UP.format(_offered(machine)) if dropped else _reason(error)
        problem = f"{'the connection broke' if reached else 'not reached'}: {why}"
    spent = time.monotonic() - begun
    return Answer(machine.host, None, *said.texts, problem, spent, reached, dropped)


def _offered(machine: Reachable) -> str:
    return f"the key {machine.key}" if machine.key else "your agent's keys and those in ~/.ssh"


async def _done(connection: asyncssh.SSHClientConnection, said: _Said, work: _Work) -> Answer:
    """What is asked for; when that is cut off, nobody waits for a machine that may be frozen."""
    doing = asyncio.ensure_future(work.do(connection, said))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        said.end()
        connection.abort()
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        raise


def _reason(error: Exception) -> str:
    """What a machine or the network did, without the number and address that asyncio tells."""
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return str(error)


async def _ask(connection: asyncssh.SSHClientConnection, said: _Said, command: Command) -> Answer:
    process = await connection.create_process(
        command.line,
        stdin=asyncssh.PIPE if command.given else asyncssh.DEVNULL,
        encoding="utf-8",
        errors="replace",
    )
    said.process = process if command.ends else None
    if command.given:
        process.stdin.write(command.given)
        process.stdin.write_eof()
    whole = await asyncio.gather(said.listen(process, "out"), said.listen(process, "err"))
    if not all(whole):
        problem = f"it printed more than {MOST_TEXT:,} characters; the rest was not read"
        return Answer(said.host, None, *said.texts, problem)
    await process.wait_closed()
    status, problem = _ended(process)
    return Answer(said.host, status, *said.texts, problem)


def _ended(process: asyncssh.SSHClientProcess[str]) -> tuple[int | None, str]:
    """The exit status as a shell says it, and what there is to say of it."""
    if process.exit_signal:
        name = f"SIG{process.exit_signal[0]}"
        number = getattr(signal, name, 0)
        return KILLED + number, f"it was killed there: {name}"
    if process.exit_status is None:
        return None, "the connection broke before it ended"
    return process.exit_status, ""


async def _all(machines: Sequence[Reachable], work: _Work, found: dict[str, Answer]) -> None:
    """Everybody at once; who was not reached once more, when all others have answered."""
    asyncio.get_running_loop().set_exception_handler(_unheard_of)
    limit = asyncio.Semaphore(AT_ONCE)
    said: set[str] = set()
    impatient = asyncio.create_task(_say_busy(machines, said, work.watch))
    left: Sequence[Reachable] = machines
    for again in range(TRIES):
        last = again == TRIES - 1

        async def step(machine: Reachable, *, last: bool = last) -> None:
            async with limit:
                answer = found[machine.host] = await one(machine, work)
            if answer.reached or last:
                said.add(machine.host)
                work.watch.done(answer)

        await asyncio.gather(*map(step, left))
        left = [machine for machine in left if not found[machine.host].reached]
        if not left:
            break
    impatient.cancel()


def _unheard_of(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What asyncssh's own tasks met, on a connection that we cut off, is told to nobody."""
    if not isinstance(context.get("exception"), asyncssh.Error):
        loop.default_exception_handler(context)


async def _say_busy(machines: Sequence[Reachable], said: set[str], watch: Watch) -> None:
    pause = PATIENCE_SECONDS
    while True:
        await asyncio.sleep(pause)
        watch.busy([machine.host for machine in machines if machine.host not in said])
        pause *= 2


def _answers(machines: Sequence[Reachable], work: _Work) -> list[Answer]:
    """Of each machine, in order.

    Raises CutOff on Ctrl-C, and what who is told raised.
    """
    found: dict[str, Answer] = {}
    begun = time.monotonic()
    try:
        asyncio.run(_all(machines, work, found))
    except KeyboardInterrupt:
        spent = time.monotonic() - begun
        cut = {one.host: Answer(one.host, problem="interrupted", seconds=spent) for one in machines}
        raise CutOff([{**cut, **found}[machine.host] for machine in machines]) from None
    except _UnheardError as unheard:
        raise unheard.cause from None
    return [found[machine.host] for machine in machines]


def run(
    machines: Sequence[Reachable],
    command: str | Command,
    known: KnownHosts,
    seconds: float,
    watch: Watch = UNSEEN,
) -> list[Answer]:
    """`command` on every machine, in `seconds` each."""
    asked = command if isinstance(command, Command) else Command(command)
    work = _Work(WaysIn(known), lambda way, said: _ask(way, said, asked), seconds, watch)
    return _answers(machines, work)


def copy(
    machines: Sequence[Reachable],
    parcel: Parcel,
    known: KnownHosts,
    seconds: float,
    watch: Watch = UNSEEN,
) -> list[Answer]:
    """A parcel to every machine; an answer's status is 0 when all of it is there."""

    async def put(connection: asyncssh.SSHClientConnection, said: _Said) -> Answer:
        try:
            async with connection.start_sftp_client() as sftp:
                await sftp.put([*map(str, parcel.files)], parcel.place, recurse=True, preserve=True)
        except (asyncssh.SFTPError, OSError) as error:
            place = os.fsdecode(getattr(error, "dstpath", parcel.place))
            return Answer(said.host, 1, err=f"{place}: {error}")
        return Answer(said.host, 0)

    return _answers(machines, _Work(WaysIn(known), put, seconds, watch))


def wait(
    machines: Sequence[Reachable],
    command: str,
    known: KnownHosts,
    seconds: float,
    settled: Callable[[Answer], bool],
) -> list[Answer]:
    """`command` on every machine, again and again until its answer is `settled` or time is up.

    Returns the last answer of each; `settled` sees every answer as it comes.
    """
    asked = Command(command)
    work = _Work(WaysIn(known), lambda way, said: _ask(way, said, asked), ASK_SECONDS)
    return asyncio.run(_wait(machines, work, time.monotonic() + seconds, settled))


async def _wait(
    machines: Sequence[Reachable],
    work: _Work,
    end: float,
    settled: Callable[[Answer], bool],
) -> list[Answer]:
    limit = asyncio.Semaphore(AT_ONCE)

    async def follow(machine: Reachable) -> Answer:
        answer = Answer(machine.host)
        while True:
            before = answer
            async with limit:
                answer = await one(machine, work)
            if answer.dropped and before.problem and before.reached:
                # for a while sshd hangs up on who was refused (PerSourcePenalties): that is why
                answer = before
            if settled(answer) or time.monotonic() + PAUSE_SECONDS > end:
                return answer
            await asyncio.sleep(PAUSE_SECONDS)

    return await asyncio.gather(*map(follow, machines))
