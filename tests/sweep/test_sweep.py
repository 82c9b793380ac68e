"""`dockyard sweep`: what it finds by tags alone, what it deletes, and what it leaves alone."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rehearsal import serve
from rehearsal.faults import Fault
from standin import cloud_labs

pytestmark = pytest.mark.slow

CLOUDS = ("aws", "azure", "gcp")
THROTTLED = {
    "aws": ("DescribeTags", "RequestLimitExceeded: Request limit exceeded."),
    "azure": ("Resources_List", "TooManyRequests: Number of requests exceeded the limit."),
    "gcp": ("instances.aggregatedList", "rateLimitExceeded: Rate Limit Exceeded"),
}
INSTANCE = "aws:ec2/instance:Instance"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
ADDRESS = "azure-native:network:PublicIPAddress"

INSIDE = {"aws": INSTANCE, "azure": ADDRESS, "gcp": "gcp:compute/instance:Instance"}
"""What lies in a lab's network or group, with its tags."""

Sweep = Callable[..., Any]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_lab_without_a_state_is_found_and_removed(
    cloud: str, clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.make(clouds, cloud)
    said = sweep("--cloud", cloud)
    assert said.code == 0
    assert "course of trainer" in said.err
    assert "This was a look: nothing was deleted." in said.err
    assert clouds.inventory[cloud].all()
    said = sweep(*cloud_labs.yes(cloud))
    assert said.code == 0
    assert "Looked again, every list to its end: nothing is left." in said.err
    assert clouds.inventory[cloud].all() == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_ends_a_lab_goes_with_it_and_the_others_stays(
    cloud: str, clouds: serve.Running, sweep: Sweep
) -> None:
    """`course` of trainer, beside one of the same name, and one whose name ends alike."""
    cloud_labs.guard(clouds, cloud, "course", "ada")
    cloud_labs.guard(clouds, cloud, "first-course", "trainer")
    others = sorted(one.id for one in clouds.inventory[cloud].all())
    cloud_labs.make(clouds, cloud, machines=1)
    cloud_labs.guard(clouds, cloud)
    said = sweep(*cloud_labs.yes(cloud), "--lab", "course", "--owner", "trainer")
    assert said.code == 0, said.err
    assert sorted(one.id for one in clouds.inventory[cloud].all()) == others
    said = sweep(*cloud_labs.yes(cloud))
    assert said.code == 0, said.err
    assert clouds.inventory[cloud].all() == []


@pytest.mark.parametrize(
    ("cloud", "rights", "words"),
    [
        ("aws", ["iam:ListRoles", "scheduler:ListSchedules"], "of which it says AccessDenied"),
        ("aws", ["sns:ListTopics"], "of which it says AuthorizationError"),
        ("aws", ["states:ListStateMachines"], "of which it says AccessDenied"),
        ("gcp", ["iam.roles.list"], "PERMISSION_DENIED: Permission 'iam.roles.list' denied"),
    ],
)
def test_who_may_not_list_guards_is_told_that_they_are_unseen(
    cloud: str, rights: list[str], words: str, clouds: serve.Running, sweep: Sweep
) -> None:
    clouds.inventory[cloud].set(denied=rights)
    cloud_labs.make(clouds, cloud, machines=1)
    said = sweep(*cloud_labs.yes(cloud))
    assert said.code == 0
    assert words in said.err


def test_a_policy_that_somebody_else_writes_is_read_again(
    clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.guard(clouds, "gcp")
    busy = "ABORTED: There were concurrent policy changes."
    call = "resourcemanager.projects.setIamPolicy"
    clouds.inventory["gcp"].plan(Fault("call", call, times=2, error=busy))
    said = sweep("--cloud", "gcp", "--yes", "--confirm", "course", "--wait", "1")
    assert said.code == 0, said.err
    assert clouds.desks["gcp"].calls.count(call) == 3
    assert clouds.inventory["gcp"].all() == []


def test_guards_that_can_not_be_listed_are_never_called_gone(
    clouds: serve.Running, sweep: Sweep
) -> None:
    refusal = "INVALID_ARGUMENT: Not now."
    clouds.inventory["gcp"].plan(Fault("call", "cloudscheduler.jobs.list", times=0, error=refusal))
    said = sweep("--cloud", "gcp")
    assert said.code == 1
    assert "scheduled jobs could not be looked at" in said.err


@pytest.mark.usefixtures("clouds")
def test_an_empty_account_is_said_to_be_read_to_its_end(sweep: Sweep) -> None:
    said = sweep()
    assert said.code == 0
    assert "Nothing found in the AWS account 123456789012" in said.err
    assert "the Google Cloud project course" in said.err
    assert "Not seen by any list" in said.err


@pytest.mark.parametrize("cloud", CLOUDS)
def test_only_the_lab_that_is_meant_goes(cloud: str, clouds: serve.Running, sweep: Sweep) -> None:
    """Two labs of one name by two owners, and one whose name begins with the other's."""
    cloud_labs.make(clouds, cloud, "course", "ada")
    cloud_labs.make(clouds, cloud, "course-two", "trainer")
    others = clouds.inventory[cloud].all()
    cloud_labs.make(clouds, cloud, "course", "trainer")
    said = sweep(*cloud_labs.yes(cloud), "--lab", "course", "--owner", "trainer")
    assert said.code == 0
    left = clouds.inventory[cloud].all()
    assert sorted(one.id for one in left) == sorted(one.id for one in others)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_small_pages_are_all_read(cloud: str, clouds: serve.Running, sweep: Sweep) -> None:
    cloud_labs.make(clouds, cloud, machines=12)
    clouds.inventory[cloud].set(page=3)
    assert sweep(*cloud_labs.yes(cloud)).code == 0
    assert clouds.inventory[cloud].all() == []


def test_the_calls_for_a_thousand_things_grow_with_the_pages(
    clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.make(clouds, "azure", machines=1000)
    clouds.inventory["azure"].set(page=100)
    assert sweep(*cloud_labs.yes("azure")).code == 0
    assert clouds.inventory["azure"].all() == []
    calls = clouds.desks["azure"].calls
    assert calls.count("Resources_ListByResourceGroup") == 10
    assert len(calls) < 30


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_throttled_page_is_asked_again(cloud: str, clouds: serve.Running, sweep: Sweep) -> None:
    cloud_labs.make(clouds, cloud, machines=8)
    clouds.inventory[cloud].set(page=2)
    call, words = THROTTLED[cloud]
    clouds.inventory[cloud].plan(Fault("call", call, first=3, times=2, error=words))
    assert sweep(*cloud_labs.yes(cloud)).code == 0
    assert clouds.inventory[cloud].all() == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_look_that_fails_is_never_empty(cloud: str, clouds: serve.Running, sweep: Sweep) -> None:
    call, _ = THROTTLED[cloud]
    words = {"aws": "UnauthorizedOperation", "azure": "AuthorizationFailed", "gcp": "forbidden"}
    refusal = f"{words[cloud]}: You may not look."
    clouds.inventory[cloud].plan(Fault("call", call, times=0, error=refusal))
    said = sweep("--cloud", cloud)
    assert said.code == 1
    assert "You may not look." in said.err
    assert "Nothing found" not in said.err


def test_what_was_refused_is_not_called_deleted_where_nobody_can_look(
    clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.make(clouds, "aws", machines=2)
    sweep("--cloud", "aws")
    looks = clouds.desks["aws"].calls.count("DescribeTags")
    refusal = "OperationNotPermitted: The instance may not be terminated."
    clouds.inventory["aws"].plan(Fault("call", "TerminateInstances", times=0, error=refusal))
    blind = "InvalidParameterValue: Not now."
    clouds.inventory["aws"].plan(
        Fault("call", "DescribeTags", first=looks + 1, times=0, error=blind)
    )
    said = sweep(*cloud_labs.yes("aws"), "--json")
    assert said.code == 1
    assert "nothing is called empty" in said.err
    assert len(clouds.inventory["aws"].all(INSTANCE)) == 2
    there = {one.id for one in clouds.inventory["aws"].all()}
    assert not there & {one["id"] for one in said.data[0]["deleted"]}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_expired_credentials_are_a_sentence(
    cloud: str, clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.make(clouds, cloud)
    clouds.inventory[cloud].set(expired=True)
    said = sweep("--cloud", cloud)
    assert said.code == 4
    assert "does not take these credentials" in said.err


@pytest.mark.parametrize("cloud", CLOUDS)
def test_credentials_that_expire_in_the_middle(
    cloud: str, clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.make(clouds, cloud, machines=4)
    call, words = {
        "aws": ("DeleteSubnet", "RequestExpired: The security token is expired"),
        "azure": ("ResourceGroups_Delete", "ExpiredAuthenticationToken: The token is expired"),
        "gcp": ("networks.delete", "authError: Invalid Credentials"),
    }[cloud]
    clouds.inventory[cloud].plan(Fault("call", call, error=words))
    said = sweep(*cloud_labs.yes(cloud))
    assert said.code == 4
    assert "does not take these credentials" in said.err
    assert clouds.inventory[cloud].all()
    assert sweep(*cloud_labs.yes(cloud)).code == 0
    assert clouds.inventory[cloud].all() == []


@pytest.mark.usefixtures("clouds")
def test_nobody_is_known(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AZURE_SUBSCRIPTION_ID", "GOOGLE_PROJECT"):
        monkeypatch.delenv(name)
    said = sweep()
    assert said.code == 1
    assert "aws was not looked at: AWS knows no credentials on this computer." in said.err
    assert "No cloud could be looked at" in said.err
    assert sweep("--cloud", "azure").code == 4


def test_only_accounts_that_were_confirmed_are_swept(
    clouds: serve.Running, sweep: Sweep, tmp_path: Path
) -> None:
    cloud_labs.make(clouds, "aws")
    before = clouds.inventory["aws"].all()
    said = sweep("--cloud", "aws", "--yes")
    assert said.code == 7
    assert "the AWS account 123456789012" in said.err
    assert "--confirm 123456789012" in said.err
    assert clouds.inventory["aws"].all() == before
    assert sweep("--cloud", "aws", "--yes", "--confirm", "123456789013").code == 7
    assert sweep(*cloud_labs.yes("aws")).code == 0
    known = json.loads((tmp_path / "home/dockyard/accounts.json").read_text())
    assert list(known["aws"]) == ["123456789012"]
    cloud_labs.make(clouds, "aws")
    assert sweep("--cloud", "aws", "--yes").code == 0


def test_a_protected_lab_goes_by_its_name_alone(clouds: serve.Running, sweep: Sweep) -> None:
    cloud_labs.make(clouds, "azure", more={"protected": "yes"})
    said = sweep(*cloud_labs.yes("azure"))
    assert said.code == 7
    assert "course of trainer is protected" in said.err
    assert clouds.inventory["azure"].all()
    assert sweep(*cloud_labs.yes("azure"), "--protected", "course").code == 0
    assert clouds.inventory["azure"].all() == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_expired_labs_alone(cloud: str, clouds: serve.Running, sweep: Sweep) -> None:
    cloud_labs.make(clouds, cloud, "early", expires=int(time.time()) - 60)
    cloud_labs.make(clouds, cloud, "late")
    assert sweep(*cloud_labs.yes(cloud), "--expired").code == 0
    left = {one.tags.get("dockyard-lab") for one in clouds.inventory[cloud].all()} - {None}
    assert left == {"late"}


def test_a_deadline_edited_by_hand_is_not_taken_for_over(
    clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.make(clouds, "aws", expires=1)
    inventory = clouds.inventory["aws"]
    for one in inventory.all():
        inventory.put(replace(one, tags={**one.tags, "dockyard-expires": "tomorrow"}))
    said = sweep("--cloud", "aws", "--expired")
    assert "has no deadline that can be read" in said.err
    assert "dockyard sweep --lab course --owner trainer --yes" in said.err


def test_a_lab_whose_tags_were_edited_is_still_found_by_its_network(
    clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.make(clouds, "aws")
    inventory = clouds.inventory["aws"]
    for one in inventory.all(INSTANCE):
        inventory.put(replace(one, tags={"Name": "mine now"}))
    said = sweep("--cloud", "aws")
    assert "Inside it, without its tags: 3 machines" in said.err
    assert sweep(*cloud_labs.yes("aws")).code == 0
    assert inventory.all() == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_thing_whose_owner_was_edited_stays_and_is_named(
    cloud: str, clouds: serve.Running, sweep: Sweep
) -> None:
    cloud_labs.make(clouds, cloud)
    inventory = clouds.inventory[cloud]
    one = inventory.all(INSIDE[cloud])[0]
    inventory.put(replace(one, tags={**one.tags, "dockyard-owner": "mallory"}))
    said = sweep(*cloud_labs.yes(cloud), "--lab", "course", "--owner", "trainer")
    assert said.code == 6
    assert "another lab, course of mallory" in said.err
    assert [one.id for one in inventory.all(INSIDE[cloud])] == [one.id]
    for owner in ("mallory", "trainer"):
        assert sweep(*cloud_labs.yes(cloud), "--lab", "course", "--owner", owner).code == 0
    assert inventory.all() == []


def test_no_words_delete_a_lab_of_nobody_alone(clouds: serve.Running, sweep: Sweep) -> None:
    """`--owner  --yes` would ask for an owner of that name."""
    cloud_labs.make(clouds, "azure", machines=0)
    inventory = clouds.inventory["azure"]
    for one in inventory.all():
        inventory.put(replace(one, tags={"dockyard-lab": "course", "dockyard-expires": "soon"}))
    said = sweep("--cloud", "azure", "--expired").err
    assert "! course of nobody named has no deadline that can be read" in said
    assert "If it may go: dockyard sweep --lab course   (of every owner)" in said
    assert "No expired lab (1 lab not taken for expired) in the Azure subscription" in said


def test_what_was_not_asked_for_is_not_called_empty(clouds: serve.Running, sweep: Sweep) -> None:
    cloud_labs.make(clouds, "gcp", "late")
    said = sweep("--cloud", "gcp", "--lab", "lat", "--owner", "trainer")
    assert "No lab lat of trainer in the Google Cloud project course" in said.err
    assert "No expired lab (1 lab not taken" in sweep("--cloud", "gcp", "--expired").err


def test_clouds_that_were_not_looked_at_are_named(
    clouds: serve.Running, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud_labs.make(clouds, "aws")
    for name in ("AZURE_SUBSCRIPTION_ID", "GOOGLE_PROJECT"):
        monkeypatch.delenv(name)
    said = sweep("--json")
    assert [(one["cloud"], bool(one["skipped"])) for one in said.data] == [
        ("aws", False),
        ("azure", True),
        ("gcp", True),
    ]
    assert said.data[1]["skipped"] == "Azure is not told which subscription is meant."
    last = "! Not looked at, for nobody is known there: azure, gcp.\n"
    assert said.err.endswith(last)
    assert sweep("--yes", "--confirm", "123456789012").err.endswith(last)
    assert sweep().err.endswith(last)


def test_a_network_whose_machines_the_cloud_has_ended(clouds: serve.Running, sweep: Sweep) -> None:
    cloud_labs.make(clouds, "gcp", machines=0)
    assert "course of trainer" in sweep("--cloud", "gcp").err
    assert sweep(*cloud_labs.yes("gcp")).code == 0
    assert clouds.inventory["gcp"].all() == []


def test_several_regions(clouds: serve.Running, sweep: Sweep) -> None:
    cloud_labs.make(clouds, "aws", place="us-east-1", machines=1)
    cloud_labs.make(clouds, "aws", place="af-south-1", machines=1)
    assert sweep(*cloud_labs.yes("aws")).code == 0
    assert clouds.inventory["aws"].all() == []


@pytest.mark.usefixtures("clouds")
def test_a_word_that_is_no_cloud(sweep: Sweep) -> None:
    assert "There is no cloud `asw`" in sweep("--cloud", "asw").err
