"""Planted secrets are found wherever they lie, and in whatever dress."""

import base64
import bz2
import gzip
import json
import lzma
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.stage import canaries, places
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
    looked = places.scan(folder, looked_for(folder), machines=False)
    assert looked.found == [canaries.Found("ARM_CLIENT_SECRET", "clone/deep/pulumi.log")]
    assert looked.places == 2


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("cut", [0, 9])
def test_a_secret_in_a_packed_file_is_found_as_far_as_it_can_be_unpacked(
    folder: Folder, pack: Callable[[bytes], bytes], cut: int
) -> None:
    packed = pack(f"log: {SECRET}\n".encode() + bytes(9_000_000))
    assert len(packed) < 20_000
    (folder.path / "syslog.2.gz").write_bytes(packed[: len(packed) - cut])
    (found,) = places.scan(folder, looked_for(folder), machines=False).found
    assert found.place == "syslog.2.gz"


def test_what_only_begins_like_something_packed_is_read_to_its_end(folder: Folder) -> None:
    (folder.path / "odd").write_bytes(b"\x1f\x8b" + bytes(9) + SECRET.encode())
    (found,) = places.scan(folder, looked_for(folder), machines=False).found
    assert found.place == "odd"


def test_a_long_file_is_looked_through_in_little_memory(folder: Folder) -> None:
    """Also where a secret lies across two pieces; and what unpacks to no end is left."""
    for place in (canaries._PIECE - 10, 300_000_000):
        with (folder.path / f"long-{place}").open("wb") as file:
            file.seek(place)
            file.write(SECRET.encode())
    with gzip.open(folder.path / "bomb.gz", "wb", compresslevel=1) as file:
        for _ in range(200):
            file.write(bytes(10_000_000))
    tracemalloc.start()
    looked = places.scan(folder, looked_for(folder), machines=False)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sorted(one.place for one in looked.found) == ["long-1048566", "long-300000000"]
    assert most < 20_000_000


def test_a_file_that_is_too_large_is_named(folder: Folder) -> None:
    with (folder.path / "huge").open("wb") as file:
        file.truncate((1 << 30) + 1)
    looked = places.scan(folder, looked_for(folder), machines=False)
    assert (looked.found, looked.unseen) == ([], ["huge"])


def test_a_passphrase_is_found_anywhere_but_at_home(folder: Folder) -> None:
    assert places.scan(folder, looked_for(folder), machines=False).found == []
    (folder.path / "report.html").write_text("a passphrase of the rehearsal")
    (found,) = places.scan(folder, looked_for(folder), machines=False).found
    assert found == canaries.Found("the passphrase", "report.html")


def test_a_students_private_key_is_found_outside_its_folder(folder: Folder) -> None:
    keys = folder.clone.root / ".dockyard" / "lab" / "keys"
    keys.mkdir(parents=True)
    body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ"
    head, foot = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
    (keys / "seat01").write_text(f"{head}\n{body}\n{foot}\n")
    assert places.scan(folder, looked_for(folder), machines=False).found == []
    (folder.path / "seed").write_text(f"user data {body}")
    (found,) = places.scan(folder, looked_for(folder), machines=False).found
    assert found.name == "the private key seat01"


def test_a_key_that_is_made_during_the_day_is_looked_for_too(folder: Folder) -> None:
    sought = looked_for(folder)
    keys = folder.clone.root / ".dockyard" / "lab" / "keys"
    keys.mkdir(parents=True)
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / "seat02")]
    subprocess.run(command, check=True)
    (folder.path / "pulumi.log").write_text((keys / "seat02").read_text())
    assert places.scan(folder, sought, machines=False).found == []
    sought.add_students(folder)
    (found,) = places.scan(folder, sought, machines=False).found
    assert found == canaries.Found("the private key seat02", "pulumi.log")


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
