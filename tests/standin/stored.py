"""States of earlier releases: stored small, without what every release may change.

usage: PYTHONPATH=tests:. python -m standin.stored     writes those of today to tests/stacks/states
User data and instants are left out of them, and filled in again: a release that changes
provision/ replaces machines and says so, and what has ended can't be upgraded.
"""

import base64
import json
import tempfile
import time
from pathlib import Path

from dockyard.description import read
from dockyard.engine import bring
from dockyard.project import Project
from dockyard.seats import seats
from dockyard.user_data import UserData
from rehearsal import serve
from standin.stack_clone import ROOT, StackClone

FOLDER = ROOT / "tests" / "stacks" / "states"
STACKS = ("aws-lab", "azure-lab", "gcp-lab")
INSTANTS = {"made": 1_000_000_000, "expires": 1_000_032_400}
_DULL = ("sourcePosition", "stackTrace", "created", "modified")


def one_student(clone: StackClone, stack: str) -> None:
    """What the stored states were described as."""
    clone.describe(stack, lambda described: described.update(students=1))


def texts(clone: StackClone, stack: str) -> dict[str, str]:
    """User data as it is now, plain and as Azure has it, by what stands for it."""
    lab = read(clone.root / "stacks" / f"Pulumi.{stack}.yaml").lab
    # the key of the clone's person, not of who runs the tests
    key = (clone.home / ".ssh" / "id_ed25519.pub").read_text().rpartition(" ")[0]
    lab = lab.model_copy(update={"access": lab.access.model_copy(update={"keys": (key,)})})
    (machine,) = seats(lab)[0].machines
    text = UserData(clone.root / "provision").of(lab, seats(lab)[0], machine)
    return {"@PLAIN@": text, "@BASE64@": base64.b64encode(text.encode()).decode()}


def stored(clone: StackClone, stack: str) -> str:
    """A stack's state, as it is kept."""
    state = clone.state(stack)
    deployment = state["deployment"]
    made = clone.lab(stack)
    for one in deployment["resources"]:
        for key in _DULL:
            one.pop(key, None)
    deployment["metadata"] = {}
    text = json.dumps(state, indent=1, sort_keys=True)
    for name, value in texts(clone, stack).items():
        text = text.replace(json.dumps(value), json.dumps(name))
    for name, instant in INSTANTS.items():
        text = text.replace(str(made[name]), str(instant))
    return text + "\n"


def filled(clone: StackClone, stack: str, text: str) -> str:
    """A stored state as the engine imports it: made an hour ago, with today's user data."""
    made = int(time.time()) - 3600
    for name, value in texts(clone, stack).items():
        text = text.replace(json.dumps(name), json.dumps(value))
    for instant in INSTANTS.values():
        text = text.replace(str(instant), str(instant - INSTANTS["made"] + made))
    return text


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serve.running("aws", "azure", "gcp") as clouds:
        clone = StackClone.make(Path(folder), bring.ensure(Project(ROOT)), clouds.environment)
        for stack in STACKS:
            one_student(clone, stack)
            clone.pulumi("stack", "init", stack)
            clone.up(stack)
            (FOLDER / f"{stack}.json").write_text(stored(clone, stack), encoding="utf-8")


if __name__ == "__main__":
    main()
