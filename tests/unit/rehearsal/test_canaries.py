"""Planted secrets are found wherever they lie, and in whatever dress."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.stage import canaries
from rehearsal.stage.folder import Folder, Plan

SECRET = "canary0123456789abcdef"  # noqa: S105 - planted


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    found = Folder(tmp_path / "aws-lab")
    found.path.mkdir()
    found.write_plan(Plan("aws-lab", "aws"))
    (found.path / "passphrase").write_text("a passphrase of the rehearsal\n")
    return found


def looked_for(folder: Folder) -> canaries.Canaries:
    return canaries.of(folder, {"ARM_CLIENT_SECRET": SECRET}, [])


@pytest.mark.parametrize(
    "text",
    [
        f"log: {SECRET}\n",
        json.dumps({"deep": [SECRET]}),
        base64.b64encode(f"{SECRET}".encode()).decode(),
        base64.b64encode(f"x{SECRET}y".encode()).decode(),
        base64.b64encode(f"ab{SECRET}".encode()).decode(),
    ],
)
def test_a_secret_in_a_file_is_found(folder: Folder, text: str) -> None:
    place = folder.path / "clone" / "deep" / "pulumi.log"
    place.parent.mkdir(parents=True)
    place.write_text(text)
    found, count = canaries.scan(folder, looked_for(folder), machines=False)
    assert found == [canaries.Found("ARM_CLIENT_SECRET", "clone/deep/pulumi.log")]
    assert count == 2


def test_a_passphrase_is_found_anywhere_but_at_home(folder: Folder) -> None:
    assert canaries.scan(folder, looked_for(folder), machines=False)[0] == []
    (folder.path / "report.html").write_text("a passphrase of the rehearsal")
    (found,) = canaries.scan(folder, looked_for(folder), machines=False)[0]
    assert found == canaries.Found("the passphrase", "report.html")


def test_a_students_private_key_is_found_outside_its_folder(folder: Folder) -> None:
    keys = folder.clone.root / ".dockyard" / "lab" / "keys"
    keys.mkdir(parents=True)
    body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ"
    head, foot = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
    (keys / "seat01").write_text(f"{head}\n{body}\n{foot}\n")
    assert canaries.scan(folder, looked_for(folder), machines=False)[0] == []
    (folder.path / "seed").write_text(f"user data {body}")
    (found,) = canaries.scan(folder, looked_for(folder), machines=False)[0]
    assert found.name == "the private key seat01"


def test_a_secret_on_a_command_line_is_found(folder: Folder) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)", SECRET])
    try:
        watch = canaries.ProcessList(looked_for(folder))
        watch._ended.wait(2.5)
        found = watch.end()
    finally:
        process.kill()
        process.wait()
    assert [one.name for one in found] == ["ARM_CLIENT_SECRET"]
    assert found[0].place.startswith("the process list: ")


def test_what_is_planted_is_of_no_use_to_the_target() -> None:
    assert "AWS_SECRET_ACCESS_KEY" not in canaries.planted("aws")
    assert "ARM_CLIENT_SECRET" not in canaries.planted("azure")
    assert len(set(canaries.planted("gcp").values())) == 3
