"""A lab that an earlier Dockyard made is taken over by this one, and no machine is replaced.

The states in states/ are never written anew: a new shape is stored beside them.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from dockyard import clouds
from standin import stored
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine

State = dict[str, Any]


def resources(state: State) -> list[State]:
    found: list[State] = state["deployment"]["resources"]
    return found


def machines(state: State, stack: str) -> dict[str, str]:
    """Which machine is which, by the cloud's own name of it."""
    kind = clouds.load(stack.removesuffix("-lab")).machine
    return {one["urn"]: one["id"] for one in resources(state) if one["type"] == kind}


def losses(clone: StackClone, stack: str, state: State) -> dict[str, int]:
    """What the first `up` on a stored state replaces or deletes."""
    file = clone.root.parent / "state.json"
    file.write_text(json.dumps(state), encoding="utf-8")
    stored.one_student(clone, stack)
    clone.pulumi("stack", "init", stack)
    clone.pulumi("stack", "import", "-s", stack, "--file", str(file))
    said = json.loads(clone.pulumi("preview", "--json", "-s", stack).out)["changeSummary"]
    return {kind: n for kind, n in said.items() if "replace" in kind or "delete" in kind}


def of_before(clone: StackClone, stack: str) -> State:
    text = (stored.FOLDER / f"{stack}.json").read_text(encoding="utf-8")
    found: State = json.loads(stored.filled(clone, stack, text))
    return found


def first_shape(state: State) -> State:
    """As if made before anything was remembered: no version, no images, no one let in."""
    for one in resources(state):
        if one["type"] == "pulumi:pulumi:Stack":
            lab = one["outputs"]["lab"]
            for key in ("images", "allowed", "me"):
                del lab[key]
            lab["version"] = 0
    return state


@pytest.mark.parametrize("older", [lambda state: state, first_shape], ids=["1", "0"])
@pytest.mark.parametrize("stack", stored.STACKS)
def test_no_machine_is_replaced(
    stack: str, older: Callable[[State], State], clone: StackClone
) -> None:
    state = older(of_before(clone, stack))
    assert losses(clone, stack, state) == {}


@pytest.mark.parametrize("stack", ["aws-lab", "gcp-lab"])
def test_it_is_taken_over(stack: str, clone: StackClone) -> None:
    """Not Azure's: there an `up` adds to what the stand-in, which never made it, doesn't have."""
    state = of_before(clone, stack)
    assert losses(clone, stack, state) == {}
    before = machines(state, stack)
    # the same holds for what guards a lab
    clone.describe(stack, lambda described: described.update(guard=False))
    clone.up(stack)
    assert len(before) == 1
    assert machines(clone.state(stack), stack) == before
    said = json.loads(clone.dockyard("status", stack, "--json").out)
    assert said["result"]["made"] > stored.INSTANTS["made"]
    assert [one["host"] for one in said["result"]["machines"]] == ["seat01-node1"]


def test_what_would_be_replaced_is_seen(clone: StackClone) -> None:
    """Else the test above could not fail: here the stored machine has another name."""
    state = of_before(clone, "gcp-lab")
    kind = clouds.load("gcp").machine
    for one in resources(state):
        if one["type"] == kind:
            one["urn"] += "-of-old"
    assert losses(clone, "gcp-lab", state) == {"delete": 1}
