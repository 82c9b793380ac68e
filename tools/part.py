"""Prints the part of the long tests that is due at this commit, as words for pytest:

part.py              one file of them in turn
part.py faults       one share of the matrix of faults in turn, which is the longest of all
part.py histories    the numbers of some of the histories that `make soak` plays
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FAULTS = "test_rehearsed_faults.py"
SHARES = 16
"""so many commits, and every fault was seen on every target"""
HISTORIES, AT_ONCE = 200, 4
"""of so many histories so many a commit"""


def commit() -> int:
    """How many commits led to this one; where they were not fetched, any number."""

    def git(*words: str) -> str:
        told = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
        return told.stdout.strip()

    if git("rev-parse", "--is-shallow-repository") == "true":
        return int(git("rev-parse", "HEAD"), 16)
    return int(git("rev-list", "--count", "HEAD"))


def files() -> list[Path]:
    found = sorted((ROOT / "tests").rglob("test_*.py"))
    return [path for path in found if is_long(path.read_text(encoding="utf-8"))]


def is_long(text: str) -> bool:
    return "mark.slow" in text and ("mark.machine" in text or "mark.engine" in text)


def histories(due: int) -> str:
    first = due * AT_ONCE % HISTORIES
    return f"{first + 1}-{first + AT_ONCE}"


def main(words: list[str]) -> None:
    due = commit()
    if "histories" in words:
        print(histories(due))
        return
    faults = [path for path in files() if path.name == FAULTS]
    others = [path for path in files() if path.name != FAULTS]
    chosen = faults if "faults" in words else [others[due % len(others)]]
    print(*(path.relative_to(ROOT) for path in chosen))
    if "faults" in words:
        print(f"--share={due % SHARES + 1}/{SHARES}")


if __name__ == "__main__":
    main(sys.argv[1:])
