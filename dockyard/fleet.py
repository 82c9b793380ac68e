"""One command on many machines at once, over ssh, each with its own time limit.

Who could not be reached is tried once more: nothing ran there. What was begun is never repeated.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dockyard.quick_asyncssh import asyncssh
from dockyard.results import Reachable
from dockyard.ways_in import KnownHosts, WaysIn

__all__ = ["Answer", "Command", "KnownHosts", "copy", "run", "wait"]

AT_ONCE = 128
MOST_TEXT = 1_000_000
"""Characters of one stream of one machine."""
ASK_SECONDS = 30.0
PAUSE_SECONDS = 3.0
"""Between two questions to a machine that is still busy."""
TRIES = 2
"""How often a machine is tried that is not reached."""


def _silent(*_: object) -> None:
    pass


@dataclass(frozen=True)
class Watch:
    """Who is told meanwhile: `heard` of a machine, `out` or `err`, and a line as it comes; `done`
    of each whole answer.
    """

    done: "Callable[[Answer], None]" = _silent
    heard: Callable[[str, str, str], None] = _silent


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

    @property
    def ok(self) -> bool:
        return self.status == 0


_ANEW = "`dockyard down`, then `dockyard up`, makes the machine anew"


@dataclass(frozen=True)
class _Work:
    """What is asked of every machine, and within how many seconds."""

    ways: WaysIn
    do: Callable[[asyncssh.SSHClientConnection, Reachable], Awaitable[Answer]]
    seconds: float


async def one(machine: Reachable, work: _Work) -> Answer:
    """One machine's answer; never raises for what a machine or the network does."""
    begun = time.monotonic()
    reached = False
    try:
        async with asyncio.timeout(work.seconds), await work.ways.connect(machine) as connection:
            reached = True
            answer = await work.do(connection, machine)
            return replace(answer, seconds=time.monotonic() - begun)
    except TimeoutError:
        problem = f"no answer within {time.monotonic() - begun:.0f} s"
    except asyncssh.HostKeyNotVerifiable:
        known = work.ways.known.path
        problem = (
            f"its host key is not the one in {known}: something else may answer there; {_ANEW}"
        )
        reached = True
    except asyncssh.PermissionDenied:
        offered = (
            f"the key {machine.key}" if machine.key else "your agent's keys and those in ~/.ssh"
        )
        problem = f"it refuses {offered}; is that the right one? {_ANEW}"
        reached = True
    except (OSError, asyncssh.Error, asyncssh.KeyImportError) as error:
        problem = f"not reached: {error}"
    spent = time.monotonic() - begun
    return Answer(machine.host, problem=problem, seconds=spent, reached=reached)


async def _ask(
    connection: asyncssh.SSHClientConnection, machine: Reachable, command: Command, watch: Watch
) -> Answer:
    process = await connection.create_process(
        command.line,
        stdin=asyncssh.PIPE if command.given else asyncssh.DEVNULL,
        encoding="utf-8",
        errors="replace",
    )
    if command.given:
        process.stdin.write(command.given)
        process.stdin.write_eof()
    out, err = await asyncio.gather(
        _bounded(process, process.stdout, lambda line: watch.heard(machine.host, "out", line)),
        _bounded(process, process.stderr, lambda line: watch.heard(machine.host, "err", line)),
    )
    if max(len(out), len(err)) > MOST_TEXT:
        problem = f"it printed more than {MOST_TEXT:,} characters; the rest was not read"
        return Answer(machine.host, None, out[:MOST_TEXT], err[:MOST_TEXT], problem)
    await process.wait_closed()
    return Answer(machine.host, process.exit_status, out, err)


async def _bounded(
    process: asyncssh.SSHClientProcess[str],
    stream: asyncssh.SSHReader[str],
    heard: Callable[[str], None],
) -> str:
    """What comes, up to a bit more than the most: a student is root there. Lines are heard."""
    parts: list[str] = []
    size, open_line = 0, ""
    while size <= MOST_TEXT and (part := await stream.read(65536)):
        parts.append(part)
        size += len(part)
        *lines, open_line = (open_line + part).split("\n")
        for line in lines:
            heard(line)
    if open_line:
        heard(open_line)
    if size > MOST_TEXT:
        process.close()
    return "".join(parts)


async def _all(
    machines: Sequence[Reachable], work: _Work, done: Callable[[Answer], None], tries: int = TRIES
) -> list[Answer]:
    """Everybody at once; who was not reached once more, when all others have answered."""
    limit = asyncio.Semaphore(AT_ONCE)
    found: dict[str, Answer] = {}
    left: Sequence[Reachable] = machines
    for again in range(tries):
        last = again == tries - 1

        async def step(machine: Reachable, *, last: bool = last) -> None:
            async with limit:
                answer = found[machine.host] = await one(machine, work)
            if answer.reached or last:
                done(answer)

        await asyncio.gather(*map(step, left))
        left = [machine for machine in left if not found[machine.host].reached]
        if not left:
            break
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
    work = _Work(WaysIn(known), lambda way, m: _ask(way, m, asked, watch), seconds)
    return asyncio.run(_all(machines, work, watch.done))


def copy(
    machines: Sequence[Reachable],
    parcel: Parcel,
    known: KnownHosts,
    seconds: float,
    watch: Watch = UNSEEN,
) -> list[Answer]:
    """A parcel to every machine; an answer's status is 0 when all of it is there."""

    async def put(connection: asyncssh.SSHClientConnection, machine: Reachable) -> Answer:
        async with connection.start_sftp_client() as sftp:
            await sftp.put([*map(str, parcel.files)], parcel.place, recurse=True, preserve=True)
        return Answer(machine.host, 0)

    async def safely(connection: asyncssh.SSHClientConnection, machine: Reachable) -> Answer:
        try:
            return await put(connection, machine)
        except (asyncssh.SFTPError, OSError) as error:
            return Answer(machine.host, 1, err=str(error))

    return asyncio.run(_all(machines, _Work(WaysIn(known), safely, seconds), watch.done))


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
    work = _Work(WaysIn(known), lambda way, m: _ask(way, m, Command(command), UNSEEN), ASK_SECONDS)
    return asyncio.run(_wait(machines, work, time.monotonic() + seconds, settled))


async def _wait(
    machines: Sequence[Reachable],
    work: _Work,
    end: float,
    settled: Callable[[Answer], bool],
) -> list[Answer]:
    limit = asyncio.Semaphore(AT_ONCE)

    async def follow(machine: Reachable) -> Answer:
        while True:
            async with limit:
                answer = await one(machine, work)
            if settled(answer) or time.monotonic() + PAUSE_SECONDS > end:
                return answer
            await asyncio.sleep(PAUSE_SECONDS)

    return await asyncio.gather(*map(follow, machines))
