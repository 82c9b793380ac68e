"""Docker started where systemd is and where it is not; every program is a stub."""

import os
from pathlib import Path

import pytest

from dockyard import project
from dockyard.errors import HostError
from dockyard.local import install

ROOT = Path(__file__).parents[2]
REFUSED = "echo 'ulimit: error setting limit (Operation not permitted)'; exit 2"


class Computer:
    """Programs on PATH that write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.calls = folder / "calls"
        self.systemd = folder / "systemd"
        self.up = folder / "up"
        self.clone = project.Project(folder)
        self.bin.mkdir()
        self.program("sudo", 'exec "$@"')
        self.program("dockerd")
        self.program("docker", f"[ -e {self.up} ] && echo 28.5.2")
        self.program("service", f": >{self.up}")
        self.program("start-stop-daemon", f": >{self.up}")

    def program(self, name: str, body: str = "") -> None:
        path = self.bin / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.calls}\n{body}\n', encoding="ascii")
        path.chmod(0o755)

    def started(self) -> list[str]:
        """The programs that were to start the daemon."""
        calls = self.calls.read_text(encoding="ascii").splitlines()
        return [call for call in calls if call.startswith(("service", "start-stop-daemon"))]


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    made = Computer(tmp_path)
    path = f"{made.bin}:{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    monkeypatch.setattr(install, "_SBIN", path)
    monkeypatch.setattr(install, "_SYSTEMD", made.systemd)
    return made


def test_docker_is_started_as_the_system_does_it(computer: Computer) -> None:
    install.start_docker(computer.clone)
    assert computer.started() == ["service docker start"]


def test_where_the_init_script_fails_the_daemon_is_started_without_it(
    computer: Computer, capsys: pytest.CaptureFixture[str]
) -> None:
    computer.program("service", REFUSED)
    install.start_docker(computer.clone)
    service, daemon = computer.started()
    assert service == "service docker start"
    assert "--pidfile /var/run/docker-ssd.pid --exec /usr/sbin/dockerd" in daemon
    said = capsys.readouterr()
    assert "service docker stop" in said.out + said.err


def test_where_systemd_is_its_failure_is_the_person_s_to_mend(computer: Computer) -> None:
    computer.systemd.mkdir()
    computer.program("service", REFUSED)
    with pytest.raises(HostError, match="Operation not permitted"):
        install.start_docker(computer.clone)
    assert computer.started() == ["service docker start"]


def test_docker_that_answers_is_left_alone(computer: Computer) -> None:
    computer.up.touch()
    install.start_docker(computer.clone)
    assert computer.started() == []
