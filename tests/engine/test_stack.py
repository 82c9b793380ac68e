"""One stack on the real engine: its life, and everything that goes wrong with it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dockyard.engine import states
from dockyard.engine.events import Event, Said, Step
from dockyard.engine.failures import EngineError
from dockyard.engine.locks import LockedError
from dockyard.engine.workspace import PendingError, Stack, open_stack
from dockyard.errors import DockyardError, HostError
from dockyard.project import Project

pytestmark = pytest.mark.engine


def ignore(_: Event) -> None:
    """For who does not look."""


def eventually(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


class InBackground(threading.Thread):
    """An `up` that something happens to meanwhile."""

    def __init__(self, stack: Stack, **more: str) -> None:
        super().__init__()
        self.stack, self.more = stack, more
        self.error: DockyardError | None = None
        self.start()

    def run(self) -> None:
        try:
            self.stack.up(ignore, self.more)
        except DockyardError as error:
            self.error = error


def killed(stack: Stack, cloud: Path) -> None:
    """Leaves a stack as an engine does that was killed when the cloud was making three things."""
    work = InBackground(stack, SECONDS_EACH="3")
    eventually(lambda: len(list(cloud.iterdir())) == 3)
    lock = stack.lock()
    assert lock is not None
    os.kill(lock.pid, signal.SIGKILL)
    work.join(20)
    assert "was killed in the middle of its work on aws-lab" in str(work.error)


def test_up_says_what_it_makes_by_seat_and_a_second_up_changes_nothing(
    stack: Stack, cloud: Path
) -> None:
    seen: list[Event] = []
    made = stack.up(seen.append, {"SECONDS_EACH": "1"})
    done = {e.name: e for e in seen if isinstance(e, Step) and e.phase == "done"}
    assert done["seat02-thing"].seat == "seat02"
    assert done["seat02-thing"].operation == "create"
    assert done["seat02-thing"].type == "slow:index:Thing"
    assert 1 <= done["seat02-thing"].seconds < 10
    assert made.changes == {"create": 7}
    assert len(list(cloud.iterdir())) == 3
    assert stack.up(ignore).changes == {"same": 7}
    assert stack.preview(ignore).changes == {"same": 7}
    assert stack.refresh(ignore).changes == {"same": 7}


def test_outputs_have_secrets_and_the_state_has_them_encrypted(stack: Stack) -> None:
    stack.up(ignore)
    assert stack.outputs() == {"students": 3, "word": "swordfish"}
    assert "swordfish" not in str(stack.export())


def test_destroy_leaves_nothing_and_remove_leaves_the_file_as_it_was(
    stack: Stack, cloud: Path
) -> None:
    file = stack.project.stacks / "Pulumi.aws-lab.yaml"
    assert "encryptionsalt" in file.read_text()
    stack.up(ignore)
    stack.destroy(ignore)
    assert list(cloud.iterdir()) == []
    stack.remove()
    assert file.read_text() == Path("stacks/Pulumi.aws-lab.yaml").read_text()
    with pytest.raises(DockyardError, match=r"stack aws-lab was not made yet") as error:
        stack.preview(ignore)
    assert error.value.hint == "Make it: make ready-aws-lab"


def test_the_programs_own_sentence_comes_alone_with_its_own_hint(stack: Stack) -> None:
    with pytest.raises(EngineError) as error:
        stack.up(ignore, {"FAULT": "sentence"})
    assert str(error.value) == "The description asks for too much.\n  Ask for less."


def test_a_bug_in_the_program_is_one_sentence(stack: Stack) -> None:
    with pytest.raises(
        EngineError, match=r"^The program failed: ZeroDivisionError: a bug"
    ) as error:
        stack.up(ignore, {"FAULT": "bug"})
    assert "Traceback" not in str(error.value)
    assert "__main__.py" in error.value.message


def test_what_a_program_prints_is_said(stack: Stack) -> None:
    seen: list[Event] = []
    stack.preview(seen.append, {"FAULT": "print"})
    assert "printed by the program" in [e.text for e in seen if isinstance(e, Said)]


def test_a_refusal_of_the_cloud_names_what_was_refused(stack: Stack) -> None:
    with pytest.raises(EngineError) as error:
        stack.up(ignore, {"FAULT": "refused"})
    assert "seat01-thing: The quota of things is used up: 3 of 3." in error.value.message
    assert "update failed" not in error.value.message
    assert "pulumi.log" in error.value.hint


def test_missing_credentials(stack: Stack, cloud: Path) -> None:
    (cloud / "no-credentials").touch()
    with pytest.raises(HostError, match="AWS knows no credentials") as error:
        stack.up(ignore)
    assert "aws configure" in error.value.hint


def test_missing_provider(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")
    with pytest.raises(HostError, match="provider `nosuch` is not on this computer") as error:
        stack.up(ignore, {"FAULT": "provider"})
    assert error.value.hint == "With network: pulumi plugin install resource nosuch"


def test_wrong_passphrase(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.up(ignore)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "another one")
    with pytest.raises(HostError, match="The passphrase is not the one"):
        open_stack(stack.project, "aws-lab").up(ignore)


def test_lost_passphrase_file(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "/nowhere")
    with pytest.raises(HostError, match="The passphrase cannot be read: open /nowhere"):
        open_stack(stack.project, "aws-lab").up(ignore)


def test_engine_of_the_wrong_version(stack: Stack) -> None:
    settings = stack.project.root / "Pulumi.yaml"
    lines = [x for x in settings.read_text().splitlines() if "requiredPulumiVersion" not in x]
    settings.write_text("\n".join([*lines, 'requiredPulumiVersion: ">=3.999.0"', ""]))
    with pytest.raises(HostError, match="is not a version that this project can use"):
        stack.up(ignore)


def test_a_second_up_is_told_who_has_the_stack(stack: Stack, cloud: Path) -> None:
    work = InBackground(stack, SECONDS_EACH="4")
    eventually(lambda: len(list(cloud.iterdir())) == 3)
    with pytest.raises(LockedError, match="is being worked on by") as error:
        stack.up(ignore)
    assert error.value.lock is not None
    assert error.value.lock.alive is True
    assert error.value.hint == "Let it end, then type this again."
    with pytest.raises(LockedError):
        stack.cancel()
    work.join(20)
    assert work.error is None
    assert stack.lock() is None


def test_after_a_kill_up_unlocks_and_makes_nothing_new(
    stack: Stack, cloud: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    killed(stack, cloud)
    assert stack.lock() is not None
    with pytest.raises(PendingError) as error:
        stack.up(ignore)
    assert "! Unlocked aws-lab: " in capsys.readouterr().err
    assert stack.lock() is None
    assert {one.name for one in error.value.pending} == {f"seat0{n}-thing" for n in (1, 2, 3)}
    assert "creating slow:index:Thing seat01-thing" in error.value.message
    assert error.value.pending[0].inputs["seconds"] == 3
    assert len(list(cloud.iterdir())) == 3
    assert error.value.hint.endswith("dockyard recover aws-lab")


def test_a_lock_whose_number_another_program_has_now_is_stale(stack: Stack, cloud: Path) -> None:
    killed(stack, cloud)
    (file,) = states.locks(stack.ready.settings.backend, "aws-lab")
    lock = json.loads(file.read_text()) | {"pid": os.getpid()}
    file.write_text(json.dumps(lock))
    with pytest.raises(PendingError):
        stack.up(ignore)


def test_a_lock_of_another_computer_is_left_alone(stack: Stack, cloud: Path) -> None:
    killed(stack, cloud)
    (file,) = states.locks(stack.ready.settings.backend, "aws-lab")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"hostname": "elsewhere"}))
    with pytest.raises(LockedError, match=r"is locked by .*@elsewhere") as error:
        stack.up(ignore)
    assert error.value.hint == "If that one is gone: dockyard recover aws-lab --take-over"
    stack.cancel()
    assert stack.lock() is None


def test_a_killed_engine_leaves_no_process(stack: Stack, cloud: Path) -> None:
    killed(stack, cloud)
    eventually(lambda: not processes_in(stack.project))


def test_ctrl_c_lets_the_cloud_finish_what_it_makes(
    stack: Stack, cloud: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def press() -> None:
        eventually(lambda: len(list(cloud.iterdir())) == 3)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        stack.up(ignore, {"SECONDS_EACH": "2"})
    assert "Pulumi ends what it has begun and begins nothing new." in capsys.readouterr().err
    assert stack.pending() == ()
    assert stack.lock() is None
    assert processes_in(stack.project) == []
    assert stack.up(ignore).changes["same"] >= 3
    assert len(list(cloud.iterdir())) == 3


def test_the_engine_comes_to_its_end_when_nobody_can_be_shown_anything(
    stack: Stack, cloud: Path
) -> None:
    def broken(_: Event) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        stack.up(broken, {"SECONDS_EACH": "1"})
    assert stack.pending() == ()
    assert len(list(cloud.iterdir())) == 3


def test_the_engine_comes_to_its_end_when_its_caller_is_killed(stack: Stack, cloud: Path) -> None:
    code = (
        "from pathlib import Path; from dockyard.project import Project\n"
        "from dockyard.engine.workspace import open_stack\n"
        "open_stack(Project(Path.cwd()), 'aws-lab').up(print, {'SECONDS_EACH': '2'})"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", code], cwd=stack.project.root, stdout=subprocess.PIPE
    )
    eventually(lambda: len(list(cloud.iterdir())) == 3)
    caller.kill()
    caller.communicate()
    assert stack.lock() is not None
    eventually(lambda: stack.lock() is None)
    assert stack.pending() == ()
    assert stack.up(ignore).changes == {"same": 7}
    assert list(stack.project.kept("aws-lab").glob("events.*")) == []


def test_a_second_ctrl_c_ends_the_engine_at_once_and_the_next_up_says_what_is_open(
    stack: Stack, cloud: Path
) -> None:
    def press_twice() -> None:
        eventually(lambda: len(list(cloud.iterdir())) == 3)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press_twice).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stack.up(ignore, {"SECONDS_EACH": "30"})
    assert time.monotonic() - start < 20
    with pytest.raises(PendingError):
        stack.up(ignore)


def processes_in(project: Project) -> list[str]:
    """Language hosts and programs that work in a clone."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == project.root:
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return [command for command in found if "dockyard/engine" in command.replace(".", "/")]
