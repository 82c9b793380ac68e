"""The timer that ends a lab on this computer, judged by a real systemd: a machine's."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dockyard import clock
from dockyard.local import timer
from dockyard.spec import LabSpec
from standin.machines import Machine, Machines

pytestmark = [pytest.mark.machine, pytest.mark.slow]

ENDS = "/usr/local/bin/ends"


@pytest.fixture
def machine(machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Its systemd is this computer's, for who asks by these two commands."""
    machine = machines.start("debian-13")
    for name in ("systemd-run", "systemctl"):
        file = tmp_path / name
        file.write_text(f'#!/bin/sh\nexec docker exec {machine.id} {name} "$@"\n', "utf-8")
        file.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(timer, "_RUNS", tmp_path)
    monkeypatch.setenv("HOME", "/home/ada")
    machine.output(f"printf '#!/bin/sh\\necho \"$PWD $HOME $*\" >>/ended\\nexit 3\\n' >{ENDS}")
    machine.output(f"chmod +x {ENDS}")
    monkeypatch.setattr("sys.executable", ENDS)
    return machine


def units(machine: Machine) -> str:
    return machine.output("systemctl list-units --all --plain --no-legend 'dockyard-local-*'")


def soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int) -> str:
    """Arms a lab of an hour, made so long ago that it ends in so many seconds."""
    begun = time.time() - 3600 + seconds
    monkeypatch.setattr(clock, "now", lambda: begun)
    lab = LabSpec(name="moby", target="local", hours=1)
    return timer.arm(lab, tmp_path / "kept", Path("/root"), new=True)


def test_it_fires_once_and_leaves_nothing(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in (600, 900):  # a later one takes the place of the first
        soon(tmp_path, monkeypatch, seconds)
        assert units(machine).count(".timer") == 1
        assert timer.is_set(Path("/root"))
    found = timer.read(tmp_path / "kept")
    assert found
    timer.move(found, found.expires + 3600, tmp_path / "kept", Path("/root"))
    assert units(machine).count(".timer") == 1
    timer.disarm(tmp_path / "kept", Path("/root"))
    assert units(machine) == ""
    assert not timer.is_set(Path("/root"))

    assert soon(tmp_path, monkeypatch, 5).startswith("A timer of this computer")
    shown = machine.output("systemctl list-timers --all --no-legend 'dockyard-local-*'")
    assert f"{datetime.now(UTC):%Y-%m-%d}" in shown
    machine.wait_until("[ -e /ended ]")
    assert machine.output("cat /ended") == "/root /home/ada -m dockyard.cli down local --yes"
    # what it started has failed, and even so nothing stays
    machine.wait_until("! systemctl list-units --all --plain --no-legend | grep dockyard-local")
    assert machine.output("find /etc/systemd /run/systemd -name 'dockyard-local*'") == ""
