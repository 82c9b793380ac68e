"""The Vagrantfile as Vagrant reads it, and what it says when something is wrong."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
Vagrant = Callable[..., "subprocess.CompletedProcess[str]"]

DOCKER = """\
#!/bin/sh
case "$1 $2" in
"image inspect") exit 1 ;;
info*) echo 2 ;;
esac
"""
"""A Docker without images and machines: Vagrant asks its provider even for a status, and these
tests must not depend on what is on this computer."""


@pytest.fixture
def vagrant(tmp_path: Path) -> Vagrant:
    """Types a vagrant command with an own folder of state, and a description if one is given."""
    docker = tmp_path / "bin/docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER, encoding="ascii")
    docker.chmod(0o755)

    def typed(
        *words: str, lab: str = "", env: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        path = f"{docker.parent}:{os.environ['PATH']}"
        given = {"VAGRANT_DOTFILE_PATH": str(tmp_path / "state"), "PATH": path, **(env or {})}
        if lab:
            (tmp_path / "lab.yaml").write_text(lab, encoding="utf-8")
            given["DOCKYARD_DESCRIPTION"] = str(tmp_path / "lab.yaml")
        return subprocess.run(
            ["vagrant", *words], cwd=ROOT / "vagrant", env=os.environ | given,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return typed


@pytest.mark.parametrize("provider", ["docker", "libvirt", "virtualbox"])
def test_it_is_valid_for(provider: str, vagrant: Vagrant) -> None:
    lab = f"lab: {{name: ab, target: local, students: 2, local: {{provider: {provider}}}}}"
    done = vagrant("validate", "--ignore-provider", lab=lab)
    assert done.stdout.splitlines()[-1] == "Vagrantfile validated successfully."
    assert done.stderr == ""


def test_a_wrong_description_is_told_in_sentences(vagrant: Vagrant) -> None:
    done = vagrant("validate", lab="lab:\n  name: ab\n  target: local\n  studnets: 3\n  hours: x\n")
    assert done.returncode == 1
    assert "lab.yaml has 2 problems:" in done.stderr
    assert "line 4: studnets is no key of a lab; did you mean `students`?" in done.stderr
    assert 'line 5: hours is "x", but must be 1 to 720, or like' in done.stderr
    assert ".rb:" not in done.stderr


def test_a_pipe_in_place_of_the_description_is_not_waited_for(
    vagrant: Vagrant, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "lab.pipe")
    done = vagrant("validate", env={"DOCKYARD_DESCRIPTION": str(tmp_path / "lab.pipe")})
    assert done.returncode == 1
    assert "lab.pipe is no regular file" in done.stderr
    assert ".rb:" not in done.stderr


def test_a_missing_student_key_names_the_command(vagrant: Vagrant) -> None:
    lab = "lab: {name: nokeys, target: local, access: {per_student_keys: true}}"
    done = vagrant("validate", lab=lab)
    assert done.returncode == 1
    assert ".dockyard/local/nokeys/keys/seat01.pub" in done.stderr
    assert "Type: dockyard keys local" in done.stderr
    assert ".rb:" not in done.stderr


def test_reading_and_destroying_need_no_student_key(vagrant: Vagrant) -> None:
    lab = "lab: {name: nokeys, target: local, access: {per_student_keys: true}}"
    assert vagrant("status", lab=lab).returncode == 0
    assert vagrant("destroy", "-f", lab=lab).returncode == 0


def test_machines_are_named_by_seat_and_node(vagrant: Vagrant) -> None:
    lab = "lab: {name: ab, target: local, students: 2, machines: [{count: 2}]}"
    done = vagrant("status", lab=lab, env={"VAGRANT_DEFAULT_PROVIDER": "docker"})
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("seat")]
    assert lines == [
        [f"seat0{seat}-node{node}", "not", "created", "(docker)"]
        for seat in (1, 2)
        for node in (1, 2)
    ]


def test_a_machine_that_left_the_description_is_still_known(
    vagrant: Vagrant, tmp_path: Path
) -> None:
    left = tmp_path / "state/machines/seat09-node1/docker"
    left.mkdir(parents=True)
    (left / "id").write_text("0123456789ab", encoding="ascii")
    done = vagrant("status", lab="lab: {name: ab, target: local}")
    hosts = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("seat")]
    assert hosts == ["seat01-node1", "seat09-node1"]


def test_a_lost_key_pair_is_told_not_replaced(tmp_path: Path, vagrant: Vagrant) -> None:
    clone = tmp_path / "clone"
    ignored = shutil.ignore_patterns("out", ".vagrant", "lab.own.yaml")
    shutil.copytree(ROOT / "vagrant", clone / "vagrant", ignore=ignored)
    for name in ("provision", "dockyard/clouds", "dockyard/lab.schema.json"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).symlink_to(ROOT / name)
    there = tmp_path / "state/machines/seat01-node1/docker"
    there.mkdir(parents=True)
    (there / "id").write_text("0123456789ab", encoding="ascii")
    env = {"VAGRANT_CWD": str(clone / "vagrant")}
    done = vagrant("up", lab="lab: {name: ab, target: local}", env=env)
    assert done.returncode == 1
    assert "vagrant_key, which opens seat01-node1, is gone" in done.stderr
    assert "dockyard down local (or vagrant destroy), then up." in done.stderr
    assert not (clone / ".dockyard/vagrant_key").exists()
    assert vagrant("status", lab="lab: {name: ab, target: local}", env=env).returncode == 0


def test_a_missing_image_names_the_word_that_builds_it(vagrant: Vagrant) -> None:
    lab = "lab: {name: ab, target: local, machines: [{image: ubuntu-24.04}]}"
    done = vagrant("up", "--provider", "docker", lab=lab)
    assert done.returncode == 1
    assert "The image dockyard-machine:ubuntu-24.04 is not on this computer." in done.stderr
    assert "Type: vagrant/box/build.sh docker ubuntu-24.04" in done.stderr
    assert ".rb:" not in done.stderr


def test_ruby_finds_nothing_to_warn_of() -> None:
    assert shutil.which("ruby")
    files = [*(ROOT / "vagrant").glob("*.rb"), *(ROOT / "vagrant").glob("[lp]*/*.rb")]
    assert len(files) > 10
    for file in [*files, ROOT / "vagrant/Vagrantfile"]:
        done = subprocess.run(["ruby", "-wc", file], capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == ("Syntax OK\n", ""), file
