"""`dockyard recover`: after every way in which a state and a cloud can part."""

import json
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dockyard.engine import states
from rehearsal import serve
from rehearsal.faults import Fault
from standin import cloud_labs, slowly
from standin.killed import kill_when
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

MACHINES = {
    "aws": "aws:ec2/instance:Instance",
    "azure": "azure-native:compute:VirtualMachine",
    "gcp": "gcp:compute/instance:Instance",
}


def state_file(clone: StackClone, stack: str) -> Path:
    return clone.root.parent / "state" / ".pulumi" / "stacks" / "dockyard" / f"{stack}.json"


def cut_off(clone: StackClone, clouds: serve.Running, cloud: str) -> None:
    """The engine is killed when three machines are being made, and nobody noted them."""
    inventory, machine = clouds.inventory[cloud], MACHINES[cloud]
    inventory.plan(Fault("create", machine, delay=20, times=0))
    clone.pulumi("stack", "init", f"{cloud}-lab")
    words = ["up", "--yes", "--skip-preview", "-s", f"{cloud}-lab"]
    assert kill_when(clone, words, lambda: len(inventory.all(machine)) == 3)
    inventory.calm()


@pytest.mark.parametrize("cloud", slowly.first("aws", "azure", "gcp"))
def test_machines_that_were_being_made_are_adopted(
    cloud: str, clone: StackClone, clouds: serve.Running
) -> None:
    cut_off(clone, clouds, cloud)
    inventory, machine = clouds.inventory[cloud], MACHINES[cloud]
    before = {one.id for one in inventory.all(machine)}
    said = clone.dockyard("up", f"{cloud}-lab", "--wait", "0", code=1).out
    assert "was cut off" in said
    assert f"dockyard recover {cloud}-lab" in said
    said = clone.dockyard("recover", f"{cloud}-lab", "--yes").out
    assert said.count("Adopted: ") == 3
    assert f"{cloud}-lab is whole" in said
    # where they are is known at once, and it is what `up` says afterwards
    told = clone.lab(f"{cloud}-lab")
    assert len(told["machines"]) == 3
    assert all(one["id"] and one["address"] for one in told["machines"])
    assert clone.dockyard("status", f"{cloud}-lab").out.count("seat0") == 3
    clone.dockyard("up", f"{cloud}-lab", "--wait", "0", "--yes")
    same = ("machines", "made", "expires", "latest", "asked", "images")
    made = clone.lab(f"{cloud}-lab")
    assert {key: made.get(key) for key in same} == {key: told.get(key) for key in same}
    assert {one.id for one in inventory.all(machine)} == before
    clone.dockyard("down", f"{cloud}-lab", "--yes")
    assert inventory.all() == []


def test_what_plain_pulumi_leaks_is_found(clone: StackClone, clouds: serve.Running) -> None:
    """`cancel`, then `up`: the engine makes three more and forgets the first ones."""
    cut_off(clone, clouds, "aws")
    clone.pulumi("cancel", "--yes", "-s", "aws-lab")
    clone.pulumi("refresh", "--yes", "--clear-pending-creates", "-s", "aws-lab")
    inventory = clouds.inventory["aws"]
    for one in inventory.all(MACHINES["aws"]):  # AWS has no fixed names: an address collides
        inventory.remove(one)
    clone.up("aws-lab")
    known = inventory.all(MACHINES["aws"])
    more = {key: value for key, value in known[0].inputs.items() if key != "privateIp"}
    lost = cloud_labs.add(clouds, "aws", MACHINES["aws"], "eu-west-3", **more).id
    said = clone.dockyard("recover", "aws-lab", code=7).out
    assert lost in said
    assert "They stay, and are billed." in said
    clone.dockyard("recover", "aws-lab", "--yes")
    assert {one.id for one in inventory.all(MACHINES["aws"])} == {one.id for one in known}


def test_what_an_older_copy_of_the_state_does_not_know_is_adopted(
    clone: StackClone, clouds: serve.Running
) -> None:
    """Of a backup, or of another computer: students are at work on the machines made since."""
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    clone.dockyard("allow", "gcp-lab", "198.51.100.0/24")
    file, inventory = state_file(clone, "gcp-lab"), clouds.inventory["gcp"]
    older = file.read_text()
    clone.describe("gcp-lab", lambda lab: lab.update(students=4))
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    made, before = clone.lab("gcp-lab"), {one.id for one in inventory.all()}
    file.write_text(older)
    said = clone.dockyard("recover", "gcp-lab", "--yes").out
    assert "as seat04-node1" in said
    assert clone.lab("gcp-lab") == made
    assert "Nothing to change" in clone.dockyard("up", "gcp-lab", "--wait", "0").out
    file.write_text(older)
    clone.describe("gcp-lab", lambda lab: lab.update(students=3))  # the description is older, too
    said = clone.dockyard("recover", "gcp-lab", "--yes").out
    assert "They stay, and are billed" in said
    assert "is whole" not in said
    assert {one.id for one in inventory.all()} == before


