"""The texts that machines are given: current, small, ASCII, and unpacking to what runs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from standin.folder_machine import SHELLS, FolderMachine

ROOT = Path(__file__).parents[3]
PROVISION = ROOT / "provision"
MOST_BYTES = 13_750
"""Of the 15,000 that a machine is given, the rest is for its settings."""


def run_pack(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "tools/pack.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_committed_texts_hold_what_is_in_the_folder() -> None:
    done = run_pack("--check")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["user-data.sh", "user-data.fr.sh"])
def test_a_text_is_small_and_ascii_with_one_place_for_settings(name: str) -> None:
    text = (PROVISION / name).read_text(encoding="ascii")
    assert len(text) <= MOST_BYTES
    assert text.startswith("#!/bin/sh\n")
    assert text.count("@SETTINGS@") == 1
    assert text.splitlines().count("@SETTINGS@") == 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROVISION, tmp_path / "provision"))


def test_a_changed_file_makes_the_texts_stale_until_they_are_packed(folder: Path) -> None:
    with (folder / "lib.sh").open("a") as file:
        file.write("\nmore() {\n\t:\n}\n")
    done = run_pack("--check", "--folder", str(folder))
    assert done.returncode == 1
    assert "user-data.sh, user-data.fr.sh" in done.stderr
    assert "python tools/pack.py" in done.stderr
    assert run_pack("--folder", str(folder)).returncode == 0
    assert run_pack("--check", "--folder", str(folder)).returncode == 0


def test_a_changed_frame_makes_the_texts_stale(folder: Path) -> None:
    with (folder / "user-data.in.sh").open("a") as file:
        file.write("true\n")
    assert run_pack("--check", "--folder", str(folder)).returncode == 1


def test_other_compressed_bytes_of_the_same_files_are_not_stale(
    folder: Path, pack: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack, "compressed", lambda data: pack.gzip.compress(data, 1, mtime=0))
    for name, language in pack.TEXTS.items():
        (folder / name).write_text(pack.text(folder, language))
    assert (folder / "user-data.sh").read_text() != (PROVISION / "user-data.sh").read_text()
    assert run_pack("--check", "--folder", str(folder)).returncode == 0


def test_comments_and_indentation_stay_with_their_readers(pack: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "a.sh"
    script.write_text("#!/bin/sh\n# why\n\nif x; then\n\t# because\n\ty # z\nfi\n")
    assert pack.lean(script, "en") == "#!/bin/sh\nif x; then\ny # z\nfi\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_text_unpacks_and_runs_with_its_settings(
    tmp_path: Path, pack: ModuleType, one_machine: FolderMachine, shell: str
) -> None:
    text = (PROVISION / "user-data.fr.sh").read_text().replace("@SETTINGS@", "LAB=x\nUSERS=a", 1)
    (tmp_path / "user-data").write_text(text)
    (one_machine.root / "run/systemd/system").rmdir()
    one_machine.shell = SHELLS[shell]
    functions = one_machine._functions()
    done = one_machine.run(["-c", f"{functions}. {tmp_path}/user-data"])
    assert done.code == 3
    assert "Cette machine n'a pas systemd" in done.err
    assert one_machine.mark()["reason"].startswith("Cette machine")
    assert not list((one_machine.root / "run").glob("dockyard.*[!t]"))
    inside = pack.inside(PROVISION, "fr").decode()
    names = re.findall(r"(?m)^== (.*)$", inside)
    assert names == [path.name for path in pack.packed_files(PROVISION)]


def test_without_root_the_text_says_sudo_and_leaves_nothing(
    tmp_path: Path, one_machine: FolderMachine
) -> None:
    text = (PROVISION / "user-data.sh").read_text().replace("@SETTINGS@", "LAB=x")
    (tmp_path / "user-data").write_text(text)
    one_machine.stub("id", "echo 1000")
    done = one_machine.run([str(tmp_path / "user-data")])
    assert done.code == 3
    assert "Type it with sudo in front." in done.err
    assert list((one_machine.root / "run").iterdir()) == [one_machine.root / "run/systemd"]
