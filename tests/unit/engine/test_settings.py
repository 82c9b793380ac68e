"""What is ours to set, and what is a person's own."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from dockyard.engine import settings
from dockyard.engine.cli import Engine
from dockyard.project import Project

OURS = Engine(Path("/c/3.259.0/bin/pulumi"), "3.259.0", "", (Path("/c/3.259.0/bin"),))
ON_PATH = Engine(Path("/usr/bin/pulumi"), "3.259.0", "")


def test_who_has_nothing_gets_a_backend_and_a_passphrase_once(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = settings.decide(OURS)
    assert first.backend == f"file://{home}/.local/state/dockyard/pulumi"
    assert set(first.variables) == {
        "PULUMI_BACKEND_URL",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
        "PULUMI_SKIP_UPDATE_CHECK",
    }
    file = home / ".config" / "dockyard" / "passphrase"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text()) == 44
    assert capsys.readouterr().err == (
        f"States of labs are kept in {home}/.local/state/dockyard/pulumi; "
        "no Pulumi account is needed.\n"
        f"The passphrase of their secrets is {file}; keep a copy of it.\n"
    )
    second = settings.decide(OURS)
    assert second.variables == first.variables
    assert capsys.readouterr().err == ""
    assert [path.name for path in file.parent.iterdir()] == ["passphrase"]


def test_a_shell_that_has_read_our_file_is_not_taken_for_a_persons_choice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = settings.decide(OURS)
    for name, value in first.variables.items():
        monkeypatch.setenv(name, value)
    assert settings.decide(OURS).variables == first.variables


def test_a_login_is_kept(home: Path) -> None:
    (home / ".pulumi").mkdir(parents=True)
    login = {"current": "s3://states", "accessTokens": {}}
    (home / ".pulumi" / "credentials.json").write_text(json.dumps(login))
    found = settings.decide(ON_PATH)
    assert found.backend == "s3://states"
    assert set(found.variables) == {"PULUMI_CONFIG_PASSPHRASE_FILE"}


def test_pulumi_cloud_needs_no_passphrase(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-abc")
    found = settings.decide(ON_PATH)
    assert found.variables == {}
    assert not home.exists()


def test_an_own_passphrase_is_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    assert set(settings.decide(ON_PATH).variables) == {"PULUMI_BACKEND_URL"}
    assert not (home / ".config").exists()


def test_a_broken_login_is_none(home: Path) -> None:
    (home / ".pulumi").mkdir(parents=True)
    (home / ".pulumi" / "credentials.json").write_text("{")
    assert settings.chosen_backend() is None


@pytest.mark.parametrize("shell", ["dash", "bash --posix", "busybox sh"])
def test_the_file_is_read_by_shells_whatever_the_folder_is_called(
    shell: str, project: Project
) -> None:
    folder = Path("/a folder/with 'quotes'")
    found = settings.Settings("", {"PULUMI_BACKEND_URL": "file:///with space"}, (folder,))
    file = settings.write_env_file(project, found)
    line = f'PATH=/usr/bin; . "{file}"; echo "$PATH"; printenv PULUMI_BACKEND_URL'
    said = subprocess.run(
        [*shell.split(), "-c", line], capture_output=True, text=True, check=True, env={}
    ).stdout.splitlines()
    assert said[0].startswith(f"{folder}:/usr/bin:")
    assert said[1] == "file:///with space"


def test_a_process_gets_the_engine_first_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    found = settings.decide(OURS).environment()
    assert found["PATH"] == f"/c/3.259.0/bin{os.pathsep}/usr/bin"
