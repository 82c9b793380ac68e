"""How long the command takes to answer, beside a bare Python that imports what it must.

usage: python benchmarks/command.py [ROUNDS]      seconds, median (all); rows alternate
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
LAB = "lab: {{name: moby, target: local, students: {students}, machines: [{{count: {count}}}]}}\n"


def clone(folder: Path, students: int, count: int) -> Path:
    """A clone with one local lab of so many students."""
    root = folder / f"{students}x{count}"
    (root / "vagrant").mkdir(parents=True)
    (root / "stacks").mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", root)
    (root / "vagrant/lab.yaml").write_text(LAB.format(students=students, count=count))
    return root


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    dockyard = str(BIN / "dockyard")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = {
            "bare python": [sys.executable, "-c", "pass"],
            "bare python with pydantic and yaml": [sys.executable, "-c", "import pydantic, yaml"],
            "dockyard --help (at most 0.2)": [dockyard, "--help"],
            "plan, 100 students (at most 1)": [
                dockyard, "-C", str(clone(folder, 100, 1)), "plan",
            ],
            "plan, 500 students (at most 2)": [
                dockyard, "-C", str(clone(folder, 500, 1)), "plan",
            ],
            "plan, 500 students x 3 machines": [
                dockyard, "-C", str(clone(folder, 500, 3)), "plan",
            ],
        }  # fmt: skip
        taken: dict[str, list[float]] = {row: [] for row in rows}
        for _ in range(rounds):
            for row, command in rows.items():
                taken[row].append(seconds(command))
    for row, times in taken.items():
        shown = " ".join(f"{one:.2f}" for one in sorted(times))
        print(f"{row:40} {statistics.median(times):5.2f}  ({shown})")


if __name__ == "__main__":
    main()
