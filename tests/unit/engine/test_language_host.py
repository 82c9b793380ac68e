"""How the language host's script finds its Python."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "dockyard" / "engine" / "language-host.sh"


@pytest.mark.parametrize("shell", ["dash", "bash --posix", "busybox sh"])
def test_the_python_of_the_project_above(shell: str, tmp_path: Path) -> None:
    python = tmp_path / "clone" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$0" "$@"\n')
    python.chmod(0o755)
    below = tmp_path / "clone" / "policy"
    below.mkdir()
    said = subprocess.run(
        [*shell.split(), SCRIPT, "127.0.0.1:1"],
        cwd=below,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == f"{python} -m dockyard.engine.language_host 127.0.0.1:1\n"


def test_without_one_a_sentence(tmp_path: Path) -> None:
    said = subprocess.run(["sh", SCRIPT], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "There is no .venv in" in said.stderr
    assert "make ready-aws" in said.stderr
