"""What a computer lacks is said before anything is made."""

from pathlib import Path

import pytest

from dockyard.errors import HostError
from rehearsal.machines import docker


def test_a_rehearsal_is_played_on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    docker.demand_linux()
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    with pytest.raises(HostError, match="on Linux, and this is Darwin"):
        docker.demand_linux()


def test_who_may_not_use_docker_is_told_of_its_group(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refusing = tmp_path / "docker"
    refusing.write_text("#!/bin/sh\necho 'permission denied while trying to connect' >&2; exit 1\n")
    refusing.chmod(0o755)
    for tool in ("nsenter", "iptables-restore"):
        (tmp_path / tool).symlink_to("/bin/true")
    monkeypatch.setattr("dockyard.local.group.take_up", lambda: None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(HostError, match="root and its group alone") as raised:
        docker.demand()
    assert "usermod -aG docker" in raised.value.hint
    refusing.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HostError, match="lacks docker"):
        docker.demand()


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("tcp://127.0.0.1:1", "own Docker, and DOCKER_HOST is tcp://127.0.0.1:1"),
        ("unix:///nowhere", "does not answer"),
    ],
)
def test_a_docker_elsewhere_is_not_this_computers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, message: str
) -> None:
    for tool in ("docker", "nsenter", "iptables-restore"):
        (tmp_path / tool).symlink_to("/bin/false")
    monkeypatch.setattr("dockyard.local.group.take_up", lambda: None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DOCKER_HOST", place)
    with pytest.raises(HostError, match=message) as raised:
        docker.demand()
    assert "Type: unset DOCKER_HOST" in raised.value.hint
