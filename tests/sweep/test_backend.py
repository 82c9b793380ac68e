"""`dockyard backend`: states that outlive a computer, on the real engine; moto is S3."""

import json
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto.server import ThreadedMotoServer

from rehearsal import serve
from rehearsal.http.server import serving
from standin import certificate
from standin.blobs import AUDIENCE, Blobs, token
from standin.stack_clone import ROOT, StackClone
from standin.storage import Storage

pytestmark = [pytest.mark.engine, pytest.mark.slow]

BUCKET = "dockyard-states-123456789012-eu-west-3"
Sdk = Any
"""What an SDK gives: made when it runs, without types."""


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where S3 is: moto; all else of AWS is the stand-in's."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def person(clone: StackClone, s3: str) -> StackClone:
    """Who has chosen nothing yet: states and passphrase are Dockyard's own."""
    return _unsettled(clone, AWS_ENDPOINT_URL_S3=s3)


def _unsettled(clone: StackClone, **more: str) -> StackClone:
    chosen = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE")
    environment = {key: value for key, value in clone.environment.items() if key not in chosen}
    return replace(clone, environment={**environment, **more})


def own(person: StackClone) -> Path:
    return person.home / ".local" / "state" / "dockyard" / "pulumi" / ".pulumi"


def test_states_go_to_a_bucket_and_come_back(
    person: StackClone, s3: str, clouds: serve.Running
) -> None:
    assert "dockyard backend gs" in person.dockyard("plan", "gcp-lab").out
    person.dockyard("up", "gcp-lab", "--wait", "0")
    before = clouds.inventory["gcp"].all()
    assert "on this computer alone" in person.dockyard("backend").out
    assert "Nothing was moved" in person.dockyard("backend", "s3", code=7).out
    said = person.dockyard("backend", "s3", "--yes").out
    assert "gcp-lab: copied and read back" in said
    _is_closed(boto3.client("s3", endpoint_url=s3, region_name="eu-west-3"))

    shown = json.loads(person.dockyard("backend", "--json").out)
    assert shown["backend"].startswith(f"s3://{BUCKET}?region=eu-west-3")
    assert shown["on_this_computer"] is False
    assert shown["stacks"]["gcp-lab"] > len(before)
    assert "backend" not in person.dockyard("plan", "gcp-lab").out
    assert "Nothing to do" in person.dockyard("backend", "s3", "--yes").out
    said = person.dockyard("up", "gcp-lab", "--wait", "0").out
    assert "Nothing to change" in said
    assert clouds.inventory["gcp"].all() == before

    assert "Nothing to do" not in person.dockyard("backend", "here", "--yes").out
    assert (own(person) / "stacks" / "dockyard" / "gcp-lab.json").exists()
    person.dockyard("down", "gcp-lab", "--yes")
    assert clouds.inventory["gcp"].all() == []


def test_a_move_that_was_cut_off_after_the_login_is_ended(person: StackClone) -> None:
    """Plain `pulumi` in a shell of before would go on with the states of before."""
    person.dockyard("up", "gcp-lab", "--wait", "0")
    kept = shutil.copytree(own(person), own(person).parent.parent / "kept")
    person.dockyard("backend", "s3", "--yes")
    shutil.rmtree(own(person))
    shutil.copytree(kept, own(person))
    assert "! Not used: gcp-lab" in person.dockyard("backend").out
    said = person.dockyard("backend", "s3", "--yes").out
    assert "Nothing to do" in said
    assert "Those of before were put aside, and are used no more" in said
    assert "Not used" not in person.dockyard("backend").out


def _is_closed(s3: Sdk) -> None:
    """Private, encrypted, versioned."""
    access = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert len(access) == 4
    assert all(access.values())
    rules = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"


def test_another_computer_takes_the_lab_down(
    person: StackClone, clouds: serve.Running, tmp_path: Path
) -> None:
    person.dockyard("up", "gcp-lab", "--wait", "0")
    other = _another_computer(person, tmp_path)
    other.dockyard("down", "gcp-lab", "--yes")
    assert clouds.inventory["gcp"].all() == []