def test_a_machine_in_a_second_network_stays_there(
    clone: StackClone, clouds: serve.Running
) -> None:
    """Made under a state that was lost; nobody knows whether a student is at work on it."""
    inventory = clouds.inventory["aws"]
    clone.describe("aws-lab", lambda lab: lab.update(students=2, guard=False))
    clone.dockyard("up", "aws-lab", "--wait", "0")
    lose(clone, "aws-lab")
    clone.describe("aws-lab", lambda lab: lab.update(students=1))
    clone.dockyard("up", "aws-lab", "--wait", "0")
    before = {one.id for one in inventory.all()}
    said = clone.dockyard("recover", "aws-lab", "--yes").out
    assert "They stay, and are billed" in said
    assert "is whole" not in said
    assert "Adopted" not in said
    assert {one.id for one in inventory.all()} == before


def test_a_whole_lab_needs_nothing(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    before = clouds.inventory["gcp"].all()
    assert "gcp-lab is whole" in clone.dockyard("recover", "gcp-lab").out
    assert clouds.inventory["gcp"].all() == before


def test_a_lab_that_is_nowhere(clone: StackClone) -> None:
    assert "Nothing to do: gcp-lab is neither" in clone.dockyard("recover", "gcp-lab").out


def test_the_lock_of_another_computer(clone: StackClone) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    folder = clone.root.parent / "state/.pulumi/locks/organization/dockyard/gcp-lab"
    folder.mkdir(parents=True, exist_ok=True)
    ago = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3 * 3600))
    lock = {"pid": 1, "username": "ada", "hostname": "elsewhere", "timestamp": ago}
    (folder / "a.json").write_text(json.dumps(lock))
    said = clone.dockyard("recover", "gcp-lab", "--yes", code=1).out
    assert "ada@elsewhere (process 1), for 3 h" in said
    assert "--take-over" in said
    said = clone.dockyard("recover", "gcp-lab", "--take-over").out
    assert "Unlocked gcp-lab" in said
    assert not list(folder.glob("*.json"))


def _locks(clone: StackClone, stack: str) -> Path:
    folder = clone.root.parent / f"state/.pulumi/locks/organization/dockyard/{stack}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_the_dead_lock_of_a_state_that_is_gone(clone: StackClone) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    dead = {"pid": 2**22 + 1, "username": "ada", "hostname": socket.gethostname()}
    file = _locks(clone, "gcp-lab") / "a.json"
    file.write_text(json.dumps({**dead, "timestamp": now}))
    said = clone.dockyard("plan", "gcp-lab", "--diff", code=1).out
    assert "If that one is gone: dockyard recover gcp-lab" in said
    said = clone.dockyard("recover", "gcp-lab").out
    assert "Unlocked gcp-lab" in said
    assert "Nothing to do: gcp-lab is neither" in said
    assert not file.exists()


