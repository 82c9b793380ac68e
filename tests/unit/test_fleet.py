"""Commands on a machine that is a real ssh server in this process, and says what it likes."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest

from dockyard import doors, fleet
from dockyard.results import Reachable

Serve = Callable[[asyncssh.SSHServerProcess[str]], None]


@contextmanager
def machine(folder: Path, says: Serve) -> Iterator[Reachable]:
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
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            authorized_client_keys=str(folder / "authorized"),
            process_factory=says,
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


def ask(made: Reachable, folder: Path) -> fleet.Answer:
    return fleet.run([made], "true", fleet.KnownHosts(folder / "known_hosts"), 20)[0]


def says_little(process: asyncssh.SSHServerProcess[str]) -> None:
    process.stdout.write("out\n")
    process.stderr.write("err\n")
    process.exit(3)


def test_output_and_exit_code_come_back(tmp_path: Path) -> None:
    with machine(tmp_path, says_little) as made:
        answer = ask(made, tmp_path)
    assert (answer.status, answer.out, answer.err) == (3, "out\n", "err\n")
    assert answer.problem == ""


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_machine_that_says_too_much_is_cut_off(tmp_path: Path, stream: str) -> None:
    def says_much(process: asyncssh.SSHServerProcess[str]) -> None:
        for _ in range(2 * fleet.MOST_TEXT // 10_000):
            getattr(process, stream).write("x" * 10_000)

    with machine(tmp_path, says_much) as made:
        answer = ask(made, tmp_path)
    assert answer.problem == "it printed more than 1,000,000 characters; the rest was not read"
    assert len(answer.out + answer.err) == fleet.MOST_TEXT
    assert not answer.ok


def test_a_refused_key_says_what_helps(tmp_path: Path) -> None:
    with machine(tmp_path, says_little) as made:
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / "key")
        answer = ask(made, tmp_path)
    assert answer.problem.startswith(f"it refuses the key {tmp_path}/key;")
    assert "`dockyard down`, then `dockyard up`" in answer.problem


def test_another_host_key_says_what_helps(tmp_path: Path) -> None:
    with machine(tmp_path, says_little) as made:
        (tmp_path / "known_hosts").write_text(f"{made.alias} ssh-ed25519 AAAA\n", encoding="ascii")
        answer = ask(made, tmp_path)
    assert f"not the one in {tmp_path}/known_hosts" in answer.problem
    assert "`dockyard down`, then `dockyard up`" in answer.problem


def says_whom(process: asyncssh.SSHServerProcess[str]) -> None:
    process.stdout.write(str(process.get_extra_info("peername")[1]))
    process.exit(0)


def test_a_door_that_was_knocked_at_is_gone_through(tmp_path: Path) -> None:
    with machine(tmp_path, says_whom) as made:
        place = made.address, made.port
        doors.knock([place, place])
        begun = doors._begun[place].getsockname()
        answer = ask(made, tmp_path)
    assert answer.out == str(begun[1])
    assert not doors._begun


def test_who_does_not_answer_a_knock_is_tried_once_more(tmp_path: Path) -> None:
    with machine(tmp_path, says_little) as made:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            place = gone.getsockname()
        doors.knock([place])
        doors._begun[made.address, made.port] = doors._begun.pop(place)
        assert ask(made, tmp_path).status == 3


def test_what_has_no_door_is_no_place() -> None:
    doors.knock([("nowhere.invalid", 22), ("::1", 22)])
    assert not doors._begun
