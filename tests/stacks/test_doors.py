"""Who is let in, as the clouds have it."""

from collections.abc import Callable
from typing import Any

import pytest

from rehearsal import serve
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

NOBODY = ["0.0.0.0/32"]
DOORS: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "aws:ec2/securityGroup:SecurityGroup": lambda p: p["ingress"][0]["cidrBlocks"],
    "azure-native:network:NetworkSecurityGroup": (
        lambda p: p["securityRules"][0]["sourceAddressPrefixes"]
    ),
    "gcp:compute/firewall:Firewall": lambda p: p["sourceRanges"],
    "azure-native:containerservice:ManagedCluster": (
        lambda p: p["apiServerAccessProfile"]["authorizedIPRanges"]
    ),
}


@pytest.mark.parametrize("stack", ["aws-lab", "azure-lab", "gcp-lab", "aks-lab"])
def test_no_range_is_nobody_and_not_the_world(
    stack: str, clone: StackClone, clouds: serve.Running
) -> None:
    clone.describe(stack, lambda described: described.update(access={"cidrs": []}))
    said = clone.dockyard("up", stack, "--wait", "0").out
    assert "access.cidrs: nobody can connect" in said
    target = clone.lab(stack)["target"]
    doors = [
        DOORS[one.kind](one.properties)
        for one in clouds.inventory[target].all()
        if one.kind in DOORS and one.name in ("door", "cluster")
    ]
    assert doors == [NOBODY]
    if stack == "gcp-lab":
        clone.dockyard("allow", stack, "198.51.100.0/24")
        (door,) = [one for one in clouds.inventory[target].all() if one.name == "door"]
        assert door.properties["sourceRanges"] == ["198.51.100.0/24"]
