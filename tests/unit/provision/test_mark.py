"""The mark, and what makes a run go on after it was cut off."""

import hashlib
import json

import pytest

from standin.folder_machine import FolderMachine

KEYS = (
    *("state", "step", "reason", "hint", "docker", "compose", "buildx", "source", "system"),
    *("started", "finished", "provision", "settings"),
)


def test_the_mark_is_one_line_of_just_these_keys(machine: FolderMachine) -> None:
    machine.settings["SOURCE"] = "distribution"
    machine.call("STEP=docker; mark running")
    assert machine.text("var/lib/dockyard/result.json").count("\n") == 1
    mark = machine.mark()
    assert tuple(mark) == KEYS
    assert (mark["state"], mark["step"], mark["finished"]) == ("running", "docker", 0)
    assert (mark["source"], mark["system"]) == ("distribution", "debian bookworm amd64")
    assert mark["started"] > 1_700_000_000
    settings = (machine.folder / "settings").read_bytes()
    assert mark["settings"] == hashlib.sha256(settings).hexdigest()
    files = sorted(machine.here.iterdir())
    content = b"".join(path.read_bytes() for path in files)
    assert mark["provision"] == hashlib.sha256(content).hexdigest()[:12]


NASTY = 'a "b" \\ c\td\ne\x01 {"state":"ready"} é'


def test_any_words_can_stand_in_the_mark_and_be_read_back(machine: FolderMachine) -> None:
    (machine.folder / "words").write_text(NASTY)
    done = machine.call(f'mark failed "$(cat {machine.folder}/words)" h; marked reason')
    reason = 'a "b" \\ c d e {"state":"ready"} é'
    assert machine.mark()["reason"] == reason
    assert done.out == f"{reason}\n"


def test_a_failure_says_what_why_and_what_now_in_mark_log_and_on_stderr(
    machine: FolderMachine,
) -> None:
    done = machine.call("STEP=docker; die 6 other 'E: broken'")
    assert done.code == 6
    mark = machine.mark()
    assert mark["reason"] == "Packages cannot be installed: E: broken"
    assert "/var/log/dockyard.log" in mark["hint"]
    assert done.err == f"dockyard: docker: {mark['reason']}.\n  {mark['hint']}\n"
    assert mark["reason"] in machine.text("var/log/dockyard.log")


@pytest.mark.parametrize("code", ["false", "exit 9", "none_such_command"])
def test_an_unforeseen_end_is_marked_too(machine: FolderMachine, code: str) -> None:
    done = machine.call(f"trap finish EXIT; STEP=users; {code}")
    assert done.code == 1
    assert (machine.mark()["state"], machine.mark()["step"]) == ("failed", "users")
    assert "An unforeseen failure (code" in done.err


def test_a_run_that_is_stopped_says_so(machine: FolderMachine) -> None:
    done = machine.call("trap finish EXIT; trap 'exit 143' TERM; kill -TERM $$; sleep 1")
    assert done.code == 143
    assert machine.mark()["reason"] == "Stopped from outside"


def test_the_person_s_lost_connection_does_not_end_the_run(machine: FolderMachine) -> None:
    done = machine.call("{ say daemon; echo went on >$ROOT/on; } | :")
    assert done.code == 0
    assert machine.text("on") == "went on\n"


def test_files_settings_and_unit_are_at_home_before_anything_else(machine: FolderMachine) -> None:
    machine.settings["LAB"] = "one"
    assert machine.call("settle $FILE".replace("$FILE", f"{machine.folder}/settings")).code == 0
    assert machine.mark()["state"] == "running"
    assert (machine.state / "unfinished").exists()
    assert machine.text("var/lib/dockyard/settings") == "LAB=one\n"
    names = sorted(path.name for path in machine.here.iterdir())
    assert sorted(path.name for path in (machine.state / "provision").iterdir()) == names
    unit = machine.text("etc/systemd/system/dockyard-provision.service")
    assert "ExecStart=/bin/sh /var/lib/dockyard/provision/main.sh --boot\n" in unit


def test_a_second_settling_changes_nothing(machine: FolderMachine) -> None:
    wants = "etc/systemd/system/multi-user.target.wants/dockyard-provision.service"
    machine.call(f"settle {machine.folder}/settings; rm $STATE/unfinished; mark ready")
    assert (machine.root / wants).resolve() == machine.root.joinpath(
        "etc/systemd/system/dockyard-provision.service"
    )
    before = {path: path.lstat().st_mtime_ns for path in machine.root.rglob("*")}
    done = machine.call(f"settle {machine.folder}/settings")
    assert (done.code, done.out) == (0, "")
    assert {path: path.lstat().st_mtime_ns for path in machine.root.rglob("*")} == before


def test_new_files_take_the_place_of_old_ones(machine: FolderMachine) -> None:
    old = machine.state / "provision-old"
    old.mkdir()
    (machine.state / "provision").symlink_to("provision-old")
    machine.call("ensure_home")
    assert (machine.state / "provision" / "main.sh").is_file()
    assert not old.exists()


def test_the_mark_of_another_lab_s_settings_is_not_ready(machine: FolderMachine) -> None:
    machine.call("mark ready")
    asks = "ready_already && echo yes"
    assert machine.call(asks).out == "yes\n"
    machine.settings["LAB"] = "other"
    assert machine.call(asks).out == ""


def test_json_of_the_mark_is_json_whatever_docker_says(machine: FolderMachine) -> None:
    machine.stub("docker", "echo 28.5.2")
    machine.call("daemon_answers; mark ready")
    assert json.loads(machine.text("var/lib/dockyard/result.json"))["docker"] == "28.5.2"
