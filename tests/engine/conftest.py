"""A clone with a bare program, a slow stand-in cloud, and the real engine between them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dockyard.engine.workspace import Stack, open_stack
from dockyard.project import Project

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CLOUDS = ("requirements-aws.txt", "requirements-azure.txt", "requirements-gcp.txt")
FOREIGN = (
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_ACCESS_TOKEN",
)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Path]:
    """The folder that is the cloud: what it made are files in it."""
    folder = tmp_path / "cloud"
    folder.mkdir()
    provider = subprocess.Popen(
        [sys.executable, HERE / "slow_cloud.py", folder], stdout=subprocess.PIPE, text=True
    )
    assert provider.stdout is not None
    (tmp_path / "port").write_text(provider.stdout.readline().strip())
    yield folder
    provider.kill()
    provider.communicate()


@pytest.fixture
def project(tmp_path: Path, cloud: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A clone on a computer of a person who has no Pulumi login; the engine is shared."""
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "PULUMI_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    port = (cloud.parent / "port").read_text()
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", f"slow:{port}")
    root = tmp_path / "clone"
    shutil.copytree(HERE / "program", root)
    (root / "stacks").mkdir()
    for file in ("Pulumi.yaml", ".gitignore", "requirements.txt", *CLOUDS):
        shutil.copy(ROOT / file, root)
    for file in (ROOT / "stacks").glob("Pulumi.*-lab.yaml"):
        shutil.copy(file, root / "stacks")
    (root / ".venv").symlink_to(sys.prefix)
    for words in ("init -q", "add -f Pulumi.yaml stacks .gitignore", "commit -q -m first"):
        git(root, *words.split())
    return Project(root)


@pytest.fixture
def stack(project: Project) -> Stack:
    return open_stack(project, "aws-lab")


@pytest.fixture(name="git")
def git_fixture() -> Callable[..., str]:
    return git


def git(root: Path, *words: str) -> str:
    person = ("-c", "user.name=A Person", "-c", "user.email=person@example.org")
    done = subprocess.run(
        ["git", *person, *words],
        cwd=root,
        env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout
