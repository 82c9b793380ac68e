"""What would be more than a machine can be told is found before anything is made."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Type = Callable[..., Any]
KEYS = "\n".join(
    f"      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{number:043d}" for number in range(60)
)


@pytest.mark.parametrize("word", ["plan", "up"])
def test_user_data_that_is_too_large_is_told(dockyard: Type, clone: Path, word: str) -> None:
    text = f"lab:\n  name: big\n  target: local\n  access:\n    keys:\n{KEYS}\n"
    (clone / "vagrant/lab.own.yaml").write_text(text, encoding="ascii")
    seen = dockyard(word)
    assert seen.code == 3
    assert "The user data of seat01-node1 has " in seen.err
    assert "Shorten access.keys (ed25519 keys are short) or docker.daemon." in seen.err


def test_keys_of_students_that_are_not_made_yet_count_too(dockyard: Type, clone: Path) -> None:
    def typed(filling: int, keys: str) -> tuple[int, str]:
        daemon, access = f"{{a: '{'x' * filling}'}}", f"{{per_student_keys: {keys}}}"
        text = f"lab: {{name: big, target: local, docker: {{daemon: {daemon}}}, access: {access}}}"
        (clone / "vagrant/lab.own.yaml").write_text(text, encoding="ascii")
        seen = dockyard("plan")
        return seen.code, seen.err

    said = re.search(r"has ([0-9]+) bytes, ([0-9]+) is the most", typed(9000, "false")[1])
    assert said
    room = 9000 - int(said[1]) + int(said[2])
    key = len("AUTHORIZED_KEYS=ssh-ed25519 \n") + 68
    assert [typed(n, "false")[0] for n in (room, room + 1)] == [0, 3]
    assert [typed(n - key, "true")[0] for n in (room, room + 1)] == [0, 3]
