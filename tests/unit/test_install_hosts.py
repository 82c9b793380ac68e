"""`dockyard install`: who is named, and what became of each."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dockyard.commands import install
from dockyard.fleet import Answer, Command

HOSTS = {
    "10.0.0.4": ("10.0.0.4", 22, "me"),
    "student@vm.example": ("vm.example", 22, "student"),
    "root@vm.example:2222": ("vm.example", 2222, "root"),
    "root@[fe80::1]:2222": ("fe80::1", 2222, "root"),
    "[fe80::1%eth0]": ("fe80::1%eth0", 22, "me"),
}


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_is_user_address_and_port(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "me")
    one = install.reachable(host, None)
    assert (one.address, one.port, one.user) == HOSTS[host]


@pytest.mark.parametrize(
    "words",
    [("a b",), ("x@y@z",), ("vm:port",), ("vm:0",), ("vm:65536",), ("2001:db8::5",), ("u@-x",)],
)
def test_what_is_no_host_is_named(words: tuple[str, ...], dockyard: Callable[..., Any]) -> None:
    seen = dockyard("install", *words)
    assert seen.code == 2
    assert f"{words[0]} is no host." in seen.err


def test_no_host_is_a_sentence(dockyard: Callable[..., Any]) -> None:
    seen = dockyard("install", "--", "--lean")
    assert seen.code == 2
    assert "No host was named." in seen.err


def test_hosts_of_a_file_are_asked_once_each(
    tmp_path: Path, dockyard: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def note(_: Path, machines: Any, options: Any) -> list[install.Outcome]:  # noqa: ANN401
        asked.extend(([one.host for one in machines], options))
        return []

    monkeypatch.setattr(install, "install", note)
    (tmp_path / "hosts").write_text("# room 12\nroot@a\nroot@b  # the window\n\nroot@a\n")
    seen = dockyard("install", "root@c", "--from", str(tmp_path / "hosts"), "--", "--lean")
    assert seen.code == 0
    assert asked == [["root@c", "root@a", "root@b"], ("--lean",)]


def test_a_wrong_line_of_a_file_is_named(tmp_path: Path, dockyard: Callable[..., Any]) -> None:
    (tmp_path / "hosts").write_text("root@a\nweb1 ansible_host=10.0.0.4\n")
    seen = dockyard("install", "--from", str(tmp_path / "hosts"))
    assert seen.code == 2
    assert "hosts, line 2: web1 ansible_host=10.0.0.4 is no host." in seen.err
    assert "root@[2001:db8::5]" in seen.err


def test_a_file_that_windows_wrote(
    tmp_path: Path, dockyard: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        install, "install", lambda _, machines, __: asked.extend(m.host for m in machines) or []
    )
    (tmp_path / "hosts").write_bytes(b"\xef\xbb\xbfroot@a # x\r\n\r\nroot@b\r\n")
    assert dockyard("install", "--from", str(tmp_path / "hosts")).code == 0
    assert asked == ["root@a", "root@b"]


def test_one_machine_that_is_written_twice_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "root")
    hosts = ["a", "root@a", "root@A:22", "root@a:23", "guest@a"]
    found = install.each_once(install.reachable(host, None) for host in hosts)
    assert [one.host for one in found] == ["a", "root@a:23", "guest@a"]


@pytest.mark.parametrize(
    "options",
    [
        ("--proxy", "http://me:secret@proxy:3128"),
        ("--proxy=http://me:secret@proxy:3128",),
        ("--mirror", "https://me:secret@mirror"),
        ("--login", "me:secret"),
        ("--login=me:secret@registry:5000",),
    ],
)
def test_a_password_is_no_option(
    options: tuple[str, ...], dockyard: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "install", lambda *_: pytest.fail("it went on"))
    seen = dockyard("install", "root@a", "--", *options)
    assert seen.code == 2
    assert "ps shows" in seen.err
    assert "secret" not in seen.err


@pytest.mark.parametrize(
    "options",
    [("--login", "me@registry:5000"), ("--proxy", "http://proxy:3128"), ("--mirror", "http://m")],
)
def test_what_holds_no_password_is_one(options: tuple[str, ...]) -> None:
    install.refuse_secrets(options)


READY = {"state": "ready", "docker": "29.7.2", "system": "debian trixie amd64", "seconds": 3}
ANSWERS: dict[str, tuple[Answer, tuple[str, str, bool]]] = {
    "ready": (Answer("h", 0, json.dumps(READY)), ("ready", "", True)),
    "failed": (
        Answer("h", 5, json.dumps({"state": "failed", "reason": "No route"})),
        ("failed", "No route", False),
    ),
    "no result": (
        Answer("h", 2, "", "install-docker: start: This is not understood: --x.\n  Type: y\n"),
        ("failed", "install-docker: start: This is not understood: --x. Type: y", False),
    ),
    "sudo": (
        Answer("h", 1, "", "sudo: a password is required\n"),
        (
            "failed",
            "sudo: a password is required (log in as root, or allow sudo without a password)",
            False,
        ),
    ),
    "away": (
        Answer("h", problem="not reached: no", reached=False),
        ("unreachable", "not reached: no", False),
    ),
    "nonsense": (Answer("h", 0, "[]\n{"), ("failed", "it said nothing", False)),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_becomes_an_outcome(kind: str) -> None:
    answer, expected = ANSWERS[kind]
    found = install.outcome(answer)
    assert (found.state, found.reason, found.ok) == expected


def test_who_answers_with_another_key_is_said_with_what_to_do() -> None:
    problem = "its host key is not the one in /k: something else may answer there; `dockyard down`"
    found = install.outcome(Answer("h", problem=problem))
    assert found.reason.endswith("Was it set up anew? Then take its line out of that file")


def test_a_file_that_is_named_twice_goes_along_twice(tmp_path: Path) -> None:
    names, parcel = tmp_path / "images.txt", tmp_path / "parcel"
    names.write_text("alpine:3\n")
    parcel.mkdir()
    assert install._packed(parcel, ["--images", str(names), f"--images={names}"]) == [
        *("--images", "parcel/images", "--images=parcel/images-")
    ]


def test_files_that_options_name_go_along(tmp_path: Path) -> None:
    names, debs, parcel = tmp_path / "images.txt", tmp_path / "debs", tmp_path / "parcel"
    names.write_text("alpine:3\n")
    debs.mkdir()
    (debs / "SHA256SUMS").write_text("")
    parcel.mkdir()
    words = [
        "--images",
        str(names),
        "--lean",
        f"--repo-dir={debs}",
        "--daemon-json",
        "/theirs.json",
    ]
    assert install._packed(parcel, words) == [
        *("--images", "parcel/images", "--lean"),
        *("--repo-dir=parcel/repo-dir", "--daemon-json", "/theirs.json"),
    ]
    assert (parcel / "images").read_text() == "alpine:3\n"
    assert (parcel / "repo-dir" / "SHA256SUMS").exists()


@pytest.mark.parametrize(
    ("options", "given"),
    [(("--login", "me"), "of-me\n"), (("--login=me",), "of-me\n"), (("--lean",), "")],
)
def test_a_login_s_password_is_read_once(
    options: tuple[str, ...], given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("of-me\nanother line\n"))
    assert install._password(options) == given


def test_what_is_given_is_in_no_word_that_is_shown() -> None:
    assert "of-me" not in repr(Command("sh x", "of-me\n"))
