"""Writes dockyard/lab.schema.json from the types; `--check` fails when it is not current."""

import json
import sys
from pathlib import Path

from dockyard.description import schema

FILE = Path(__file__).parent.parent / "dockyard" / "lab.schema.json"


def main() -> int:
    text = json.dumps(schema(), indent=2) + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text, encoding="utf-8")
        return 0
    if FILE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{FILE.name} is not what the types say; type: make generate")
    return 1


if __name__ == "__main__":
    sys.exit(main())