def _another_computer(person: StackClone, folder: Path) -> StackClone:
    """Its person has the same bucket, and a copy of the passphrase and the key."""
    said = person.dockyard("backend", "s3", "--yes").out
    url = next(word for word in said.split() if word.startswith("s3://"))
    root, home = folder / "other" / "clone", folder / "other" / "home"
    shutil.copytree(person.root, root, ignore=shutil.ignore_patterns(".dockyard"), symlinks=True)
    words = Path(".config", "dockyard", "passphrase")
    (home / words.parent).mkdir(parents=True)
    shutil.copy(person.home / words, home / words)
    shutil.copytree(person.home / ".ssh", home / ".ssh")
    own = {"HOME": str(home), "PULUMI_HOME": str(home / ".pulumi")}
    other = StackClone(root, home, {**person.environment, **own})
    other.dockyard("backend", url, "--yes")
    return other


def test_of_two_computers_at_the_same_moment_one_goes_on(
    person: StackClone, clouds: serve.Running, tmp_path: Path
) -> None:
    person.dockyard("up", "gcp-lab", "--wait", "0")
    both = (person, _another_computer(person, tmp_path))
    for one in both:
        one.describe("gcp-lab", lambda lab: lab.update(students=5))
    with ThreadPoolExecutor() as threads:
        up = ("up", "gcp-lab", "--wait", "0", "--yes")
        said = list(threads.map(lambda one: one.dockyard(*up, code=None), both))
    assert min(one.code for one in said) == 0
    for one in said:
        assert (
            one.code == 0 or "Let it end, then type this again." in one.out or "locked" in one.out
        )
    assert "Nothing to change" in person.dockyard(*up).out
    assert len(clouds.inventory["gcp"].all("gcp:compute/instance:Instance")) == 5
    with ThreadPoolExecutor() as threads:
        down = ("down", "gcp-lab", "--yes")
        said = list(threads.map(lambda one: one.dockyard(*down, code=None), both))
    assert min(one.code for one in said) == 0
    assert clouds.inventory["gcp"].all() == []


def test_a_lock_in_a_bucket_is_taken_away_when_a_person_says_so(
    person: StackClone, s3: str
) -> None:
    person.dockyard("up", "gcp-lab", "--wait", "0")
    person.dockyard("backend", "s3", "--yes")
    bucket = boto3.resource("s3", endpoint_url=s3, region_name="eu-west-3").Bucket(BUCKET)
    folder = ".pulumi/locks/organization/dockyard/gcp-lab/"

    # its process is gone from here, or from another computer of that name
    ago = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    lock = {"pid": 2**22 + 1, "username": "ada", "hostname": socket.gethostname()}
    bucket.put_object(Key=f"{folder}a.json", Body=json.dumps({**lock, "timestamp": ago}))
    person.describe("gcp-lab", lambda lab: lab.update(students=1))
    for words in ("up --wait 0 --yes", "recover", "down --yes"):
        word, *more = words.split()
        said = person.dockyard(word, "gcp-lab", *more, code=1).out
        assert "locked by ada@" in said
        assert "for 3 h" in said
        assert "If that one is gone: dockyard recover gcp-lab --take-over" in said
    said = person.dockyard("recover", "gcp-lab", "--take-over").out
    assert "Unlocked gcp-lab" in said
    assert "gcp-lab is whole" in said
    assert list(bucket.objects.filter(Prefix=folder)) == []

    # and of a state that is gone
    bucket.put_object(Key=f"{folder}a.json", Body=json.dumps({**lock, "timestamp": ago}))
    bucket.objects.filter(Prefix=".pulumi/stacks/").delete()
    said = person.dockyard("recover", "gcp-lab", "--take-over", code=1).out
    assert f"If that one is gone: delete its lock, s3://{BUCKET}/{folder}a.json" in said
    bucket.objects.filter(Prefix=folder).delete()
    person.dockyard("recover", "gcp-lab", "--yes")
    person.dockyard("down", "gcp-lab", "--yes")


def test_a_second_state_of_a_lab_is_not_written_over(person: StackClone) -> None:
    person.dockyard("up", "gcp-lab", "--wait", "0")
    said = person.dockyard("backend", "s3", "--yes").out
    url = next(word for word in said.split() if word.startswith("s3://"))
    (person.home / ".pulumi" / "credentials.json").unlink()  # used from here again
    (kept,) = own(person).glob("aside-*")
    for file in kept.iterdir():
        file.rename(own(person) / "stacks" / "dockyard" / file.name)
    person.describe("gcp-lab", lambda lab: lab.update(students=1))
    person.dockyard("up", "gcp-lab", "--wait", "0", "--yes")
    said = person.dockyard("backend", url, "--yes", code=1).out
    assert "has another state of gcp-lab. Nothing was changed." in said