def test_what_a_full_disk_left_is_taken_away(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    before = clouds.inventory["gcp"].all()
    halves = [
        _locks(clone, "gcp-lab") / "a.json.18eb8a33649298d1.tmp",
        state_file(clone, "gcp-lab").with_name("gcp-lab.json.attrs"),
    ]
    for file in halves:
        file.write_text("")
    said = clone.dockyard("up", "gcp-lab", "--wait", "0", code=1).out
    assert "Type: dockyard recover gcp-lab" in said
    said = clone.dockyard("recover", "gcp-lab").out
    assert said.count("it was cut off, as on a full disk") == 2
    assert "gcp-lab is whole" in said
    assert "Nothing to change" in clone.dockyard("up", "gcp-lab", "--wait", "0").out
    assert clouds.inventory["gcp"].all() == before
    # and when its time is over, nobody is told to make it
    later = clone.root.parent / "later"
    later.write_text("40000")
    said = clone.dockyard("recover", "gcp-lab", DOCKYARD_CLOCK=str(later)).out
    assert "Its time was over at" in said
    assert said.endswith("Next: dockyard down gcp-lab\n")


@pytest.mark.parametrize(
    "broken",
    [
        lambda text: text[: len(text) // 2],
        pytest.param(lambda _: "<html>", marks=pytest.mark.slow),
        pytest.param(lambda _: '{"version": 3}', marks=pytest.mark.slow),
    ],
)
def test_a_broken_state_is_put_back(
    broken: Callable[[str], str], clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "azure-lab", "--wait", "0")
    file = state_file(clone, "azure-lab")
    file.write_text(broken(file.read_text()))
    assert "dockyard recover azure-lab" in clone.dockyard("list").out
    said = clone.dockyard("recover", "azure-lab", "--yes").out
    assert "can't be read" in said
    assert "Put back as it was before the last operation" in said
    clone.dockyard("down", "azure-lab", "--yes")
    assert clouds.inventory["azure"].all() == []


@pytest.mark.slow
def test_a_state_that_is_cut_off_is_in_no_other_labs_way(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    clone.pulumi("stack", "init", "aws-lab")
    file = state_file(clone, "aws-lab")
    whole = file.read_text()
    file.write_text(whole[: len(whole) // 2])
    assert "Nothing to change" in clone.dockyard("up", "gcp-lab", "--wait", "0").out
    assert "gcp-lab is whole" in clone.dockyard("recover", "gcp-lab").out
    clone.dockyard("extend", "gcp-lab", "1h")
    clone.dockyard("plan", "gcp-lab", "--diff")
    where = clone.root.parent.as_uri()
    for words, code in (
        (("list",), 0),
        (("backend",), 0),
        (("doctor",), None),  # what else this computer lacks is its own matter
        (("backend", f"{where}/elsewhere", "--yes"), 1),
        (("up", "aws-lab", "--wait", "0"), 1),
        (("down", "aws-lab", "--yes"), 1),
    ):
        said = clone.dockyard(*words, code=code).out
        assert "tate of aws-lab can't be read" in said
        assert "dockyard recover aws-lab" in said
    clone.dockyard("down", "gcp-lab", "--yes")
    clone.dockyard("recover", "aws-lab")
    assert "can't be read" not in clone.dockyard("list").out
    assert all(inventory.all() == [] for inventory in clouds.inventory.values())


def lose(clone: StackClone, stack: str) -> None:
    for file in state_file(clone, stack).parent.glob(f"{stack}*"):
        file.unlink()


@pytest.mark.parametrize("stack", slowly.first("aws-lab", "azure-lab", "gcp-lab", "aks-lab"))
def test_a_lost_state_is_made_anew(stack: str, clone: StackClone, clouds: serve.Running) -> None:
    clone.describe(stack, lambda described: described.update(alarm="ada@example.org"))
    clone.dockyard("up", stack, "--wait", "0")
    made, cloud = clone.lab(stack), "azure" if stack == "aks-lab" else stack.partition("-")[0]
    inventory = clouds.inventory[cloud]
    before = {one.id for one in inventory.all()}
    if cloud == "aws":
        inventory.set(images=2)  # the cloud's newest image has moved on meanwhile
    lose(clone, stack)
    said = clone.dockyard("recover", stack, "--yes").out
    assert "know nothing of it" in said
    assert f"{stack} has a state again" in said
    assert {one.id for one in inventory.all()} == before
    again = clone.dockyard("up", stack, "--wait", "0", "--yes").out
    assert "to replace" not in again
    assert before <= {one.id for one in inventory.all()}
    now = clone.lab(stack)
    same = ("machines", "expires", "latest", "asked", "images", "cluster", "registry")
    assert {key: now.get(key) for key in same} == {key: made.get(key) for key in same}
    clone.dockyard("down", stack, "--yes")
    assert inventory.all() == []


def test_a_recover_that_was_cut_off_goes_on_and_deletes_nothing(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    inventory, backend = clouds.inventory["gcp"], clone.environment["PULUMI_BACKEND_URL"]
    before = {one.id for one in inventory.all()}
    lose(clone, "gcp-lab")
    # the network is in the state then, and no machine
    recover = [sys.executable, "-m", "dockyard.cli", "recover", "gcp-lab", "--yes"]
    assert kill_when(clone, recover, lambda: (states.made(backend).get("gcp-lab") or 0) > 4)
    while states.locks(backend, "gcp-lab"):  # what the killed one began comes to its end
        time.sleep(0.1)
    said = clone.dockyard("up", "gcp-lab", "--wait", "0", "--yes", code=1).out
    assert "`dockyard recover gcp-lab` was cut off" in said
    said = clone.dockyard("recover", "gcp-lab", "--yes").out
    assert "know not all of it" in said
    assert "gcp-lab has a state again" in said
    assert {one.id for one in inventory.all()} == before
    # nor is what is not described a stray, as long as no `up` has seen the new state
    clone.describe("gcp-lab", lambda lab: lab.update(students=1))
    assert "They stay" not in clone.dockyard("recover", "gcp-lab", "--yes").out
    assert {one.id for one in inventory.all()} == before


def test_nobody_makes_a_second_state_unasked(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    before = clouds.inventory["gcp"].all()
    lose(clone, "gcp-lab")
    said = clone.dockyard("recover", "gcp-lab", code=7).out
    assert "If another computer has its state, use that one" in said
    assert "dockyard sweep --cloud gcp --lab gcp-lab --owner trainer --yes" in said
    assert clouds.inventory["gcp"].all() == before


def test_a_lab_whose_time_nobody_knows_is_not_taken_up(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    lose(clone, "aws-lab")
    inventory = clouds.inventory["aws"]
    for one in inventory.tagged("dockyard-expires"):
        inventory.put(replace(one, tags={**one.tags, "dockyard-expires": "soon"}))
    said = clone.dockyard("recover", "aws-lab", "--yes", code=6).out
    assert "can't be read from its tags. Nothing was changed." in said
    assert "dockyard sweep --cloud aws --lab aws-lab --owner trainer --yes" in said


@pytest.mark.slow
def test_machines_that_are_not_described_stay(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    lose(clone, "aws-lab")
    clone.describe("aws-lab", lambda lab: lab.update(students=1))
    said = clone.dockyard("recover", "aws-lab", "--yes").out
    assert "Not in the description, and so not in the state" in said
    assert len(clouds.inventory["aws"].all(MACHINES["aws"])) == 3
    clone.dockyard("down", "aws-lab", "--yes")
    assert clouds.inventory["aws"].all() == []


@pytest.mark.parametrize(
    ("version", "why"),
    [
        (2, "that is too old to be understood"),
        pytest.param(99, "was written by a newer Pulumi", marks=pytest.mark.slow),
    ],
)
def test_a_state_of_another_version(
    version: int, why: str, clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("up", "gcp-lab", "--wait", "0")
    before = {one.id for one in clouds.inventory["gcp"].all()}
    file = state_file(clone, "gcp-lab")
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": version}))
    said = clone.dockyard("recover", "gcp-lab", "--yes", code=4).out
    assert why in said
    assert "--rebuild" in said
    said = clone.dockyard("recover", "gcp-lab", "--rebuild", "--yes").out
    assert "gcp-lab has a state again" in said
    assert {one.id for one in clouds.inventory["gcp"].all()} == before


def test_expired_credentials(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("up", "aws-lab", "--wait", "0")
    clouds.inventory["aws"].set(expired=True)
    said = clone.dockyard("recover", "aws-lab", "--yes", code=4).out
    assert "AWS does not take these credentials" in said
    assert "aws sso login" in said
    clouds.inventory["aws"].set(expired=False)
    assert "aws-lab is whole" in clone.dockyard("recover", "aws-lab", "--yes").out


def test_a_lost_passphrase(clone: StackClone) -> None:
    clone.dockyard("up", "aks-lab", "--wait", "0")
    other = {"PULUMI_CONFIG_PASSPHRASE": "another"}
    said = clone.dockyard("recover", "aks-lab", "--yes", code=4, **other).out
    assert "The passphrase is not the one" in said
    assert "dockyard sweep --cloud azure --lab aks-lab --owner trainer --yes" in said
    assert "dockyard recover aks-lab --rebuild" in said
    said = clone.dockyard("recover", "aks-lab", "--rebuild", "--yes", **other).out
    assert "The state of aks-lab was put aside" in said
    assert "aks-lab has a state again" in said
    clone.dockyard("down", "aks-lab", "--yes", **other)


def test_the_nodes_of_a_cluster_are_no_strays(clone: StackClone, clouds: serve.Running) -> None:
    """Azure gives their group the cluster's own tags, and no state knows it."""
    clone.dockyard("up", "aks-lab", "--wait", "0")
    before = {one.id for one in clouds.inventory["azure"].all()}
    said = clone.dockyard("recover", "aks-lab", "--yes").out
    assert "a second one" not in said
    assert "aks-lab is whole" in said
    assert {one.id for one in clouds.inventory["azure"].all()} == before
    clone.dockyard("down", "aks-lab", "--yes")
    assert clouds.inventory["azure"].all() == []
