"""`dockyard plan --live`: what the account allows, asked over HTTP before anything is made."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from dockyard.clouds import load
from dockyard.errors import DockyardError
from dockyard.live import asking
from dockyard.live.answers import Answer
from dockyard.live.clouds import NAMES
from dockyard.live.needs import needs
from dockyard.sizes import Taken
from dockyard.spec import LabSpec
from dockyard.stack_result import StackResult, stack_result
from dockyard.sweep.things import CredentialsError
from rehearsal import serve
from standin import cloud_labs
from standin.stack_clone import ROOT

RIGHTS = ROOT / "rights"
AWS, AZURE, GCP = (
    (RIGHTS / name).read_text(encoding="utf-8")
    for name in ("aws-trainer.json", "azure-trainer.json", "gcp-trainer.yaml")
)


def lab(target: str, **fields: object) -> LabSpec:
    given = {"name": "moby", "target": target, "owner": "ada", "hours": 9, "students": 4, **fields}
    return LabSpec.model_validate(given)


def asked(target: str, made: StackResult | None = None, **fields: object) -> dict[str, Answer]:
    """The answers, by what was asked."""
    return {one.what: one for one in asking.ask(needs(lab(target, **fields), made, RIGHTS)).rows}


def taken(target: str, **fields: object) -> dict[str, str]:
    return dict(asking.ask(needs(lab(target, **fields), None, RIGHTS)).sizes)


def sized(size: str, *fallback: str) -> dict[str, Any]:
    return {"machines": ({"size": size, "fallback": fallback},)}


def problems(found: dict[str, Answer]) -> list[str]:
    return [one.problem for one in found.values() if one.problem]


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


# --- sizes and zones ----------------------------------------------------------------------------


def test_a_zone_that_lacks_a_size(clouds: serve.Running) -> None:
    """With no zone written AWS may choose the one that has none."""
    del clouds
    there = {"region": "us-east-1"}
    (said,) = problems(asked("aws", **there))
    assert said.startswith("t3.small is offered in us-east-1a, us-east-1b")
    assert asked("aws", **there)["size t3.small"].hint == "Write one of them as `zone`: us-east-1a"
    assert problems(asked("aws", **there, zone="us-east-1a")) == []
    (said,) = problems(asked("aws", **there, zone="us-east-1e"))
    assert said == "t3.small is not offered in us-east-1e."
    assert problems(asked("aws", **there, **sized("native:m5.large"))) == []


@pytest.mark.parametrize(
    ("target", "zone", "problem"),
    [
        ("azure", "2", ""),
        ("gcp", "europe-west9-c", ""),
        ("gcp", "europe-west9-f", "e2-small is not offered in europe-west9-f."),
    ],
)
def test_zones_of_other_clouds(target: str, zone: str, problem: str, clouds: serve.Running) -> None:
    del clouds
    assert problems(asked(target, zone=zone)) == ([problem] if problem else [])


def test_a_region_without_zones(clouds: serve.Running) -> None:
    del clouds
    (said,) = problems(asked("azure", region="ukwest", zone="1"))
    assert said == "Standard_B1ms is not offered in the zone 1 of ukwest."


@pytest.mark.parametrize(
    ("target", "name"),
    [("aws", "t3.huge"), ("azure", "Standard_Z1"), ("gcp", "z9-small")],
)
def test_a_size_that_nobody_has(target: str, name: str, clouds: serve.Running) -> None:
    del clouds
    (said,) = problems(asked(target, **sized(f"native:{name}")))
    assert said.startswith(f"{name} is ")


def test_families_that_count_together(clouds: serve.Running) -> None:
    clouds.inventory["gcp"].set(cpus=100)
    both = ({"size": "large"}, {"name": "b", "size": "native:n2-standard-8"})
    assert asked("gcp", machines=both)["CPUS"].needed == 4 * (4 + 8)


FALLBACKS = [
    ("aws", {"unavailable": ["t3.medium"]}, "native:t3a.medium", "t3.medium is not offered in"),
    ("azure", {"unavailable": ["Standard_B2s"]}, "native:Standard_B2ms", "Standard_B2s is not"),
    ("gcp", {"unavailable": ["e2-medium"]}, "native:e2-standard-2", "e2-medium is not offered"),
]


@pytest.mark.parametrize(("target", "settings", "other", "why"), FALLBACKS)
def test_a_fallback_is_taken_and_said(
    target: str, settings: dict[str, Any], other: str, why: str, clouds: serve.Running
) -> None:
    wanted = sized("medium", "native:none-such", other, "small")
    assert taken(target, **wanted) == {"node": "medium"}
    clouds.inventory[target].set(**settings)
    assert taken(target, **wanted) == {"node": other}
    found = asked(target, **wanted)
    assert problems(found) == []
    first = found[f"size {load(target).size('medium')}"]
    assert (first.mark, why in first.passed) == ("-", True)
    assert f"{other.removeprefix('native:')} is taken in its place" in first.passed
    assert found["size none-such"].mark == "-"
    assert found[f"size {other.removeprefix('native:')}"].mark == "✓"


@pytest.mark.parametrize(
    ("target", "setting"), [("aws", "vcpus"), ("azure", "vcpus"), ("gcp", "cpus")]
)
def test_a_quota_makes_a_smaller_one_fit(target: str, setting: str, clouds: serve.Running) -> None:
    clouds.inventory[target].set(**{setting: 10})
    assert taken(target, **sized("large", "small")) == {"node": "small"}
    assert problems(asked(target, **sized("large", "small"))) == []
    # the kinds share what there is: the first takes it
    both = (
        {"name": "a", "size": "small"},
        {"name": "b", "size": "large", "fallback": ("native:none-such", "small")},
    )
    assert taken(target, machines=both)["b"] == ("small" if target == "azure" else "large")


def test_where_no_fallback_fits_the_wanted_size_is_named(clouds: serve.Running) -> None:
    clouds.inventory["aws"].set(unavailable=["t3.medium", "t3a.medium"])
    wanted = sized("medium", "native:t3a.medium")
    assert taken("aws", **wanted) == {"node": "medium"}
    (said,) = problems(asked("aws", **wanted))
    assert said == "t3.medium is not offered in eu-west-3. Nor did these fit: t3a.medium."


# --- a size and a quota at once; another size for what is there ---------------------------------

NO_ROOM = [
    ("aws", {"vcpus": 3}, "t3.huge", "vCPUs (standard)"),
    ("azure", {"vcpus": 3}, "Standard_Z1", "Total Regional vCPUs"),
    ("gcp", {"cpus": 3}, "e2-huge", "CPUS"),
]


@pytest.mark.parametrize(("target", "settings", "size", "limit"), NO_ROOM)
def test_a_size_that_nobody_has_hides_no_quota(
    target: str, settings: dict[str, int], size: str, limit: str, clouds: serve.Running
) -> None:
    wanted = sized(f"native:{size}")
    assert len(problems(asked(target, **wanted))) == 1
    assert asked(target, **wanted)[f"{limit}, at least"].numbers == (4, 0, 10_000)
    clouds.inventory[target].set(**settings)
    first, second = problems(asked(target, **wanted))
    assert first.startswith(f"{size} is ")
    assert second == f"{limit}: the lab needs at least 4, 0 of 3 are in use."


def there(target: str, size: str, machines: int = 4) -> StackResult:
    """A lab of one machine a seat, as its stack exports it."""
    return stack_result(
        {
            "version": 1, "name": "moby", "owner": "ada", "target": target, "region": "",
            "made": 1, "expires": 2,
            "machines": [
                {
                    "seat": n, "host": f"seat{n:02}-node1", "private": "", "user": "",
                    "id": f"i-{n}", "size": size,
                }
                for n in range(1, machines + 1)
            ],
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("target", "setting", "limit", "more"),
    [
        ("aws", "vcpus", "vCPUs (standard)", 4 * (4 - 2)),
        ("azure", "vcpus", "Total Regional vCPUs", 4 * (4 - 1)),
        ("gcp", "cpus", "CPUS", 4 * (4 - 2)),
    ],
)
def test_a_larger_size_for_what_is_there_takes_the_difference(
    target: str, setting: str, limit: str, more: int, clouds: serve.Running
) -> None:
    cloud_labs.make(clouds, target, machines=4)
    made = there(target, load(target).size("small"))
    assert needs(lab(target), made, RIGHTS).nothing
    large = sized("large")
    found = asked(target, made, **large)
    assert found[limit].needed == more
    assert found[f"size {load(target).size('large')}"].needed == 4
    assert problems(found) == []
    clouds.inventory[target].set(**{setting: found[limit].used + more - 1})
    said, *_ = problems(asked(target, made, **large))  # Azure's family has its own limit
    assert said.startswith(f"{limit}: the lab needs {more}, ")


def test_more_and_larger_nodes_of_a_cluster_count(clouds: serve.Running) -> None:
    del clouds
    small = load("azure").size("small")
    made = there("azure", "", machines=0)
    made = replace(made, cluster={"nodes": 2, "size": small}, taken=Taken(cluster=True))

    def needed(nodes: int, size: str) -> int | None:
        asked_for = {"students": 0, "cluster": {"nodes": nodes, "size": size}}
        found = asked("azure", made, **asked_for).get("Total Regional vCPUs")
        return found.needed if found else None

    assert needed(2, "small") is None
    assert needed(5, "small") == 3 * 1
    assert needed(2, "large") == 2 * (4 - 1)
    assert needed(3, "large") == 2 * (4 - 1) + 4
    assert needed(1, "large") == 4 - 1
    older = replace(made, cluster={"name": "moby"})
    assert needs(lab("azure", students=0, cluster={"nodes": 5}), older, RIGHTS).nothing


def test_a_smaller_size_needs_no_room(clouds: serve.Running) -> None:
    clouds.inventory["aws"].set(vcpus=1)
    found = asked("aws", there("aws", load("aws").size("large")))
    assert problems(found) == []
    assert "vCPUs (standard)" not in found


def test_one_more_student_may_have_what_a_smaller_size_sets_free(clouds: serve.Running) -> None:
    cloud_labs.make(clouds, "aws", machines=4)
    clouds.inventory["aws"].set(vcpus=8)
    made = there("aws", load("aws").size("large"))
    assert problems(asked("aws", made, students=5)) == []
    (said,) = problems(asked("aws", there("aws", load("aws").size("small")), students=5))
    assert said == "vCPUs (standard): the lab needs 2, 8 of 8 are in use."


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
