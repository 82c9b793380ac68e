"""build.sh where something is missing, and what it asks Docker and mmdebstrap for."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dockyard import seats
from dockyard.spec import LabSpec
from dockyard.user_data import UserData

ROOT = Path(__file__).parents[3]
BOX = ROOT / "vagrant/box"
DAEMON = "provision/daemon.json"
TOOLS = (
    "sh",
    "sed",
    "tr",
    "cat",
    "cp",
    "mktemp",
    "rm",
    "dirname",
    "tar",
    "mkdir",
    "dpkg",
    "awk",
    "find",
    "sort",
    "cksum",
    "cut",
)
Build = Callable[..., "subprocess.CompletedProcess[str]"]
DOCKER = 'case "$1" in image) exit 1 ;; esac; echo "docker $*" >>"$LOG"'


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Runs a copy of build.sh where only the given programs are; they write to `log`."""
    box = tmp_path / "vagrant/box"
    shutil.copytree(BOX, box, ignore=shutil.ignore_patterns("out"))
    (tmp_path / DAEMON).parent.mkdir()
    shutil.copy(ROOT / DAEMON, tmp_path / DAEMON)
    given, tools = tmp_path / "given", tmp_path / "tools"
    given.mkdir()
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(str(shutil.which(tool)))

    for distribution in ("debian", "ubuntu"):
        (tmp_path / f"{distribution}-archive-keyring.gpg").touch()
    settings = {"LOG": str(tmp_path / "log"), "KEYRINGS": str(tmp_path)}

    def run(
        *words: str, programs: dict[str, str], mirror: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        for name, line in programs.items():
            (given / name).write_text(f"#!/bin/sh\n{line}\n", encoding="ascii")
            (given / name).chmod(0o755)
        return subprocess.run(
            [str(shutil.which("dash")), box / "build.sh", *words],
            env={"PATH": f"{given}:{tools}", "DEBIAN_MIRROR": mirror, **settings},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def test_an_unknown_word_is_refused_with_the_usage(build: Build) -> None:
    done = build("dcoker", programs={})
    assert done.returncode == 2
    assert "'dcoker' is not understood\nusage:" in done.stderr


def test_an_unknown_system_is_refused(build: Build) -> None:
    done = build("docker", "debian-7", programs={})
    assert done.returncode == 2
    assert "'debian-7' is no system that machines are built of" in done.stderr


@pytest.mark.parametrize(
    ("kind", "programs", "sentence"),
    [
        ("docker", {}, "Docker is not installed here.\n  Install it"),
        ("docker", {"docker": "exit 1"}, "its daemon doesn't answer.\n  Start it"),
        ("libvirt", {}, "mmdebstrap, which builds a virtual machine's box, is not installed."),
    ],
)
def test_what_is_missing_is_named(
    kind: str, programs: dict[str, str], sentence: str, build: Build
) -> None:
    done = build(kind, programs=programs)
    assert done.returncode == 4
    assert sentence in done.stderr


def test_an_image_is_built_again_only_when_its_recipe_changed(build: Build, tmp_path: Path) -> None:
    remembers = (
        'case "$1" in image) cat "$LOG" ;;'
        ' build) echo "$*" | sed "s/.*dockyard.recipe=\\([0-9]*\\).*/\\1/" >"$LOG" ;; esac'
    )
    first = build("docker", "debian-12", programs={"docker": remembers})
    assert "Built dockyard-machine:debian-12." in first.stdout
    second = build("docker", "debian-12", programs={"docker": remembers})
    assert second.stdout == "dockyard-machine:debian-12 is there already; --again builds it anew.\n"
    (tmp_path / "vagrant/box/packages.txt").write_text("systemd\n", encoding="ascii")
    third = build("docker", "debian-12", programs={"docker": remembers})
    assert "Built dockyard-machine:debian-12." in third.stdout


def test_without_mmdebstrap_the_official_image_is_the_base(build: Build, tmp_path: Path) -> None:
    done = build("docker", "ubuntu-24.04", programs={"docker": DOCKER})
    assert done.returncode == 0, done.stderr
    asked = (tmp_path / "log").read_text()
    assert "docker build --build-arg BASE=ubuntu:24.04" in asked
    assert "openssh-server" in asked
    assert "--tag dockyard-machine:ubuntu-24.04" in asked


def test_without_a_distributions_keyring_its_official_image_is_the_base(
    build: Build, tmp_path: Path
) -> None:
    (tmp_path / "ubuntu-archive-keyring.gpg").unlink()
    programs = {"docker": DOCKER, "mmdebstrap": "exit 1"}
    assert build("docker", "ubuntu-22.04", programs=programs).returncode == 0
    assert "BASE=ubuntu:22.04" in (tmp_path / "log").read_text()


def test_a_base_image_that_cannot_be_fetched_is_told(build: Build) -> None:
    docker = 'case "$1" in image | build) exit 1 ;; esac'
    done = build("docker", programs={"docker": docker})
    assert done.returncode == 4
    assert "could not build dockyard-machine:debian-13 from debian:13" in done.stderr
    assert "sudo apt-get install mmdebstrap" in done.stderr


def test_a_mirror_is_a_setting(build: Build, tmp_path: Path) -> None:
    programs = {"docker": DOCKER, "mmdebstrap": 'echo "mmdebstrap $*" >>"$LOG"'}
    for mirror in ("", "http://mirror.example/debian"):
        done = build("docker", "debian-12", programs=programs, mirror=mirror)
        assert done.returncode == 0, done.stderr
    asked = [line for line in (tmp_path / "log").read_text().splitlines() if "minbase" in line]
    assert asked[0].endswith("/system.tar")
    assert asked[1].endswith("/system.tar http://mirror.example/debian")


def test_docker_inside_is_what_provisioning_would_install(build: Build, tmp_path: Path) -> None:
    said = (ROOT / "provision/docker.sh").read_text(encoding="utf-8")
    lists = dict(re.findall(r"(\*-b\*|\*-trixie|\*)\) set -- (docker\.io .*) ;;", said))
    programs = {"docker": DOCKER, "mmdebstrap": 'echo "mmdebstrap $*" >>"$LOG"'}
    for system, suite in (("debian-12", "*-b*"), ("debian-13", "*-trixie")):
        assert build("docker", system, "--docker-inside", programs=programs).returncode == 0
        asked = (tmp_path / "log").read_text().split("--include=")[-1].split()[0].split(",")
        assert asked[asked.index("docker.io") :] == lists[suite].split()


def test_docker_inside_has_the_settings_that_provisioning_would_give_it(
    build: Build, tmp_path: Path
) -> None:
    keep = f'for last; do :; done; cp -R "$last/tree" {tmp_path}/laid'
    docker = f'case "$1" in image) exit 1 ;; build) {keep} ;; esac'
    assert build("docker", "--docker-inside", programs={"docker": docker}).returncode == 0
    baked = (tmp_path / "laid/common/etc/docker/daemon.json").read_text(encoding="ascii")
    lab = LabSpec(name="ab", target="local")
    seat = seats.seats(lab)[0]
    settings = UserData(ROOT / "provision").settings(lab, seat, seat.machines[0])
    assert f"\nDAEMON={baked}" in settings


def test_files_of_the_machine_are_clean_shell() -> None:
    files = [path for path in (BOX / "tree").rglob("dockyard/*") if path.is_file()]
    assert len(files) == 3
    assert all(os.access(path, os.X_OK) for path in files)
    subprocess.run(["shellcheck", *files], check=True)
    assert subprocess.run(["shfmt", "-d", *files], capture_output=True, check=True).stdout == b""
