"""Ruby's reading of descriptions, many in one process."""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
Read = Callable[[Sequence[str]], list[dict[str, Any]]]


@pytest.fixture
def ruby(tmp_path: Path) -> Read:
    """What Ruby makes of each text: machines and user data, or the reason of a refusal."""

    def read(texts: Sequence[str]) -> list[dict[str, Any]]:
        paths = [tmp_path / f"lab{number}.yaml" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_bytes(text.encode("utf-8"))
        done = subprocess.run(
            ["ruby", "-w", Path(__file__).with_name("compare.rb")],
            input="".join(f"{path}\n" for path in paths),
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        return [json.loads(line) for line in done.stdout.splitlines()]

    return read
