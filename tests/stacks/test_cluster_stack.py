"""The AKS cluster with its registry; in the stand-in both are records, no machines run."""

import stat
from typing import Any

import pytest

from rehearsal import serve
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

CLUSTER = "azure-native:containerservice:ManagedCluster"
PULL = "azure-native:authorization:RoleAssignment"


def kinds(clouds: serve.Running) -> list[str]:
    return [record.kind for record in clouds.inventory["azure"].all()]


def test_from_up_to_nothing(clone: StackClone, clouds: serve.Running) -> None:
    clone.pulumi("stack", "init", "aks-lab")
    clone.up("aks-lab")
    assert clone.up("aks-lab") == {}
    assert PULL in kinds(clouds)
    clone.describe("aks-lab", lambda described: described["cluster"].update(nodes=3))
    assert clone.up("aks-lab") == {"update": 1}
    (cluster,) = [r for r in clouds.inventory["azure"].all() if r.kind == CLUSTER]
    assert cluster.properties["agentPoolProfiles"][0]["count"] == 3
    access = cluster.properties["apiServerAccessProfile"]
    assert access["authorizedIPRanges"] == ["203.0.113.7/32"]
    clone.destroy("aks-lab")
    assert kinds(clouds) == []


def test_a_trainer_who_may_not_assign_roles(clone: StackClone, clouds: serve.Running) -> None:
    clouds.inventory["azure"].set(may_assign_roles=False)
    asked = clone.dockyard("up", "aks-lab", "--yes", code=1).out
    assert "may not assign roles" in asked
    assert "nothing was made or changed" in asked
    refused = clone.dockyard("up", "aks-lab", "--yes", "--no-live", code=1).out
    assert "You may not assign roles" in refused
    assert "`guard: false`" in refused
    assert CLUSTER not in kinds(clouds)

    def without_roles(described: dict[str, Any]) -> None:
        described["cluster"]["attach_registry"] = False
        described["guard"] = False

    clone.describe("aks-lab", without_roles)
    clone.dockyard("up", "aks-lab", "--yes")
    assert CLUSTER in kinds(clouds)
    assert PULL not in kinds(clouds)


def test_the_kubeconfig_is_its_owners_alone(clone: StackClone) -> None:
    said = clone.dockyard("up", "aks-lab").out
    assert "dockyard kubeconfig aks-lab" in said
    assert "dockyard registry login aks-lab" in said
    said += clone.dockyard("kubeconfig", "aks-lab").out
    file = clone.root / ".dockyard" / "aks-lab" / "kubeconfig"
    assert str(file) in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = file.read_text()
    assert "apiVersion: v1" in secret
    assert secret not in said
    said = clone.dockyard("status", "aks-lab", "--json").out
    assert secret not in said
    state = (clone.root.parent / "state").rglob("*.json")
    for kept in state:
        assert "client-key-data" not in kept.read_text()
        assert "apiVersion: v1" not in kept.read_text()


def test_check_says_what_does_not_answer(clone: StackClone) -> None:
    clone.dockyard("up", "aks-lab")
    said = clone.dockyard("check", "aks-lab", code=5).out
    assert "its kubeconfig or its answer is not understood" in said
    assert "Not well: cluster" in said
    assert "dockyard allow aks-lab me" in said
