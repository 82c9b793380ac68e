"""One container machine with Docker: `dockyard up local` beside a Vagrantfile by hand.

usage: python benchmarks/lab.py [ROUNDS]     seconds, median (all), and their ratio

Needs root's Docker, Vagrant, and the image: vagrant/box/build.sh docker debian-13. Both sides
make, install the same packages from the distribution, and run one container; rounds alternate.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCKYARD = str(Path(sys.executable).parent / "dockyard")
LAB = "lab: {name: bench, target: local, docker: {source: distribution}}\n"
MOST = 1.2


def clone(folder: Path) -> Path:
    """The project's files with one local lab."""
    root = folder / "clone"
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in listed.splitlines():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "vagrant/lab.own.yaml").write_text(LAB, encoding="ascii")
    return root


def seconds(command: list[str], cwd: Path, env: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - start


def report(taken: dict[str, list[float]], ours: str, floor: str) -> None:
    """Median and all of each row, and the ratio of two."""
    for row, times in taken.items():
        shown = " ".join(f"{one:.1f}" for one in sorted(times))
        print(f"{row:20} {statistics.median(times):6.1f}  ({shown})")
    ratio = statistics.median(taken[ours]) / statistics.median(taken[floor])
    print(f"{ours} / {floor}: {ratio:.2f} (at most {MOST})")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    taken: dict[str, list[float]] = {"by hand": [], "dockyard up": [], "dockyard up again": []}
    with tempfile.TemporaryDirectory() as name:
        root = clone(Path(name))
        bare = Path(name) / "bare"
        shutil.copytree(ROOT / "benchmarks/bare", bare)
        key = Path(name) / "key"
        subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", key], check=True)
        env = {**os.environ, "BARE_KEY": str(key), "BARE_IMAGE": "dockyard-machine:debian-13"}
        for _ in range(rounds):
            up = ["vagrant", "up", "--provider", "docker"]
            taken["by hand"].append(seconds(up, bare, env))
            seconds(["vagrant", "destroy", "-f"], bare, env)
            taken["dockyard up"].append(seconds([DOCKYARD, "up"], root, env))
            taken["dockyard up again"].append(seconds([DOCKYARD, "up"], root, env))
            seconds([DOCKYARD, "down", "--yes"], root, env)
    report(taken, "dockyard up", "by hand")


if __name__ == "__main__":
    main()
