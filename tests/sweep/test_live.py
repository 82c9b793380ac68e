"""`dockyard plan --live`: what the account allows, asked over HTTP before anything is made."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from dockyard.errors import DockyardError
from dockyard.live.clouds import NAMES, aws
from dockyard.stack_result import stack_result
from dockyard.sweep.things import CredentialsError
from rehearsal import serve
from standin import cloud_labs
from standin.live import RIGHTS, asked, problems

AWS, AZURE, GCP = (
    (RIGHTS / name).read_text(encoding="utf-8")
    for name in ("aws-trainer.json", "azure-trainer.json", "gcp-trainer.yaml")
)


# --- an account that has room -------------------------------------------------------------------

ROOM = {
    "aws": {
        "size t3.small": (4, None, None),
        "vCPUs (standard)": (8, 0, 10_000),
        "security groups": (6, 0, 2500),
        "networks (VPCs)": (1, 0, 5),
    },
    "azure": {
        "size Standard_B1ms": (4, None, None),
        "Total Regional vCPUs": (4, 0, 10_000),
        "standardBSFamily vCPUs": (4, 0, 10_000),
        "Public IP Addresses": (4, 0, 1000),
        "resource groups": (2, 0, 980),
        "providers registered": (7, None, 7),
        "may assign roles": (None, None, None),
    },
    "gcp": {
        "size e2-small": (4, None, None),
        "CPUS": (8, 0, 10_000),
        "IN_USE_ADDRESSES": (4, 0, 10_000),
        "NETWORKS": (1, 0, 15),
        "interfaces enabled": (5, None, 5),
    },
}


@pytest.mark.parametrize("target", NAMES)
def test_an_empty_account_has_room(target: str, clouds: serve.Running) -> None:
    del clouds
    found = asked(target)
    assert [one for one in found.values() if one.mark != "✓"] == []
    assert ROOM[target].items() <= {what: one.numbers for what, one in found.items()}.items()
    assert found["rights"].needed == found["rights"].allowed


def test_what_others_use_counts(clouds: serve.Running) -> None:
    for target in ("aws", "gcp"):
        cloud_labs.make(clouds, target, machines=3)
    cloud_labs.make(clouds, "azure", machines=3)
    aws, azure, gcp = (asked(target) for target in ("aws", "azure", "gcp"))
    assert aws["vCPUs (standard)"].used == 6
    assert aws["networks (VPCs)"].used == 1
    assert azure["Public IP Addresses"].used == 3
    assert azure["resource groups"].used == 1
    assert (gcp["CPUS"].used, gcp["IN_USE_ADDRESSES"].used, gcp["NETWORKS"].used) == (6, 3, 1)


def test_what_is_there_is_not_needed_again(clouds: serve.Running) -> None:
    del clouds
    hosts = ("seat01-node1", "seat02-node1", "seat03-node1")
    exported = {
        "version": 1, "name": "moby", "owner": "ada", "target": "aws", "region": "eu-west-3",
        "made": 1, "expires": 2,
        "machines": [
            {"seat": n, "host": host, "private": "", "user": "", "id": f"i-{n}"}
            for n, host in enumerate(hosts, 1)
        ],
    }  # fmt: skip
    found = asked("aws", stack_result(exported))
    assert found["vCPUs (standard)"].needed == 2
    assert found["security groups"].needed == 1
    assert "networks (VPCs)" not in found


def test_a_cluster_needs_its_nodes(clouds: serve.Running) -> None:
    del clouds
    found = asked("azure", students=0, cluster={"nodes": 3}, registry={})
    assert found["size Standard_B2s"].needed == 3
    assert found["Total Regional vCPUs"].needed == 6
    assert found["Public IP Addresses"].needed == 1
    assert found["resource groups"].needed == 3


# --- an account that has not --------------------------------------------------------------------

SHORT = [
    ("aws", {"vcpus": 7}, "vCPUs (standard): the lab needs 8, 0 of 7 are in use.", "quotas/L-1216"),
    ("aws", {"vpcs": 0}, "networks (VPCs): the lab needs 1, 0 of 0 are in use.", "quotas/L-F678"),
    ("aws", {"groups": 5}, "security groups: the lab needs 6, 0 of 5", "quotas/L-E79E"),
    ("azure", {"vcpus": 3}, "Total Regional vCPUs: the lab needs 4, 0 of 3", "QuotaMenuBlade"),
    ("azure", {"public_addresses": 3}, "Public IP Addresses: the lab needs 4", "QuotaMenuBlade"),
    ("azure", {"unregistered": ["Microsoft.Logic"]}, "Microsoft.Logic is not registered",
     "az provider register --wait --namespace Microsoft.Logic"),
    ("azure", {"may_assign_roles": False}, "may not assign roles", "`guard: false`"),
    ("gcp", {"cpus": 7}, "CPUS: the lab needs 8, 0 of 7 are in use.", "iam-admin/quotas"),
    ("gcp", {"addresses": 3}, "IN_USE_ADDRESSES: the lab needs 4", "iam-admin/quotas"),
    ("gcp", {"networks": 0}, "NETWORKS: the lab needs 1", "iam-admin/quotas"),
    ("gcp", {"apis": ["compute.googleapis.com", "iam.googleapis.com", "workflows.googleapis.com",
                      "cloudresourcemanager.googleapis.com"]},
     "Not enabled in the project: cloudscheduler.googleapis.com.",
     "gcloud services enable cloudscheduler.googleapis.com --project course"),
    ("aws", {"unavailable": ["t3.small"]}, "t3.small is not offered in eu-west-3.", "fallback"),
    ("azure", {"unavailable": ["Standard_B1ms"]},
     "Standard_B1ms is not available in francecentral (NotAvailableForSubscription).", "fallback"),
    ("gcp", {"unavailable": ["e2-small"]}, "e2-small is not offered in europe-west9-b.",
     "fallback"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "settings", "problem", "hint"), SHORT)
def test_what_would_fail_is_said_with_what_to_type(
    target: str, settings: dict[str, Any], problem: str, hint: str, clouds: serve.Running
) -> None:
    clouds.inventory[target].set(**settings)
    found = [one for one in asked(target).values() if problem in one.problem]
    assert len(found) == 1, asked(target)
    assert hint in found[0].hint
    assert found[0].mark == "✗"


def test_without_a_guard_its_rights_are_not_needed(clouds: serve.Running) -> None:
    clouds.inventory["azure"].set(may_assign_roles=False, unregistered=["Microsoft.Logic"])
    clouds.inventory["gcp"].set(apis=["compute.googleapis.com"], denied=["iam.roles.create"])
    clouds.inventory["aws"].set(denied=["iam:CreateRole"])
    for target in NAMES:
        assert problems(asked(target))
        assert problems(asked(target, guard=False)) == []


def test_what_stops_machines_by_the_clock_is_asked_for_with_and_without_a_guard(
    clouds: serve.Running,
) -> None:
    clouds.inventory["azure"].set(unregistered=["Microsoft.DevTestLab"])
    for guard in (True, False):
        (problem,) = problems(asked("azure", guard=guard))
        assert "Microsoft.DevTestLab is not registered" in problem
    assert problems(asked("azure", hours=48)) == []


# --- rights -------------------------------------------------------------------------------------


def test_the_rights_that_are_shipped_are_enough(clouds: serve.Running) -> None:
    clouds.inventory["aws"].set(policy=AWS)
    clouds.inventory["azure"].set(actions=json.loads(AZURE)["Actions"])
    clouds.inventory["gcp"].set(permissions=yaml.safe_load(GCP)["includedPermissions"])
    for target in NAMES:
        found = asked(target)
        assert {one.mark for one in found.values()} == {"✓"}, found


def test_a_right_that_is_missing_is_named(clouds: serve.Running) -> None:
    policy = json.loads(AWS)
    policy["Statement"] = [one for one in policy["Statement"] if one["Sid"] != "MakeCreateVpc"]
    clouds.inventory["aws"].set(policy=json.dumps(policy))
    actions = set(json.loads(AZURE)["Actions"]) - {"Microsoft.Compute/virtualMachines/write"}
    clouds.inventory["azure"].set(actions=sorted(actions))
    clouds.inventory["gcp"].set(denied=["compute.instances.create"])
    missing = {
        "aws": "arn:aws:iam::123456789012:user/trainer may not: ec2:CreateVpc.",
        "azure": "This account may not: Microsoft.Compute/virtualMachines/write.",
        "gcp": "This account may not: compute.instances.create.",
    }
    for target, said in missing.items():
        found = asked(target)
        assert problems(found) == [said]
        assert found["rights"].hint.endswith("(docs/rights.md).")


def test_only_the_guards_rights_are_missing(clouds: serve.Running) -> None:
    clouds.inventory["aws"].set(denied=["scheduler:CreateSchedule"])
    clouds.inventory["gcp"].set(denied=["workflows.workflows.create"])
    for target in ("aws", "gcp"):
        assert "write `guard: false`" in asked(target)["rights"].hint


def test_only_the_alarms_rights_are_missing(clouds: serve.Running) -> None:
    for denied in ("sns:CreateTopic", "states:CreateStateMachine"):
        clouds.inventory["aws"].set(denied=[denied])
        assert asked("aws")["rights"].mark == "✓"
        assert "or leave `alarm` out" in asked("aws", alarm="ada@example.org")["rights"].hint
    clouds.inventory["azure"].set(unregistered=["Microsoft.Insights"])
    assert "provider Microsoft.Insights" not in asked("azure")
    said = asked("azure", alarm="ada@example.org")["provider Microsoft.Insights"]
    assert said.hint.endswith("--namespace Microsoft.Insights")


# --- nobody could look --------------------------------------------------------------------------


def test_what_may_not_be_looked_at_is_said_and_the_rest_answered(clouds: serve.Running) -> None:
    clouds.inventory["aws"].set(denied=["servicequotas:GetServiceQuota"])
    clouds.inventory["gcp"].set(denied=["serviceusage.services.get"])
    found = asked("aws")
    assert found["quotas"].mark == "?"
    assert "not authorized" in found["quotas"].unseen
    assert (found["size t3.small"].mark, found["rights"].mark) == ("✓", "✓")
    found = asked("gcp")
    assert "serviceusage.services.get" in found["rights"].unseen
    assert found["CPUS"].mark == "✓"


@pytest.mark.parametrize("target", NAMES)
def test_expired_credentials_are_an_error(target: str, clouds: serve.Running) -> None:
    clouds.inventory[target].set(expired=True)
    with pytest.raises((CredentialsError, DockyardError), match="does not take these credentials"):
        asked(target)


@pytest.mark.parametrize("target", NAMES)
def test_every_list_is_read_to_its_end(target: str, clouds: serve.Running) -> None:
    whole = asked(target)
    clouds.inventory[target].set(page=1)
    assert asked(target) == whole


def test_nothing_is_changed(clouds: serve.Running) -> None:
    for target in NAMES:
        cloud_labs.make(clouds, target, machines=1)
    before = {target: clouds.inventory[target].all() for target in NAMES}
    for target in NAMES:
        asked(target)
    assert before == {target: clouds.inventory[target].all() for target in NAMES}


def test_the_files_of_rights_are_those_of_the_clone() -> None:
    assert {path.name.partition("-")[0] for path in Path(RIGHTS).iterdir()} == set(NAMES)


def test_no_size_is_asked_where_none_is_new() -> None:
    nobody: Any = None  # a filter without values, AWS refuses
    assert aws.asked(nobody).sizes(nobody, []) == {}
