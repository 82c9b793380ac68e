"""Two labs at once, secrets, and keys, addresses or projects that are not what they were."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from rehearsal import serve
from standin.stack_clone import KEY, StackClone

pytestmark = pytest.mark.engine

INSTANCE = "gcp:compute/instance:Instance"


def test_two_labs_are_made_at_once(clone: StackClone) -> None:
    stacks = ("aws-lab", "azure-lab")
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda s: clone.dockyard("up", s, "--wait", "0").out, stacks))
    assert all("Next: dockyard check" in one for one in said)
    for stack in stacks:
        assert len(clone.lab(stack)["machines"]) == 3
    assert clone.git("status", "--short") == ""


def test_two_labs_of_one_name_by_two_owners_do_not_meet(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    text = (clone.root / "stacks" / "Pulumi.gcp-lab.yaml").read_text()
    other = clone.root / "stacks" / "Pulumi.other.yaml"
    other.write_text(text.replace("owner: trainer", "owner: ada"))
    clone.dockyard("up", "other", "--wait", "0")
    owners = [record.tags.get("dockyard-owner") for record in clouds.inventory["gcp"].all(INSTANCE)]
    assert sorted(map(str, owners)) == ["ada"] * 3 + ["trainer"] * 3
    clone.dockyard("down", "other", "--yes")
    assert len(clouds.inventory["gcp"].all(INSTANCE)) == 3


def test_a_name_that_is_taken_is_a_sentence(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    before = clouds.inventory["gcp"].all()
    # another clone's states know nothing of it
    elsewhere = clone.root.parent / "elsewhere"
    elsewhere.mkdir()
    backend = elsewhere.as_uri()
    said = clone.dockyard("up", "gcp-lab", "--wait", "0", code=1, PULUMI_BACKEND_URL=backend).out
    assert "already exists" in said
    assert clouds.inventory["gcp"].all() == before


def test_two_stacks_of_one_lab_are_refused_before_anything_is_made(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    before = clouds.inventory["aws"].all()
    twin = clone.root / "stacks" / "Pulumi.twin.yaml"
    twin.write_text((clone.root / "stacks" / "Pulumi.aws-lab.yaml").read_text())
    for words in (("plan", "twin"), ("plan", "twin", "--diff"), ("up", "twin", "--yes")):
        said = clone.dockyard(*words, code=3).out
        assert "Pulumi.twin.yaml and stacks/Pulumi.aws-lab.yaml are both the lab aws-lab" in said
        assert "Give one of them another `name`" in said
    clone.pulumi("stack", "init", "twin")
    said = clone.pulumi("up", "--yes", "--skip-preview", "-s", "twin", code=1).out
    assert "are both the lab aws-lab of trainer on aws" in said
    assert clouds.inventory["aws"].all() == before
    # what was made can still be taken down
    clone.dockyard("down", "aws-lab", "--yes")
    assert clouds.inventory["aws"].all() == []


def test_two_stacks_of_one_name_share_no_keys(clone: StackClone) -> None:
    clone.describe("aws-lab", lambda described: described["access"].update(per_student_keys=True))
    text = (clone.root / "stacks" / "Pulumi.aws-lab.yaml").read_text()
    other = clone.root / "stacks" / "Pulumi.other.yaml"
    other.write_text(text.replace("owner: trainer", "owner: ada"))
    for stack in ("aws-lab", "other"):
        clone.dockyard("up", stack, "--wait", "0")
    one, two = (clone.root / ".dockyard" / stack / "keys" for stack in ("aws-lab", "other"))
    assert (one / "seat01.pub").read_text() != (two / "seat01.pub").read_text()
    assert "Nothing to change" in clone.dockyard("up", "aws-lab", "--wait", "0").out


def test_a_students_private_key_is_nowhere(clone: StackClone) -> None:
    clone.describe("aws-lab", lambda described: described["access"].update(per_student_keys=True))
    said = clone.dockyard("up", "aws-lab", "--wait", "0").out
    keys = clone.root / ".dockyard" / "aws-lab" / "keys"
    state = json.dumps(clone.state("aws-lab"))
    for number in (1, 2, 3):
        private = (keys / f"seat0{number}").read_text()
        public = (keys / f"seat0{number}.pub").read_text().split()[1]
        assert private.splitlines()[2] not in state + said
        assert public in state
    assert KEY.split()[1] in state


def test_plain_pulumi_needs_the_students_keys_first(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.describe("aws-lab", lambda described: described["access"].update(per_student_keys=True))
    clone.pulumi("stack", "init", "aws-lab")
    said = clone.pulumi("up", "--yes", "--skip-preview", "-s", "aws-lab", code=1).out
    assert "seat01 has none yet" in said
    assert clouds.inventory["aws"].all() == []
    clone.dockyard("keys", "aws-lab")
    clone.up("aws-lab")


def test_without_a_public_key_nothing_is_made(clone: StackClone, clouds: serve.Running) -> None:
    (clone.home / ".ssh" / "id_ed25519.pub").unlink()
    said = clone.dockyard("up", "aws-lab", "--wait", "0", code=4).out
    assert "The lab has no public key" in said
    assert f"Make one in {clone.home}/.ssh: ssh-keygen -t ed25519" in said
    clone.pulumi("stack", "init", "aws-lab")
    said = clone.pulumi("up", "--yes", "--skip-preview", "-s", "aws-lab", code=1).out
    assert "ssh-keygen -t ed25519" in said
    assert clouds.inventory["aws"].all() == []


def test_offline_the_last_known_address_stays(clone: StackClone) -> None:
    offline = {"DOCKYARD_ADDRESS": "", "DOCKYARD_ADDRESS_URL": "http://127.0.0.1:1/"}
    said = clone.dockyard("up", "aws-lab", "--wait", "0", code=1, **offline).out
    assert "Your own address is not known" in said
    assert "DOCKYARD_ADDRESS=203.0.113.7" in said
    clone.dockyard("up", "aws-lab", "--wait", "0")
    said = clone.dockyard("up", "aws-lab", "--wait", "0", **offline).out
    assert "Nothing to change" in said


def test_another_address_changes_the_door_alone(clone: StackClone) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    said = clone.dockyard("up", "aws-lab", "--wait", "0", DOCKYARD_ADDRESS="198.51.100.77").out
    assert "Changes: 1 to update" in said
    assert "update SecurityGroup door" in said


def test_a_lab_stays_in_its_project(clone: StackClone) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    said = clone.dockyard("up", "gcp-lab", "--wait", "0", GOOGLE_PROJECT="another").out
    assert "was not seen: they are in course, and you are the Google Cloud project another" in said
    assert "Nothing to change" in said


def test_without_a_project_it_is_said_how_to_name_one(clone: StackClone) -> None:
    said = clone.dockyard("up", "gcp-lab", "--wait", "0", code=4, GOOGLE_PROJECT="").out
    assert "Google Cloud is not told in which project" in said
    assert "export GOOGLE_PROJECT=NAME" in said


def test_state_files_hold_no_passphrase(clone: StackClone) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    words = ["grep", "-rl", "of the tests", str(clone.root), str(clone.root.parent / "state")]
    assert subprocess.run(words, check=False, capture_output=True, text=True).stdout == ""
