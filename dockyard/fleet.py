"""One command on many machines at once, over ssh, each with its own time limit."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from dockyard.results import Reachable

AT_ONCE = 64
MOST_TEXT = 1_000_000
"""Characters of one stream of one machine."""
CONNECT_SECONDS = 15.0
ASK_SECONDS = 30.0
PAUSE_SECONDS = 3.0
"""Between two questions to a machine that is still busy."""


@dataclass(frozen=True)
class Answer:
    """What a machine answered. `problem` is set when it was not reached or too slow."""

    host: str
    status: int | None = None
    out: str = ""
    err: str = ""
    problem: str = ""

    @property
    def ok(self) -> bool:
        return self.status == 0


class KnownHosts:
    """The lab's own known-hosts file: first contact is kept, a changed key refused."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entry(self, alias: str) -> str:
        """The key that is kept for a machine, as `type blob`, or nothing."""
        lines = self.path.read_text(encoding="ascii").splitlines() if self.path.exists() else []
        entries = (line.split(" ", 1) for line in lines if " " in line)
        return next((key for name, key in entries if name == alias), "")

    def accept(self, alias: str, key: str) -> bool:
        """Whether `key` is the machine's; the first one that is seen is."""
        known = self.entry(alias)
        if not known:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="ascii") as file:
                file.write(f"{alias} {key}\n")
        return known in ("", key)


class _Client(asyncssh.SSHClient):
    def __init__(self, known: KnownHosts, alias: str) -> None:
        self._known, self._alias = known, alias

    def validate_host_public_key(
        self,
        host: str,  # noqa: ARG002 - the signature is asyncssh's
        addr: str,  # noqa: ARG002
        port: int,  # noqa: ARG002
        key: asyncssh.SSHKey,
    ) -> bool:
        kind, blob = key.export_public_key().decode("ascii").split()[:2]
        return self._known.accept(self._alias, f"{kind} {blob}")


async def connect(machine: Reachable, known: KnownHosts) -> asyncssh.SSHClientConnection:
    """A connection; raises OSError or asyncssh.Error."""
    return await asyncssh.connect(
        machine.address,
        machine.port,
        username=machine.user,
        client_keys=[str(machine.key)] if machine.key else (),
        # an empty list: every key is asked of the client below
        known_hosts=([], [], []),
        client_factory=lambda: _Client(known, machine.alias),
        connect_timeout=CONNECT_SECONDS,
        # a machine without a key of its own is reached as by plain ssh
        agent_path=None if machine.key else (),
        config=None,
    )


_ANEW = "`dockyard down`, then `dockyard up`, makes the machine anew"


async def one(machine: Reachable, command: str, known: KnownHosts, seconds: float) -> Answer:
    """One command on one machine; never raises for what a machine or the network does."""
    try:
        async with asyncio.timeout(seconds):
            return await _ask(machine, command, known)
    except TimeoutError:
        problem = f"no answer within {seconds:.0f} s"
    except asyncssh.HostKeyNotVerifiable:
        problem = (
            f"its host key is not the one in {known.path}: something else may answer there; {_ANEW}"
        )
    except asyncssh.PermissionDenied:
        problem = f"it refuses the key {machine.key}; is that the right one? {_ANEW}"
    except (OSError, asyncssh.Error, asyncssh.KeyImportError) as error:
        problem = f"not reached: {error}"
    return Answer(machine.host, problem=problem)


async def _ask(machine: Reachable, command: str, known: KnownHosts) -> Answer:
    async with await connect(machine, known) as connection:
        process = await connection.create_process(
            command, stdin=asyncssh.DEVNULL, encoding="utf-8", errors="replace"
        )
        out, err = await asyncio.gather(
            _bounded(process, process.stdout), _bounded(process, process.stderr)
        )
        if max(len(out), len(err)) > MOST_TEXT:
            problem = f"it printed more than {MOST_TEXT:,} characters; the rest was not read"
            return Answer(machine.host, None, out[:MOST_TEXT], err[:MOST_TEXT], problem)
        await process.wait_closed()
    return Answer(machine.host, process.exit_status, out, err)


async def _bounded(process: asyncssh.SSHClientProcess[str], stream: asyncssh.SSHReader[str]) -> str:
    """What comes, up to a bit more than the most: a student is root there."""
    parts: list[str] = []
    size = 0
    while size <= MOST_TEXT and (part := await stream.read(65536)):
        parts.append(part)
        size += len(part)
    if size > MOST_TEXT:
        process.close()
    return "".join(parts)


async def _all(
    machines: Sequence[Reachable],
    work: Callable[[Reachable], Awaitable[Answer]],
    done: Callable[[Answer], None],
) -> list[Answer]:
    limit = asyncio.Semaphore(AT_ONCE)

    async def step(machine: Reachable) -> Answer:
        async with limit:
            answer = await work(machine)
        done(answer)
        return answer

    return await asyncio.gather(*map(step, machines))


def run(
    machines: Sequence[Reachable],
    command: str,
    known: KnownHosts,
    seconds: float,
    done: Callable[[Answer], None] = lambda _: None,
) -> list[Answer]:
    """`command` on every machine; `done` is called as each one answers."""
    return asyncio.run(_all(machines, lambda m: one(m, command, known, seconds), done))


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
    return asyncio.run(_wait(machines, command, known, time.monotonic() + seconds, settled))


async def _wait(
    machines: Sequence[Reachable],
    command: str,
    known: KnownHosts,
    end: float,
    settled: Callable[[Answer], bool],
) -> list[Answer]:
    limit = asyncio.Semaphore(AT_ONCE)

    async def follow(machine: Reachable) -> Answer:
        while True:
            async with limit:
                answer = await one(machine, command, known, ASK_SECONDS)
            if settled(answer) or time.monotonic() + PAUSE_SECONDS > end:
                return answer
            await asyncio.sleep(PAUSE_SECONDS)

    return await asyncio.gather(*map(follow, machines))
