"""From nothing to a plain `pulumi up`, in a clone that stays clean."""

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dockyard.engine import committed, settings
from dockyard.engine.ready import main, ready
from dockyard.engine.workspace import open_stack
from dockyard.errors import HostError
from dockyard.project import Project

pytestmark = pytest.mark.engine


def typed(project: Project, line: str) -> str:
    """A line typed in a new shell, after the one line that `make ready-aws` tells."""
    done = subprocess.run(
        ["sh", "-c", f". .dockyard/env && {line}"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout


def test_plain_pulumi_works_and_git_status_stays_clean(
    project: Project, git: Callable[..., str]
) -> None:
    file = project.stacks / "Pulumi.aws-lab.yaml"
    ready(project, "aws-lab")
    assert git(project.root, "status", "--short", "stacks") == ""
    assert "+ 7 created" in typed(project, "pulumi up -y -s aws-lab")
    assert "7 unchanged" in typed(project, "pulumi up -y -s aws-lab")
    assert git(project.root, "status", "--short", "stacks") == ""
    assert "encryptionsalt" in file.read_text()
    assert "encryptionsalt" not in git(project.root, "diff", "HEAD")
    typed(project, "pulumi destroy -y -s aws-lab")
    assert git(project.root, "status", "--short", "stacks") == ""


def test_a_persons_edit_shows_and_is_not_staged(project: Project, git: Callable[..., str]) -> None:
    ready(project, "aws-lab")
    file = project.stacks / "Pulumi.aws-lab.yaml"
    file.write_text(file.read_text().replace("students: 3", "students: 4"))
    ready(project, "aws-lab")
    assert git(project.root, "status", "--short", "stacks") == " M stacks/Pulumi.aws-lab.yaml\n"
    changed = [x for x in git(project.root, "diff").splitlines() if x.startswith(("+ ", "- "))]
    assert changed == ["-    students: 3", "+    students: 4"]


def test_a_file_that_a_person_took_back_is_clean_after_the_next_command(
    project: Project, git: Callable[..., str]
) -> None:
    stack = open_stack(project, "aws-lab")
    stack.up(lambda _: None)
    git(project.root, "checkout", "--", "stacks/Pulumi.aws-lab.yaml")
    open_stack(project, "aws-lab").destroy(lambda _: None)
    assert "encryptionsalt" in (project.stacks / "Pulumi.aws-lab.yaml").read_text()
    assert git(project.root, "status", "--short", "stacks") == ""


def test_a_file_that_a_person_took_back_is_clean_after_plain_pulumi(
    project: Project, git: Callable[..., str]
) -> None:
    ready(project, "aws-lab")
    file = project.stacks / "Pulumi.aws-lab.yaml"
    locked = file.read_text()
    file.write_text(locked.replace("students: 3", "students: 4"))
    assert "+ 9 created" in typed(project, "pulumi up -y -s aws-lab")
    git(project.root, "checkout", "--", "stacks/Pulumi.aws-lab.yaml")
    assert file.read_text() == locked
    typed(project, "pulumi destroy -y -s aws-lab")
    assert file.read_text() == locked
    assert git(project.root, "status", "--short", "stacks") == ""


def test_a_file_edited_before_it_was_made_ready_and_back_is_clean(
    project: Project, git: Callable[..., str]
) -> None:
    file = project.stacks / "Pulumi.aws-lab.yaml"
    file.write_text(file.read_text().replace("students: 3", "students: 4"))
    ready(project, "aws-lab")
    assert git(project.root, "status", "--short", "stacks") == " M stacks/Pulumi.aws-lab.yaml\n"
    file.write_text(file.read_text().replace("students: 4", "students: 3"))
    assert "encryptionsalt" in file.read_text()
    assert git(project.root, "status", "--short", "stacks") == ""


def test_a_new_home_needs_no_passphrase_of_a_stack_that_is_gone(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ready(project, "aws-lab")
    file = project.stacks / "Pulumi.aws-lab.yaml"
    before = file.read_text()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    ready(project, "aws-lab")
    assert file.read_text() != before
    assert "+ 7 created" in typed(project, "pulumi up -y -s aws-lab")


def test_states_that_are_not_there_are_named_with_what_to_type(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}/gone")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
    with pytest.raises(HostError, match="are not where PULUMI_BACKEND_URL says") as refused:
        ready(project, "aws-lab")
    assert "make ready-aws" in refused.value.hint


def test_secrets_of_a_file_keep_the_line_that_they_are_locked_with(project: Project) -> None:
    file = project.stacks / "Pulumi.aws-lab.yaml"
    text = file.read_text() + "  dockyard:word:\n    secure: v1:a:b\nencryptionsalt: v1:c:d\n"
    file.write_text(text)
    committed.take_out(project, "aws-lab")
    assert file.read_text() == text


def test_a_pull_that_changes_the_example_meets_no_conflict(
    project: Project, git: Callable[..., str], tmp_path: Path
) -> None:
    upstream = tmp_path / "upstream"
    git(project.root, "clone", "-q", str(project.root), str(upstream))
    theirs = upstream / "stacks" / "Pulumi.aws-lab.yaml"
    theirs.write_text(theirs.read_text().replace("students: 3", "students: 4"))
    git(upstream, "commit", "-q", "-a", "-m", "Four students")
    ready(project, "aws-lab")
    assert "+ 7 created" in typed(project, "pulumi up -y -s aws-lab")
    git(project.root, "pull", "-q", str(upstream))
    assert "+ 2 created" in typed(project, "pulumi up -y -s aws-lab")
    ready(project, "aws-lab")
    assert git(project.root, "status", "--short", "stacks") == ""


def test_the_second_time_says_nothing_new(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project.root)
    assert main(["aws"]) == 0
    first = capsys.readouterr().err
    assert "Made the stack aws-lab." in first
    assert "The passphrase of their secrets is" in first
    assert main(["aws"]) == 0
    second = capsys.readouterr().err
    assert second.splitlines() == first.splitlines()[-3:]
    assert second.splitlines()[-2] == "In each shell, once:  . .dockyard/env"


def test_the_passphrase_is_for_its_owner_alone_and_not_in_the_clone(project: Project) -> None:
    ready(project, "aws-lab")
    file = settings.passphrase_file()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.is_relative_to(project.root)
    assert file.read_text().strip() not in (project.root / ".dockyard" / "env").read_text()


def test_a_lost_passphrase_is_not_replaced_by_another(project: Project) -> None:
    ready(project, "aws-lab")
    file = settings.passphrase_file()
    words = file.read_text()
    file.unlink()
    with pytest.raises(HostError) as error:
        ready(project, "aws-lab")
    assert str(file) in error.value.message
    assert "no lab there can be changed or taken down by Pulumi: aws-lab." in error.value.message
    assert f"Put its copy back, to {file}" in error.value.hint
    assert not file.exists()
    file.write_text(words)
    ready(project, "aws-lab")


def test_a_persons_own_backend_and_passphrase_are_used(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "own states"
    own.mkdir()
    monkeypatch.setenv("PULUMI_BACKEND_URL", own.as_uri())
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
    ready(project, "gcp-lab")
    assert (own / ".pulumi" / "stacks" / "dockyard" / "gcp-lab.json").exists()
    assert not settings.passphrase_file().exists()
    env = (project.root / ".dockyard" / "env").read_text()
    assert "PASSPHRASE" not in env
    assert "PULUMI_BACKEND_URL" not in env


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
def test_nothing_is_called_ready_with_another_passphrase(
    name: str,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(project.root)
    assert main(["aws"]) == 0
    capsys.readouterr()
    (tmp_path / "words").write_text("wrong")
    monkeypatch.setenv(name, str(tmp_path / "words"))
    assert main(["aws"]) == 4
    said = capsys.readouterr().err
    assert "The passphrase is not the one that the secrets of aws-lab were locked with." in said
    assert f"It is what {name} says: set the one of then, or unset {name}." in said
    assert "Ready" not in said
    monkeypatch.delenv(name)
    assert main(["aws"]) == 0
    settings.passphrase_file().write_text("another")
    assert main(["aws"]) == 4
    assert f"Bring back the file of then, to {settings.passphrase_file()}." in (
        capsys.readouterr().err
    )


def test_two_stacks_are_made_and_neither_becomes_the_current_one(project: Project) -> None:
    ready(project, "aws-lab")
    ready(project, "aks-lab")
    listed = typed(project, "pulumi stack ls")
    assert "aws-lab" in listed
    assert "aks-lab" in listed
    assert "*" not in listed


def test_a_word_that_is_no_stack(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project.root)
    assert main(["asw-lab"]) == 2
    assert "There is no stack `asw-lab`: did you mean `aws-lab`?" in capsys.readouterr().err
