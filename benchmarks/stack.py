"""aws-lab beside a program by hand with the same resources, on the real engine and a stand-in.

usage: PYTHONPATH=tests:. python benchmarks/stack.py [STUDENTS [ROUNDS]]
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
from dataclasses import replace
from pathlib import Path

from dockyard.description import read
from dockyard.engine import bring
from dockyard.project import Project
from dockyard.seats import seats
from dockyard.user_data import UserData
from rehearsal import serve
from standin.stack_clone import ROOT, StackClone

STACK = "aws-lab"
WORDS = {
    "preview": ("preview",),
    "up": ("up", "--yes", "--skip-preview"),
    "up, no change": ("up", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}


def bare(clone: StackClone) -> StackClone:
    """The same person's folder with the program by hand, and its machines as data."""
    root = clone.root.parent / "bare"
    shutil.copytree(ROOT / "benchmarks" / "bare_stack", root)
    (root / ".venv").symlink_to(ROOT / ".venv")
    lab = read(clone.root / "stacks" / f"Pulumi.{STACK}.yaml").lab
    made = UserData(ROOT / "provision")
    data = [
        {
            "name": seat.name,
            "host": machine.host,
            "address": machine.address,
            "user_data": made.of(lab, seat, machine),
        }
        for seat in seats(lab)
        for machine in seat.machines
    ]
    (root / "seats.json").write_text(json.dumps(data), encoding="ascii")
    return replace(clone, root=root)


def seconds(clone: StackClone, words: tuple[str, ...]) -> float:
    command = ["pulumi", *words, "-s", STACK, "--non-interactive", "--suppress-outputs"]
    start = time.perf_counter()
    subprocess.run(
        command, cwd=clone.root, env=dict(clone.environment), check=True, capture_output=True
    )
    return time.perf_counter() - start


def measured(programs: dict[str, StackClone], rounds: int) -> dict[tuple[str, str], list[float]]:
    """Seconds by what was typed and which program."""
    taken: dict[tuple[str, str], list[float]] = {}
    for number in range(rounds):
        # who comes first alternates, too
        for name in sorted(programs, reverse=bool(number % 2)):
            for what, words in WORDS.items():
                taken.setdefault((what, name), []).append(seconds(programs[name], words))
    return taken


def main() -> None:
    students = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as name, serve.running("aws") as clouds:
        clouds.inventory["aws"].set(vcpus=100_000)
        ours = StackClone.make(Path(name), bring.ensure(Project(ROOT)), clouds.environment)
        os.environ["HOME"] = str(ours.home)
        ours.describe(STACK, lambda described: described.update(students=students))
        by_hand = bare(ours)
        for clone in (ours, by_hand):
            clone.pulumi("stack", "init", STACK)
        programs = {"dockyard": ours, "by hand": by_hand}
        taken = measured(programs, rounds)
    print(f"{students} students, {rounds} rounds")
    for what in WORDS:
        medians = {name: statistics.median(taken[what, name]) for name in programs}
        for name in programs:
            shown = " ".join(f"{one:.1f}" for one in sorted(taken[what, name]))
            print(f"{what:15} {name:10} {medians[name]:6.1f}  ({shown})")
        print(
            f"{what:15} ratio      {medians['dockyard'] / medians['by hand']:6.2f}  (at most 1.3)"
        )


if __name__ == "__main__":
    main()
