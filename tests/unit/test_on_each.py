"""`dockyard exec` and `copy`: the machines are ssh servers in this process, with a real shell."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from dockyard.commands import target
from dockyard.results import Reachable
from standin.ssh_machine import machine, shell

Type = Callable[..., Any]
HOSTS = ("seat01-node1", "seat02-node1", "seat03-node1")


@dataclass(frozen=True)
class Lab:
    """Three seats, of which `down` do not run."""

    kept: Path
    way: Reachable
    down: tuple[str, ...] = ()
    hosts: tuple[str, ...] = HOSTS

    def reachable(self, hosts: Sequence[str]) -> tuple[Reachable, ...]:
        ways = (replace(self.way, host=host, user=host) for host in self.hosts)
        return tuple(way for way in ways if way.host in {*hosts} - {*self.down})


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    with machine(tmp_path, shell) as way:

        def make(*down: str) -> None:
            monkeypatch.setattr(target, "any_lab", lambda *_: Lab(tmp_path, way, down))
            monkeypatch.setattr(
                target, "chosen", lambda lab, words: [one for one in lab.hosts if one in words]
            )

        make()
        yield make


@pytest.mark.usefixtures("lab")
def test_what_failed_is_typed_again_for_those_alone(dockyard: Type) -> None:
    seen = dockyard("exec", "local", "--", 'echo "{$LOGIN}"; test $LOGIN != seat02-node1')
    assert seen.code == 5
    # what the machines said is on stdout, and nothing else
    assert sorted(seen.out.splitlines()) == [f"{host}: {{{host}}}" for host in HOSTS]
    assert "seat02-node1: exit 1\n" in seen.err
    assert "✗ 1" in seen.err
    assert "1 of 3 failed: seat02-node1" in seen.err
    again = seen.err.splitlines()[-1].partition("Only those again: dockyard ")[2]
    seen = dockyard(*shlex.split(again))
    assert seen.code == 5
    assert seen.out == "seat02-node1: {seat02-node1}\n"


@pytest.mark.usefixtures("lab")
def test_gathered_is_what_several_say_alike(dockyard: Type) -> None:
    command = "test $LOGIN = seat02-node1 && echo other >&2 || echo 28.5"
    seen = dockyard("exec", "local", "--gather", command)
    assert seen.code == 0
    assert seen.out == "--- seat02-node1\nother\n--- seat01-node1, seat03-node1\n28.5\n"


@pytest.mark.usefixtures("lab")
def test_a_script_is_given_to_all(dockyard: Type, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("read -r _ <<-X\n\tx\nX\necho $LOGIN $0")
    seen = dockyard("exec", "local", "--input", str(script), "--", "sh", "-s")
    assert seen.code == 0
    assert sorted(seen.out.splitlines()) == [f"{host}: {host} sh" for host in HOSTS]
    script.write_bytes(b"\xff")
    seen = dockyard("exec", "local", "--input", str(script), "--", "sh", "-s")
    assert seen.code == 2
    assert "is no text." in seen.err


def test_one_that_does_not_run_was_not_reached(dockyard: Type, lab: Callable[..., None]) -> None:
    lab("seat03-node1")
    seen = dockyard("exec", "local", "--json", "--", "echo hello")
    assert seen.code == 5
    found = json.loads(seen.out)
    assert [(one["host"], one["out"], one["reached"]) for one in found] == [
        ("seat01-node1", "hello\n", True),
        ("seat02-node1", "hello\n", True),
        ("seat03-node1", "", False),
    ]


@pytest.mark.usefixtures("lab")
def test_a_terminal_gets_no_control_characters(
    dockyard: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = r"printf 'a\tb \033]0;title\007 one\rother\n'"
    assert "\x1b]0;title" in dockyard("exec", "local", evil).out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    seen = dockyard("exec", "local", "--only", "seat01-node1", evil)
    assert seen.out == "seat01-node1: a\tb ·]0;title· one·other\n"


@pytest.mark.usefixtures("lab")
def test_a_copy_that_fails_says_where_and_why(dockyard: Type, tmp_path: Path) -> None:
    file, place = tmp_path / "file", tmp_path / "none" / "here"
    file.write_text("text")
    seen = dockyard("copy", "local", str(file), "--to", str(place))
    assert seen.code == 5
    assert f"seat01-node1: {place}: No such file or directory" in seen.err
    again = seen.err.splitlines()[-1].partition("Only those again: dockyard ")[2]
    place.parent.mkdir()
    assert dockyard(*shlex.split(again)).code == 0
    assert place.read_text() == "text"


@pytest.mark.usefixtures("lab")
def test_a_quoted_tilde_is_the_logins_home(
    dockyard: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("text")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)  # of the servers
    for place in ("~", "~/other"):
        assert dockyard("copy", "local", str(tmp_path / "file"), "--to", place).code == 0
    assert sorted(one.name for one in home.iterdir()) == ["file", "other"]
