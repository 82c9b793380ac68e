"""How a rehearsal does not begin, and how it is ended from the shell it was looked at in."""

import os
import re
import signal
import subprocess
import sys

import pytest

from standin.rehearsed import Rehearsed, dockyard, until

pytestmark = pytest.mark.engine

REHEARSE = f"{dockyard(sys.executable)} rehearse"


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    return Rehearsed.make(tmp_path_factory.mktemp("stage"))


def test_without_a_public_key_it_ends_before_it_begins(rehearsed: Rehearsed) -> None:
    public = rehearsed.clone.home / ".ssh" / "id_ed25519.pub"
    text = public.read_text()
    public.unlink()
    said = rehearsed.type("aws-lab", "--students", "1", code=4)
    assert "The lab has no public key: nobody could enter its machines." in said
    assert f"Make one in {public.parent}: ssh-keygen -t ed25519" in said
    # no cloud was played, nothing was typed, nothing is left to be ended
    assert "Rehearsing" not in said
    assert "$ dockyard" not in said
    assert "nothing is being rehearsed" in rehearsed.type("stop")
    said = rehearsed.clone.dockyard("rehearse", "aws-lab", code=4, SUDO_USER="trainer").out
    assert "sudo ssh-keygen -t ed25519" in said
    public.write_text(text)


@pytest.mark.slow
def test_ended_from_its_own_shell_it_says_how_to_leave(rehearsed: Rehearsed) -> None:
    rehearsed.type("aws-lab", "--students", "1", "--no-machines", "--keep")
    ended = rehearsed.folder("aws-lab")
    variables = set(ended.variables())
    said = rehearsed.inside("aws-lab", _END)
    assert "Ended aws-lab: " in said.out
    assert "The folder that this shell stands in is not there any more." in said.out
    # what it says is to be typed next was typed
    assert str(rehearsed.clone.root) in said.out.splitlines()
    assert variables & {line.partition("=")[0] for line in said.out.splitlines()} == set()
    assert not ended.keeper
    assert not ended.clone.root.exists()


def test_the_students_keys_are_looked_for_that_up_makes(rehearsed: Rehearsed) -> None:
    words = ("gcp-lab", "--no-machines", "--set", "access.per_student_keys=true")
    counts = [
        re.search(r"Secrets: 0 found of (\d+) looked for", rehearsed.type(*words, *more))
        for more in (("--students", "1"), ("--students", "3"))
    ]
    one, three = (int(found[1]) for found in counts if found)
    assert three - one == 2


_END = f"""
{REHEARSE} stop 2>"$HOME/said" && cat "$HOME/said"
{REHEARSE} stop
eval "$(tail -n 1 "$HOME/said")"
pwd
env
"""


def test_a_day_whose_cloud_is_killed_proves_nothing(rehearsed: Rehearsed) -> None:
    folder = rehearsed.folder("gcp-lab")
    words = [sys.executable, "-m", "dockyard.cli", "rehearse", "gcp-lab", "--no-machines"]
    with subprocess.Popen(
        words, cwd=rehearsed.clone.root, env=rehearsed.clone.environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as day:  # fmt: skip
        until(lambda: folder.served is not None)
        os.kill(folder.keeper, signal.SIGKILL)
        said, _ = day.communicate(timeout=240)
    assert day.returncode != 0
    assert "! What played the cloud was ended meanwhile: this day proves nothing." in said
    assert "Traceback" not in said
    assert "nothing is being rehearsed" in rehearsed.type("stop")
