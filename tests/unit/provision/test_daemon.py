"""The daemon's settings: written when they differ, tried, and taken back when they fail."""

import pytest

from standin.folder_machine import FolderMachine

NEW = '{"debug":true}'
OLD = '{"debug":false}'
JSON = "etc/docker/daemon.json"


@pytest.fixture
def machine(machine: FolderMachine) -> FolderMachine:
    """A daemon that answers as long as it was not given bad settings."""
    machine.settings["DAEMON"] = NEW
    machine.stub("docker", "echo 28.5.2")
    machine.stub("dockerd", "case $* in --help) echo --validate ;; esac")
    return machine


def refusing(machine: FolderMachine) -> None:
    """From its next restart on the daemon is down while the new settings are there."""
    machine.stub("docker", f"! grep -q true {machine.root}/{JSON} 2>/dev/null && echo 28.5.2")
    machine.stub("systemctl", f"case $1 in is-failed) grep -q true {machine.root}/{JSON} ;; esac")
    machine.stub(
        "journalctl", "echo 'starting up'; echo 'failed to start daemon: no debug'; echo x"
    )


def test_settings_are_written_before_the_first_daemon_starts(machine: FolderMachine) -> None:
    done = machine.call("ensure_settings; NEW_DOCKER=yes; ensure_daemon")
    assert done.code == 0
    assert machine.text(JSON) == f"{NEW}\n"
    assert not [call for call in done.calls if "restart" in call]
    # it has read them itself
    assert "dockerd --validate" not in "\n".join(done.calls)


def test_the_same_settings_mean_no_write_and_no_restart(machine: FolderMachine) -> None:
    machine.file(JSON, f"{NEW}\n")
    done = machine.call("ensure_settings; ensure_daemon")
    assert (done.code, done.out) == (0, "")
    assert not [call for call in done.calls if "restart" in call]


def test_other_settings_restart_a_running_daemon_and_are_kept_aside(machine: FolderMachine) -> None:
    machine.file(JSON, f"{OLD}\n")
    done = machine.call("ensure_settings; ensure_daemon")
    assert "systemctl restart docker" in done.calls
    assert machine.text(JSON) == f"{NEW}\n"
    assert machine.text(f"{JSON}.before") == f"{OLD}\n"
    assert not (machine.state / "daemon.json").exists()


def test_settings_that_do_not_pass_are_taken_back_before_any_restart(
    machine: FolderMachine,
) -> None:
    machine.file(JSON, f"{OLD}\n")
    machine.stub(
        "dockerd", "case $1 in --help) echo --validate ;; *) echo 'no key debug'; exit 1 ;; esac"
    )
    done = machine.call("STEP=daemon; ensure_settings; ensure_daemon")
    assert done.code == 7
    assert "Docker refuses its new settings, the old ones are back: no key debug." in done.err
    assert machine.text(JSON) == f"{OLD}\n"
    assert not (machine.state / "daemon.json").exists()


@pytest.mark.parametrize("before", [f"{OLD}\n", ""])
def test_a_daemon_that_does_not_come_up_gets_its_old_settings_back(
    machine: FolderMachine, before: str
) -> None:
    machine.stub("dockerd")
    if before:
        machine.file(JSON, before)
    refusing(machine)
    done = machine.call("ensure_settings; ensure_daemon")
    assert done.code == 7
    assert "the old ones are back: failed to start daemon: no debug." in done.err
    assert done.calls.count("systemctl restart docker") == 2
    assert [path.read_text() for path in machine.root.glob(JSON)] == [before] * bool(before)


def test_settings_that_a_cut_off_run_left_untried_are_tried(machine: FolderMachine) -> None:
    machine.file(JSON, f"{NEW}\n")
    machine.file("var/lib/dockyard/daemon.json", f"{OLD}\n")
    refusing(machine)
    machine.stub("dockerd")
    assert machine.call("ensure_settings; ensure_daemon").code == 7
    assert machine.text(JSON) == f"{OLD}\n"


def test_a_stopped_daemon_is_started_and_enabled(machine: FolderMachine) -> None:
    machine.file(JSON, f"{NEW}\n")
    machine.stub("docker", f"[ -e {machine.folder}/up ] && echo 28.5.2")
    machine.stub(
        "systemctl", f"case $1 in enable) : >{machine.folder}/up ;; is-failed) exit 1 ;; esac"
    )
    done = machine.call("ensure_daemon")
    assert (done.code, done.out) == (0, "dockyard: start: starting Docker\n")
    assert "systemctl enable --now docker" in done.calls


def test_a_daemon_that_stays_down_is_said_with_its_own_last_word(machine: FolderMachine) -> None:
    machine.file(JSON, f"{NEW}\n")
    machine.stub("docker", "exit 1")
    machine.stub("systemctl", "case $1 in is-failed) exit 1 ;; esac")
    machine.stub("journalctl", "echo 'level=fatal msg=\"no space\"'; echo 'Main process exited'")
    done = machine.call("STEP=daemon; ensure_daemon")
    assert done.code == 7
    assert machine.mark()["reason"] == 'Docker does not answer: level=fatal msg="no space"'
    assert done.calls.count("sleep 1") == 20


def test_run_alone_from_the_project_s_folder_it_has_the_defaults(
    machine: FolderMachine,
) -> None:
    del machine.settings["DAEMON"]
    assert machine.call("ensure_settings").out == ""
    defaults = machine.folder / "here"
    defaults.mkdir()
    for path in machine.here.iterdir():
        (defaults / path.name).symlink_to(path)
    (defaults / "daemon.json").write_text(NEW)
    machine.here = defaults
    machine.call("ensure_settings")
    assert machine.text(JSON) == f"{NEW}\n"
