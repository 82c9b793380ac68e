"""Commands on a machine that is a real ssh server in this process, and says what it likes."""

import gc
import os
import signal
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from dockyard import doors, fleet, ways_in
from dockyard.results import Reachable
from standin.rehearsed import until
from standin.ssh_machine import machine


def ask(made: Reachable, folder: Path, watch: fleet.Watch = fleet.UNSEEN) -> fleet.Answer:
    return fleet.run([made], "true", fleet.KnownHosts(folder / "known_hosts"), 20, watch)[0]


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


def test_one_that_hangs_up_on_who_was_refused_is_said_to_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As sshd does since OpenSSH 9.8; one that nobody was refused by has only hung up."""
    came: list[asyncssh.SSHServerConnection] = []

    class HangsUp(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            came.append(conn)
            if len(came) > 1:
                conn.abort()

    monkeypatch.setattr(fleet, "PAUSE_SECONDS", 0.1)
    known = fleet.KnownHosts(tmp_path / "known_hosts")
    seen: list[str] = []

    def settled(answer: fleet.Answer) -> bool:
        seen.append(answer.problem)
        return False

    with machine(tmp_path, says_little, door=HangsUp) as made:
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / "key")
        hung_up = f"not reached: it hung up before it asked who is there: it is still starting, or \
it refused the key {tmp_path}/key before, and hangs up on this computer for up to 10 minutes; wait"
        for problem in (f"it refuses the key {tmp_path}/key;", hung_up):
            seen.clear()
            (answer,) = fleet.wait([made], "true", known, 1, settled)
            assert len(seen) > 2
            assert all(one.startswith(problem) for one in (*seen, answer.problem))
        (answer,) = fleet.run([made], "true", known, 5)
        assert answer.problem.startswith(hung_up)
        (answer,) = fleet.copy([made], fleet.Parcel([tmp_path / "key"], "/tmp"), known, 5)
        assert answer.problem.startswith(hung_up)


def test_another_host_key_says_what_helps(tmp_path: Path) -> None:
    with machine(tmp_path, says_little) as made:
        (tmp_path / "known_hosts").write_text(f"{made.alias} ssh-ed25519 AAAA\n", encoding="ascii")
        answer = ask(made, tmp_path)
    assert f"not the one in {tmp_path}/known_hosts" in answer.problem
    assert "`dockyard down`, then `dockyard up`" in answer.problem


def test_what_is_only_heard_may_be_as_long_as_it_likes(tmp_path: Path) -> None:
    lines, line = 3 * fleet.MOST_TEXT // 10_000, "x" * 9_999

    def says_much(process: asyncssh.SSHServerProcess[str]) -> None:
        for _ in range(lines):
            process.stdout.write(f"{line}\n")
        process.exit(0)

    heard: list[str] = []
    watch = fleet.Watch(heard=lambda *told: heard.append(told[2]), keeps=False)
    with machine(tmp_path, says_much) as made:
        answer = ask(made, tmp_path, watch)
    assert (answer.status, answer.out, answer.problem) == (0, "", "")
    assert heard == [line] * lines


def hangs(process: asyncssh.SSHServerProcess[str]) -> None:
    """For good; what it is told is in the file that is its command."""
    told = Path(process.command or "")
    process.signal_received = told.write_text  # type: ignore[method-assign,assignment]
    process.stdout.write("so far\n")


def test_what_takes_too_long_is_told_to_end_and_what_it_said_counts(tmp_path: Path) -> None:
    told = tmp_path / "told"
    known = fleet.KnownHosts(tmp_path / "known_hosts")
    with machine(tmp_path, hangs) as made:
        (answer,) = fleet.run([made], fleet.Command(str(told), ends=True), known, 1)
        until(lambda: told.exists() and told.read_text() != "")
    assert (answer.status, answer.out) == (None, "so far\n")
    assert answer.problem == "no answer within 1 s"
    assert answer.reached
    assert told.read_text() == "TERM"


def test_what_was_not_asked_to_end_goes_on(tmp_path: Path) -> None:
    told = tmp_path / "told"
    known = fleet.KnownHosts(tmp_path / "known_hosts")
    with machine(tmp_path, hangs) as made:
        (answer,) = fleet.run([made], str(told), known, 1)
        assert fleet.run([made], str(told), known, 1)[0].out == "so far\n"
    assert answer.problem == "no answer within 1 s"
    assert not told.exists()


def test_one_that_freezes_in_a_copy_is_given_up_in_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    thawed = threading.Event()

    class Frozen(asyncssh.SFTPServer):
        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            del file_obj, offset
            thawed.wait(60)  # and with it the whole server
            return len(data)

    (tmp_path / "file").write_bytes(bytes(1_000_000))
    known = fleet.KnownHosts(tmp_path / "known_hosts")
    parcel = fleet.Parcel([tmp_path / "file"], str(tmp_path / "there"))
    with machine(tmp_path, says_little, Frozen) as made:
        begun = time.monotonic()
        (answer,) = fleet.copy([made], parcel, known, 1)
        spent = time.monotonic() - begun
        thawed.set()
    assert answer.problem == "no answer within 1 s"
    assert spent < 30
    gc.collect()
    assert caplog.text == ""


def test_who_is_busy_is_said_when_it_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "PATIENCE_SECONDS", 0.2)
    busy: list[list[str]] = []
    known = fleet.KnownHosts(tmp_path / "known_hosts")
    watch = fleet.Watch(busy=lambda hosts: busy.append([*hosts]))
    with machine(tmp_path, hangs) as made:
        fleet.run([made], str(tmp_path / "told"), known, 1, watch)
    assert busy == [[made.host], [made.host]]  # after 0.2 s, and after 0.6 s


def test_ctrl_c_tells_it_to_end_and_loses_no_answer(tmp_path: Path) -> None:
    told = tmp_path / "told"

    def as_named(process: asyncssh.SSHServerProcess[str]) -> None:
        if process.get_extra_info("username") == "quick":
            process.exit(0)
        else:
            hangs(process)

    seen: set[str] = set()

    def both(what: str) -> None:
        seen.add(what)
        if seen == {"so far", "done"}:
            os.kill(os.getpid(), signal.SIGINT)

    watch = fleet.Watch(lambda _: both("done"), lambda *heard: both(heard[2]))
    known = fleet.KnownHosts(tmp_path / "known_hosts")
    with machine(tmp_path, as_named) as made:
        machines = [made, replace(made, host="seat02-node1", user="quick")]
        with pytest.raises(fleet.CutOff) as cut:
            fleet.run(machines, fleet.Command(str(told), ends=True), known, 20, watch)
        until(lambda: told.exists() and told.read_text() != "")
    answers = cut.value.answers
    assert [(one.host, one.status, one.problem) for one in answers] == [
        ("seat01-node1", None, "interrupted"),
        ("seat02-node1", 0, ""),
    ]
    assert told.read_text() == "TERM"


def test_who_cannot_hear_any_more_is_not_the_machines_fault(tmp_path: Path) -> None:
    def deaf(*_: str) -> None:
        raise BrokenPipeError

    with machine(tmp_path, says_little) as made, pytest.raises(BrokenPipeError):
        ask(made, tmp_path, fleet.Watch(heard=deaf))


def test_a_killed_command_is_said_as_a_shell_does(tmp_path: Path) -> None:
    with machine(tmp_path, lambda process: process.exit_with_signal("KILL")) as made:
        answer = ask(made, tmp_path)
    assert (answer.status, answer.problem) == (137, "it was killed there: SIGKILL")


def test_a_connection_that_breaks_is_not_tried_again(tmp_path: Path) -> None:
    began = []

    def breaks(process: asyncssh.SSHServerProcess[str]) -> None:
        began.append(process.command)
        process.channel.get_connection().abort()

    with machine(tmp_path, breaks) as made:
        answer = ask(made, tmp_path)
    assert answer.problem.startswith("the connection broke")
    assert (answer.status, answer.reached, began) == (None, True, ["true"])


def test_who_is_not_reached_says_why_without_numbers(tmp_path: Path) -> None:
    with machine(tmp_path, says_little) as made:
        pass
    answer = ask(made, tmp_path)
    assert (answer.problem, answer.reached) == ("not reached: Connection refused", False)


def test_a_silent_machine_is_given_up_long_before_a_slow_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its packets are dropped: this kernel does so at a door where too many wait."""
    monkeypatch.setattr(ways_in, "DOOR_SECONDS", 0.2)
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / "key")
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as waits:
        place = full.getsockname()
        waits.connect(place)
        silent = Reachable("seat01", *place, "docker", tmp_path / "key", "1")
        begun = time.monotonic()
        answer = ask(silent, tmp_path)
    assert time.monotonic() - begun < 2  # both times
    assert (answer.problem, answer.reached) == ("not reached: no answer within 0 s", False)


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


def test_one_that_does_not_even_greet_was_not_reached(tmp_path: Path) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / "key")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        made = Reachable("seat01-node1", *silent.getsockname(), "student", tmp_path / "key", "a")
        known = fleet.KnownHosts(tmp_path / "known_hosts")
        (answer,) = fleet.run([made], "true", known, 1)
    assert (answer.problem, answer.reached) == ("not reached: no answer within 1 s", False)
