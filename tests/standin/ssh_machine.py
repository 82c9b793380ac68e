"""A machine that is a real ssh server in this process, and says what it likes."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh

from dockyard.results import Reachable

Serve = Callable[[asyncssh.SSHServerProcess[str]], Awaitable[None] | None]


@contextmanager
def machine(
    folder: Path,
    says: Serve,
    files: type[asyncssh.SFTPServer] = asyncssh.SFTPServer,
    door: type[asyncssh.SSHServer] = asyncssh.SSHServer,
) -> Iterator[Reachable]:
    """One that answers every command by `says`, in a thread of its own."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(folder / "key")
    key.write_public_key(folder / "authorized")
    listening, ended = threading.Event(), threading.Event()
    ports: list[int] = []

    async def serve() -> None:
        async with asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=door,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            authorized_client_keys=str(folder / "authorized"),
            process_factory=says,
            sftp_factory=files,
        ) as server:
            ports.append(server.get_port())
            listening.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert listening.wait(10)
    try:
        yield Reachable("seat01-node1", "127.0.0.1", ports[0], "student", folder / "key", "a")
    finally:
        ended.set()
        thread.join(10)


async def shell(process: asyncssh.SSHServerProcess[str]) -> None:
    """Runs each command here; LOGIN says to whom."""
    here = await asyncio.create_subprocess_shell(
        process.command or "", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "LOGIN": process.get_extra_info("username")},
    )  # fmt: skip
    out, err = await here.communicate((await process.stdin.read()).encode())
    process.stdout.write(out.decode("latin-1"))
    process.stderr.write(err.decode("latin-1"))
    process.exit(here.returncode or 0)
