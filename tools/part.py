"""Prints the part of the long tests that is due at this commit: one file of them in turn."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> None:
    folders = (ROOT / "tests" / name for name in ("fresh", "machine", "stacks"))
    found = sorted(path for folder in folders for path in folder.glob("test_*.py"))
    long = [path for path in found if "mark.slow" in path.read_text(encoding="utf-8")]
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    print(long[int(head.stdout, 16) % len(long)].relative_to(ROOT))


if __name__ == "__main__":
    main()