def test_states_go_to_google(clone: StackClone, clouds: serve.Running) -> None:
    role = yaml.safe_load((ROOT / "rights" / "gcp-states.yaml").read_text(encoding="utf-8"))
    storage = Storage("course", allowed=frozenset(role["includedPermissions"]))
    with serving(storage) as where:
        person = _unsettled(
            clone,
            STORAGE_EMULATOR_HOST=where.removeprefix("http://"),
            GOOGLE_OAUTH_ACCESS_TOKEN=clone.environment["DOCKYARD_GCP_TOKEN"],
        )
        person.dockyard("up", "gcp-lab", "--wait", "0")
        said = person.dockyard("backend", "gs", "--yes").out
        assert "gcp-lab: copied and read back" in said
        person.dockyard("backend", "gs", "--yes")
        (bucket,) = storage.buckets.values()
        assert bucket["name"] == "dockyard-states-course"
        assert bucket["versioning"] == {"enabled": True}
        assert bucket["iamConfiguration"]["publicAccessPrevention"] == "enforced"
        assert "Nothing to change" in person.dockyard("up", "gcp-lab", "--wait", "0").out
        person.dockyard("down", "gcp-lab", "--yes")
    assert clouds.inventory["gcp"].all() == []


AZ = """#!/bin/sh
# stands for the az that a person is logged in with
[ "$*" = "account get-access-token -o json --resource {audience}" ] || exit 2
echo '{{"accessToken": "{token}", "expires_on": 4070908800, "expiresOn": "2099-01-01 00:00:00"}}'
"""


def test_states_go_to_azure(clone: StackClone, clouds: serve.Running, tmp_path: Path) -> None:
    role = json.loads((ROOT / "rights" / "azure-states.json").read_text(encoding="utf-8"))
    blobs = Blobs(role["Actions"], role["DataActions"])
    az = tmp_path / "bin" / "az"
    az.parent.mkdir()
    az.write_text(AZ.format(audience=AUDIENCE, token=token()))
    az.chmod(0o755)
    trusted, tls = certificate.make(tmp_path)
    with serving(blobs) as arm, serving(blobs, tls) as where:
        person = _unsettled(
            clone,
            DOCKYARD_AZURE_ENDPOINT=arm,
            AZURE_STORAGE_DOMAIN=where.removeprefix("https://"),
            # else the driver asks this computer's own metadata service first
            AZURE_TOKEN_CREDENTIALS="AzureCLICredential",  # noqa: S106 - a kind, no secret
            SSL_CERT_FILE=str(trusted),
            PATH=f"{az.parent}:{clone.environment['PATH']}",
        )
        person.dockyard("up", "gcp-lab", "--wait", "0")
        before = clouds.inventory["gcp"].all()
        said = person.dockyard("backend", "azblob", "--yes").out
        assert "gcp-lab: copied and read back" in said
        assert "Nothing to do" in person.dockyard("backend", "azblob", "--yes").out
        _has_closed_container(blobs)
        assert "Nothing to change" in person.dockyard("up", "gcp-lab", "--wait", "0").out
        person.dockyard("extend", "gcp-lab", "1h")
        assert len(clouds.inventory["gcp"].all()) == len(before)
        person.dockyard("down", "gcp-lab", "--yes")
        assert clouds.inventory["gcp"].all() == []
        assert {"list", "read", "write", "delete"} <= set(blobs.calls)
        # the owner of a subscription may make it all, and read none of it
        blobs.data = []
        said = person.dockyard("plan", "gcp-lab", "--diff", code=4).out
        assert "Azure's storage does not let you read and write the states of labs." in said
        assert "rights/azure-states.json" in said


def _has_closed_container(blobs: Blobs) -> None:
    (account,) = blobs.accounts.values()
    assert account["properties"]["allowBlobPublicAccess"] is False
    assert account["blobs"] == {"isVersioningEnabled": True}
    assert list(blobs.containers.values()) == [{"publicAccess": "None"}]
