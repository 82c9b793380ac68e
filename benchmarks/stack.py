"""Each stack of machines beside a program by hand with the same resources, on the real engine
and a stand-in.

usage: PYTHONPATH=tests:. python benchmarks/stack.py [STUDENTS [ROUNDS [STACK…]]]
seconds of the whole process, median (all); rows alternate; each `up` starts from nothing
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dockyard.description import read
from dockyard.engine import bring
from dockyard.engine.cli import Engine
from dockyard.project import Project
from dockyard.seats import seats
from dockyard.user_data import UserData
from rehearsal import serve
from standin.stack_clone import KEY, ROOT, StackClone

STACKS = ("aws-lab", "azure-lab", "gcp-lab")
WORDS = {
    "preview": ("preview",),
    "up": ("up", "--yes", "--skip-preview"),
    "up, no change": ("up", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}
QUOTAS = ("vcpus", "cpus", "addresses", "public_addresses")
Times = dict[tuple[str, str], list[float]]


def bare(clone: StackClone, stack: str) -> StackClone:
    """The same person's folder with the programs by hand, and the machines as data."""
    root = clone.root.parent / "bare"
    shutil.copytree(ROOT / "benchmarks" / "bare_stack", root)
    (root / ".venv").symlink_to(ROOT / ".venv")
    lab = read(clone.root / "stacks" / f"Pulumi.{stack}.yaml").lab
    made = UserData(ROOT / "provision")
    data = [
        {
            "name": seat.name,
            "subnet": seat.subnet,
            "host": machine.host,
            "address": machine.address,
            "user_data": made.of(lab, seat, machine),
        }
        for seat in seats(lab)
        for machine in seat.machines
    ]
    (root / "seats.json").write_text(json.dumps(data), encoding="ascii")
    (root / "key.pub").write_text(KEY, encoding="ascii")
    return replace(clone, root=root)


def typed(clone: StackClone, stack: str, words: tuple[str, ...]) -> str:
    """What `pulumi WORDS` prints."""
    done = subprocess.run(
        ["pulumi", *words, "-s", stack, "--non-interactive"],
        cwd=clone.root, env=dict(clone.environment), check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


def seconds(clone: StackClone, stack: str, words: tuple[str, ...]) -> float:
    start = time.perf_counter()
    typed(clone, stack, (*words, "--suppress-outputs"))
    return time.perf_counter() - start


def resources(clone: StackClone, stack: str) -> Counter[str]:
    """How many of each kind the stack has."""
    state = json.loads(typed(clone, stack, ("stack", "export")))
    return Counter(one["type"] for one in state["deployment"]["resources"])


def same(programs: dict[str, StackClone], stack: str, students: int) -> None:
    """Both programs declare as many of each kind, but for what a lab has once (its guard)."""
    counts = []
    for clone in programs.values():
        seconds(clone, stack, WORDS["up"])
        counts.append(resources(clone, stack))
        seconds(clone, stack, WORDS["destroy"])
    extra = (counts[0] - counts[1]) + (counts[1] - counts[0])
    print(f"{stack}: resources {' / '.join(str(count.total()) for count in counts)}")
    if uneven := [kind for kind, number in extra.items() if number >= students]:
        raise SystemExit(f"The two programs of {stack} differ in {', '.join(uneven)}.")


def measured(programs: dict[str, StackClone], stack: str, rounds: int) -> Times:
    """Seconds by what was typed and which program; both end with nothing."""
    taken: Times = {}
    for number in range(rounds):
        # who comes first alternates, too
        for name in sorted(programs, reverse=bool(number % 2)):
            for what, words in WORDS.items():
                taken.setdefault((what, name), []).append(seconds(programs[name], stack, words))
    return taken


def beside(engine: Engine, stack: str, students: int, rounds: int) -> Times:
    """Both programs of a stack, in a folder and a cloud of their own."""
    target = stack.removesuffix("-lab")
    with tempfile.TemporaryDirectory() as name, serve.running(target) as clouds:
        inventory = clouds.inventory[target]
        for quota in QUOTAS:
            if inventory.setting(quota) is not None:
                inventory.set(**{quota: 100_000})
        ours = StackClone.make(Path(name), engine, clouds.environment)
        os.environ["HOME"] = str(ours.home)  # whose public key the machines are told
        ours.describe(stack, lambda described: described.update(students=students))
        by_hand = bare(ours, stack)
        for clone in (ours, by_hand):
            clone.pulumi("stack", "init", stack)
        programs = {"dockyard": ours, "by hand": by_hand}
        same(programs, stack, students)
        return measured(programs, stack, rounds)


def rows(taken: Times) -> Iterator[str]:
    for what in WORDS:
        medians = {}
        for name in ("dockyard", "by hand"):
            found = sorted(taken[what, name])
            medians[name] = statistics.median(found)
            shown = " ".join(f"{one:.1f}" for one in found)
            yield f"{what:15} {name:10} {medians[name]:6.1f}  ({shown})"
        ratio = medians["dockyard"] / medians["by hand"]
        yield f"{what:15} ratio      {ratio:6.2f}  (at most 1.3)"


def main() -> None:
    students = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    engine = bring.ensure(Project(ROOT))
    for stack in sys.argv[3:] or STACKS:
        load = os.getloadavg()[0]
        taken = beside(engine, stack, students, rounds)
        print(f"\n{stack}, {students} students, {rounds} rounds; load {load:.1f} before")
        print("\n".join(rows(taken)), flush=True)


if __name__ == "__main__":
    main()
