"""The timer that ends a lab on this computer, in the words in which systemd is told.

A strict stand-in for systemd-run and systemctl is in PATH: no systemd starts where tests run.
"""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dockyard import clock
from dockyard.local import timer
from dockyard.local.lab import LocalLab
from dockyard.spec import LabSpec

SYSTEMD = '''#!{python}
"""Knows the words of one timer, and what units there are; refuses all else as systemd does."""
import json, pathlib, re, sys
home = pathlib.Path({home!r})
units = home / "units.json"
there = json.loads(units.read_text()) if units.exists() else {{}}
words = sys.argv[1:]
if {user} != (words[:1] == ["--user"]):
    sys.exit("Failed to connect to bus: No medium found")
words = words[1:] if {user} else words
if sys.argv[0].endswith("systemctl"):
    verb, unit = words[0], words[-1]
    if words[:-1] == ["is-active", "--quiet"]:
        sys.exit(0 if unit in there else 3)
    if words != ["stop", unit] or unit not in there:
        sys.exit(f"Failed to stop {{unit}}: Unit {{unit}} not loaded.")
    del there[unit]
else:
    options = {{}}
    while words and words[0].startswith("--"):
        key, _, value = words.pop(0).partition("=")
        if key not in {{"--unit", "--on-calendar", "--timer-property", "--collect",
                       "--working-directory", "--setenv"}}:
            sys.exit(f"systemd-run: unrecognized option '{{key}}'")
        options.setdefault(key, []).append(value)
    (unit,), (when,) = options["--unit"], options["--on-calendar"]
    if f"{{unit}}.timer" in there:
        sys.exit(f"Failed to start transient timer unit: Unit {{unit}}.timer already exists.")
    if not re.fullmatch(r"\\d{{4}}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC", when):
        sys.exit(f"Failed to parse calendar event specification: {{when}}")
    if not pathlib.Path(options["--working-directory"][0]).is_absolute() or not words:
        sys.exit("Command line to execute required.")
    there[f"{{unit}}.timer"] = {{"when": when, "command": words, "options": options}}
units.write_text(json.dumps(there))
'''


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer with systemd, whose person is not root."""
    for name in ("systemd-run", "systemctl"):
        text = SYSTEMD.format(python=sys.executable, home=str(tmp_path), user=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(timer, "_RUNS", tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    return tmp_path


def timers(home: Path) -> list[dict[str, object]]:
    units = home / "units.json"
    return list(json.loads(units.read_text("utf-8")).values()) if units.exists() else []


def lab(**words: object) -> LabSpec:
    return LabSpec(name="moby", target="local", **words)  # type: ignore[arg-type]


def at(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    monkeypatch.setattr(clock, "now", lambda: float(seconds))


def test_it_is_set_once_stays_moves_and_goes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = home / "kept"
    at(monkeypatch, 4_000_000_000)  # 2096-10-02 07:06:40
    said = timer.arm(lab(hours=9), kept, home, new=True)
    assert said.startswith("A timer of this computer takes it down 2096-10-02")
    (one,) = timers(home)
    assert one["when"] == "2096-10-02 16:06:40 UTC"
    assert one["command"] == [sys.executable, "-m", "dockyard.cli", "down", "local", "--yes"]

    at(monkeypatch, 4_000_003_600)  # an hour later nothing moves
    timer.arm(lab(hours=9), kept, home, new=False)
    assert [row["when"] for row in timers(home)] == ["2096-10-02 16:06:40 UTC"]
    # other words count from when it was made, too
    timer.arm(lab(hours=10), kept, home, new=False)
    assert [row["when"] for row in timers(home)] == ["2096-10-02 17:06:40 UTC"]
    # a lab made anew begins anew
    timer.arm(lab(hours=10), kept, home, new=True)
    assert [row["when"] for row in timers(home)] == ["2096-10-02 18:06:40 UTC"]
    assert timer.arm(lab(), kept, home, new=False) == ""
    assert timers(home) == []

    timer.arm(lab(hours=10), kept, home, new=True)
    timer.disarm(kept, home)
    assert timers(home) == []
    assert list(kept.iterdir()) == []
    timer.disarm(kept, home)  # twice is once


def test_a_time_that_is_over_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 4_000_000_000)
    timer.arm(lab(hours=1), home / "kept", home, new=True)
    at(monkeypatch, 4_000_010_000)
    said = timer.arm(lab(hours=1), home / "kept", home, new=False)
    assert "Its time is over since" in said
    assert timers(home) == []


def test_where_systemd_refuses_it_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)  # the stand-in is a person's
    said = timer.arm(lab(hours=9), home / "kept", home, new=True)
    assert said.startswith("No timer could be set (Failed to connect to bus: No medium found)")


def test_without_systemd_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timer, "_RUNS", tmp_path / "none")
    words = "On this computer nothing ends a lab by itself"
    assert timer.sentence().startswith(words)
    assert timer.arm(lab(hours=9), tmp_path / "kept", tmp_path, new=True).startswith(words)


@pytest.fixture
def made(
    dockyard: Callable[..., Any], clone: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """A lab of nine hours that Vagrant has made, and `dockyard` in its clone."""
    (clone / "vagrant" / "lab.yaml").write_text(
        "lab:\n  name: reader\n  target: local\n  hours: 9\n", encoding="utf-8"
    )
    id_ = clone / "vagrant" / ".vagrant" / "machines" / "seat01-node1" / "docker" / "id"
    id_.parent.mkdir(parents=True)
    id_.write_text("0123456789ab", encoding="utf-8")
    monkeypatch.setattr(LocalLab, "states", lambda _: {})
    at(monkeypatch, 4_000_000_000)
    timer.arm(lab(hours=9), clone / ".dockyard" / "local" / "reader", clone, new=True)
    assert len(timers(home)) == 1
    return dockyard


def test_extend_moves_it_and_status_shows_it(
    made: Callable[..., Any], clone: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "in 9 h 00 min. A timer of this computer takes it down then." in made("status").err
    said = made("extend", "local", "2h")
    assert said.code == 0
    assert "nothing was restarted" in said.err
    assert [row["when"] for row in timers(home)] == ["2096-10-02 18:06:40 UTC"]
    # an `up` with the same words moves it back no more
    timer.arm(lab(hours=9), clone / ".dockyard" / "local" / "reader", clone, new=False)
    assert [row["when"] for row in timers(home)] == ["2096-10-02 18:06:40 UTC"]
    assert json.loads(made("status", "local", "--json").out) == {
        "lab": "reader", "expires": 4_000_000_000 + 11 * 3600, "timer": True, "machines": [],
    }  # fmt: skip
    (home / "units.json").unlink()  # a restart of the computer
    assert "No timer is set: a restart" in made("status").err
    at(monkeypatch, 4_000_000_000 + 12 * 3600)
    assert "1 h 00 min ago. Type: dockyard down local" in made("status").err
    said = made("extend", "local", "30m")
    assert (said.code, "so much more is past, too" in said.err) == (1, True)
    assert made("extend", "local", "2h").code == 0
    assert [row["when"] for row in timers(home)] == ["2096-10-02 20:06:40 UTC"]
    assert made("extend", "local", "2096-10-02", "22:30", "UTC").code == 0
    assert [row["when"] for row in timers(home)] == ["2096-10-02 22:30:00 UTC"]
    assert made("extend", "local", "1", "day").code == 0
    assert [row["when"] for row in timers(home)] == ["2096-10-03 22:30:00 UTC"]


def test_what_can_not_be_extended_here(made: Callable[..., Any], clone: Path) -> None:
    file = clone / "vagrant" / "lab.yaml"
    file.write_text(file.read_text("utf-8").replace("hours: 9", "hours: 10"), encoding="utf-8")
    said = made("extend", "local", "2h")
    assert "The description says hours 10, and the lab was made with hours 9." in said.err
    shutil.rmtree(clone / "vagrant" / ".vagrant")
    assert "local was not made yet." in made("extend", "local", "2h").err
