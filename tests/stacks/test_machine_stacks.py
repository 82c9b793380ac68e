"""Each ready-made stack of machines, from `pulumi up` to nothing, as a trainer types it."""

from collections.abc import Callable

import pytest

from rehearsal import serve
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

STACKS = ("aws-lab", "azure-lab", "gcp-lab")
OF_A_SEAT = {"aws": 3, "azure": 6, "gcp": 2}
"""Resources of a seat with one machine, its component among them."""

Made = Callable[[str], dict[str, int]]


def target(stack: str) -> str:
    return stack.removesuffix("-lab")


@pytest.mark.parametrize("stack", STACKS)
def test_from_up_to_nothing(
    stack: str, clone: StackClone, clouds: serve.Running, made: Made
) -> None:
    made(stack)
    lab = clone.lab(stack)
    assert [machine["host"] for machine in lab["machines"]] == [
        "seat01-node1",
        "seat02-node1",
        "seat03-node1",
    ]
    assert lab["expires"] == lab["made"] + 9 * 3600
    assert clone.up(stack) == {}
    # seconds have passed: a deadline that was counted anew would be another
    assert clone.lab(stack)["expires"] == lab["expires"]

    clone.describe(stack, lambda described: described.update(students=4))
    assert clone.up(stack) == {"create": OF_A_SEAT[target(stack)]}
    clone.describe(stack, lambda described: described.update(students=3))
    assert clone.up(stack) == {"delete": OF_A_SEAT[target(stack)]}

    clone.pulumi("refresh", "--yes", "-s", stack)
    assert clone.up(stack) == {}
    clone.destroy(stack)
    assert clouds.inventory[target(stack)].all() == []
    assert "resources" not in clone.state(stack)["deployment"]
