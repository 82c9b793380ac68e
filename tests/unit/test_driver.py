"""python-vagrant's known bugs, each with what Vagrant really printed (2.3.4)."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dockyard.errors import HostError
from dockyard.local.driver import Driver, Status, VagrantError

STATUS = """\
1764000000,seat01-node1,metadata,provider,docker
1764000000,seat01-node1,provider-name,docker
1764000000,seat01-node1,state,running
1764000000,seat01-node1,state-human-short,running
1764000000,seat01-node1,state-human-long,It runs%!(VAGRANT_COMMA) and is well.\\nTruly.
1764000000,seat02-node1,provider-name,docker
1764000000,seat02-node1,state,not_created
1764000000,,ui,info,Current machine states:\\n\\nseat01-node1 running%!(VAGRANT_COMMA) more,x,y
a line that is no CSV
"""

SSH_CONFIG = """\
Host seat01-node1
  HostName 127.0.0.1
  User vagrant
  Port 2222
  IdentityFile "/some where/key"
  IdentitiesOnly yes

Host seat02-node1
  HostName 127.0.0.1
  User vagrant
  Port 2200
  IdentityFile /other/key

"""


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Driver]:
    """A driver whose `vagrant` is the script given: what Vagrant said, said again."""

    def made(script: str) -> Driver:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "vagrant"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        return Driver(tmp_path, {"DOCKYARD_DESCRIPTION": "x"}, tmp_path / "log" / "vagrant.log")

    return made


def said(text: str) -> str:
    return f"cat <<'END'\n{text}END"


def test_status_survives_commas_long_lines_and_noise(drive: Callable[[str], Driver]) -> None:
    assert drive(said(STATUS)).states() == {
        "seat01-node1": Status("running", "docker"),
        "seat02-node1": Status("not_created", "docker"),
    }


def test_each_machine_keeps_its_own_way_in(drive: Callable[[str], Driver]) -> None:
    found = drive(said(SSH_CONFIG)).ssh_configs(["seat01-node1", "seat02-node1"])
    assert found["seat01-node1"]["Port"] == "2222"
    assert found["seat02-node1"]["Port"] == "2200"
    assert found["seat02-node1"]["IdentityFile"] == "/other/key"


def test_the_environment_is_added_to_not_replaced(drive: Callable[[str], Driver]) -> None:
    driver = drive('echo "$HOME $DOCKYARD_DESCRIPTION"')
    lines: list[str] = []
    driver.follow(["up"], lines.append)
    assert lines == [f"{os.environ['HOME']} x"]


def test_a_failure_says_what_vagrant_said_and_where_all_of_it_is(
    drive: Callable[[str], Driver], tmp_path: Path
) -> None:
    driver = drive("echo 'the box is not there'; echo 'in red' >&2; exit 3")
    with pytest.raises(VagrantError) as caught:
        driver.follow(["up"], lambda _: None)
    assert "| the box is not there\n  | in red" in str(caught.value)
    assert str(tmp_path / "log/vagrant.log") in str(caught.value)
    with pytest.raises(VagrantError, match="the box is not there"):
        driver.states()


def test_another_vagrant_at_work_is_a_sentence(drive: Callable[[str], Driver]) -> None:
    driver = drive("echo 'another process is already executing an action on the machine'; exit 1")
    driver.patience = 0
    with pytest.raises(VagrantError, match="Another `vagrant` is at work"):
        driver.follow(["up"], lambda _: None)


def test_no_vagrant_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    driver = Driver(tmp_path, {}, tmp_path / "log")
    with pytest.raises(HostError, match="Vagrant is not installed"):
        driver.states()


def test_ctrl_c_lets_vagrant_end_in_order(drive: Callable[[str], Driver], tmp_path: Path) -> None:
    driver = drive(
        f"trap 'echo cleaned > {tmp_path}/cleaned; exit 1' INT; echo begun; "
        "while :; do sleep 0.1; done"
    )

    def interrupt() -> None:
        # Ctrl-C reaches the whole process group: Vagrant and us
        found = subprocess.run(
            ["pgrep", "-P", str(os.getpid()), "-f", "vagrant"], capture_output=True, check=False
        )
        for pid in found.stdout.split():
            os.kill(int(pid), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    def seen(line: str) -> None:
        if line == "begun":
            threading.Timer(0.3, interrupt).start()

    with pytest.raises(KeyboardInterrupt):
        driver.follow(["up"], seen)
    assert (tmp_path / "cleaned").read_text() == "cleaned\n"


def test_a_killed_caller_does_not_break_vagrant(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "vagrant"
    program.write_text(f"#!/bin/sh\necho one\nsleep 1\necho two\necho ended > {tmp_path}/ended\n")
    program.chmod(0o755)
    code = (
        "from pathlib import Path; from dockyard.local.driver import Driver\n"
        f"p = Path({str(tmp_path)!r}); Driver(p, {{}}, p / 'log').follow(['up'], print)"
    )
    env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    caller = subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE)
    assert caller.stdout is not None
    assert caller.stdout.readline() == b"one\n"
    caller.kill()
    caller.wait()
    caller.stdout.close()
    for _ in range(50):
        if (tmp_path / "ended").exists():
            break
        time.sleep(0.1)
    assert (tmp_path / "log").read_text() == "one\ntwo\n"
    assert (tmp_path / "ended").exists()


def test_a_vagrant_that_fails_without_a_word_is_asked_of_room(
    drive: Callable[[str], Driver],
) -> None:
    with pytest.raises(VagrantError, match=r"failed without a word\. Is there room\? [0-9]+ MB"):
        drive("exit 1").follow(["up"], print)
