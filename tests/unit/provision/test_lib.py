"""Settings, sentences, files: what every step stands on."""

import fcntl

import pytest

from standin.folder_machine import FolderMachine


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SOURCE", "snap"),
        ("USERS", "student -x"),
        ("USERS", "Student"),
        ("HOSTNAME", "-n"),
        ("HOSTS", "10.0.0.1 a;reboot"),
        ("VERSION", "28.5-1"),
        ("MIRROR", "file:///etc"),
        ("MIRROR_KEY", "9DC8"),
        ("LANGUAGE", "de"),
        ("DAEMON", "{"),
        ("COLOR", "blue"),
        ("AUTHORIZED_KEYS", "ssh-rsa \N{LATIN SMALL LETTER E WITH ACUTE}"),
    ],
)
def test_a_setting_that_is_not_understood_is_named_and_refused(
    one_machine: FolderMachine, key: str, value: str
) -> None:
    one_machine.settings[key] = value
    done = one_machine.main()
    assert done.code == 2
    assert f"This is not understood: {key}={value}." in done.err
    assert "Correct it" in done.err
    assert one_machine.mark()["state"] == "failed"


def test_settings_are_looked_at_and_never_run(machine: FolderMachine) -> None:
    value = '{"a":"$(touch gone) `touch gone` \\\\ \'x\'"}'
    machine.settings["DAEMON"] = value
    done = machine.call("setting DAEMON; setting VERSION 1; setting HOSTNAME")
    assert (done.code, done.out) == (0, f"{value}\n1\n\n")
    assert not (machine.folder / "gone").exists()


def test_a_missing_settings_file_is_named(machine: FolderMachine) -> None:
    done = machine.run(["-c", f"HERE={machine.here}; set -- /none; . {machine.here}/main.sh"])
    assert done.code == 2
    assert "The settings file /none cannot be read." in done.err


def test_an_unknown_option_is_named(machine: FolderMachine) -> None:
    done = machine.main("--bot")
    assert done.code == 2
    assert "This is not understood: --bot." in done.err
    assert not (machine.state / "result.json").exists()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "naming this machine a {2} b"), ("fr", "cette machine reçoit le nom a {2} b")],
)
def test_sentences_are_in_the_lab_s_language(
    machine: FolderMachine, language: str, sentence: str
) -> None:
    machine.settings["LANGUAGE"] = language
    assert machine.call("message hostname 'a {2} b'").out == f"{sentence}\n"


def test_a_block_is_added_changed_and_taken_away(machine: FolderMachine) -> None:
    machine.file("f", "first\n")
    machine.call("ensure_block $ROOT/f 'a\nb' hosts")
    assert machine.text("f") == "first\n# dockyard: begin\na\nb\n# dockyard: end\n"
    with (machine.root / "f").open("a") as file:
        file.write("last\n")
    machine.call("ensure_block $ROOT/f c hosts")
    assert machine.text("f") == "first\nlast\n# dockyard: begin\nc\n# dockyard: end\n"
    machine.call("ensure_block $ROOT/f '' hosts")
    assert machine.text("f") == "first\nlast\n"


def test_a_block_that_is_there_is_left_alone(machine: FolderMachine) -> None:
    machine.file("f", "first\n# dockyard: begin\na\n# dockyard: end\n")
    done = machine.call("ensure_block $ROOT/f a hosts")
    assert done.out == ""
    assert not (machine.state / "unfinished").exists()


def test_a_block_without_its_end_takes_nothing_with_it(machine: FolderMachine) -> None:
    machine.file("f", "first\n# dockyard: begin\na\nb\nmine\n")
    machine.call("ensure_block $ROOT/f 'a\nb' hosts")
    assert machine.text("f") == "first\na\nb\nmine\n# dockyard: begin\na\nb\n# dockyard: end\n"
    machine.file("f", "# dockyard: begin\na\nmine\n# dockyard: begin\na\n# dockyard: end\nlast\n")
    machine.call("ensure_block $ROOT/f c hosts")
    assert machine.text("f") == "a\nmine\nlast\n# dockyard: begin\nc\n# dockyard: end\n"


def test_a_block_without_its_beginning_takes_nothing_with_it(machine: FolderMachine) -> None:
    machine.file("f", "a\n# dockyard: end\nmine\n")
    machine.call("ensure_block $ROOT/f b hosts")
    assert machine.text("f") == "a\nmine\n# dockyard: begin\nb\n# dockyard: end\n"


def test_a_file_that_cannot_be_replaced_is_written_into(machine: FolderMachine) -> None:
    machine.file("etc/hosts", "old\n")
    machine.stub("mv", "exit 1")
    assert machine.call("replace $ROOT/etc/hosts new").code == 0
    assert machine.text("etc/hosts") == "new\n"
    assert not (machine.root / "etc/hosts.new").exists()


def test_a_second_run_waits_for_the_first_a_bounded_time(machine: FolderMachine) -> None:
    machine.environment["LOCK_WAIT"] = "3"
    with machine.file("run/dockyard.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = machine.call("take_lock")
    assert done.code == 4
    assert done.out == "dockyard: start: waiting for another run\n"
    assert "Another run takes too long." in done.err
    assert done.calls.count("sleep 1") == 3
    assert machine.call("take_lock").code == 0
