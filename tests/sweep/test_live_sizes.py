"""`dockyard plan --live`: which sizes there are, what is taken in place of one, what fits."""

from dataclasses import replace
from typing import Any

import pytest

from dockyard.clouds import load
from dockyard.live.clouds import NAMES
from dockyard.live.needs import needs
from dockyard.sizes import Taken
from rehearsal import serve
from standin import cloud_labs
from standin.live import RIGHTS, asked, lab, problems, sized, taken, there

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


@pytest.mark.parametrize("target", NAMES)
def test_a_lab_that_is_all_there_asks_for_no_size(target: str, clouds: serve.Running) -> None:
    del clouds
    found = asked(target, there(target, load(target).size("small")))
    assert [one for one in found.values() if one.mark != "✓"] == []


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
