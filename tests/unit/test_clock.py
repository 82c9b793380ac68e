"""The clock of a shell that speaks with a rehearsal."""

from pathlib import Path

import pytest

from dockyard import clock
from dockyard.errors import HostError


def test_a_shell_outlives_its_rehearsal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("3600.0\n")
    before = clock.now()
    monkeypatch.setenv(clock.AHEAD, str(file))
    assert 3599 < clock.now() - before < 3660
    file.unlink()
    with pytest.raises(HostError, match="has ended") as said:
        clock.now()
    assert said.value.hint == "Open another shell."
