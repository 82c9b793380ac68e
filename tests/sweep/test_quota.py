"""`dockyard plan --live`: what the account allows, asked over HTTP before anything is made."""

import pytest

from dockyard.clouds.gcp import FACTS
from dockyard.commands import quota
from dockyard.errors import DockyardError
from dockyard.spec import LabSpec
from rehearsal import serve
from rehearsal.clouds.gcp.launch import INSTANCE
from rehearsal.inventory import Record


def lab(**fields: object) -> LabSpec:
    given = {"name": "moby", "target": "gcp", "owner": "ada", "hours": 9, "students": 4, **fields}
    return LabSpec.model_validate(given)


def test_needed_used_and_allowed(clouds: serve.Running) -> None:
    zone = f"{FACTS.default_region}-b"
    there = {"machineType": "e2-standard-4"}
    told = {"zone": zone, "currentStatus": "RUNNING"}
    clouds.inventory["gcp"].put(
        Record("projects/course/x", INSTANCE, "x", "course", there, told, address="1.2.3.4")
    )
    clouds.inventory["gcp"].set(cpus=10, addresses=8)
    found = {one.what: one for one in quota.ask(lab())}
    assert found["CPUS"] == quota.Quota("CPUS", needed=8, used=4, allowed=10)
    assert not found["CPUS"].fits
    assert found["IN_USE_ADDRESSES"] == quota.Quota("IN_USE_ADDRESSES", 4, 1, 8)
    assert found["IN_USE_ADDRESSES"].fits


def test_sizes_with_whole_cores(clouds: serve.Running) -> None:
    clouds.inventory["gcp"].set(cpus=100)
    (cpus, _) = quota.ask(
        lab(machines=({"size": "large"}, {"name": "b", "size": "native:n2-standard-8"}))
    )
    assert cpus.needed == 4 * (4 + 8)


def test_what_is_not_asked_is_said() -> None:
    with pytest.raises(DockyardError, match="quotas of aws are not asked yet"):
        list(quota.ask(lab(target="aws")))
