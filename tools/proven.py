"""Notes which lines of docs/faults.md a run of their tests proved: proven.py REPORT.xml…

The reports are those of `pytest --junitxml`. What was green is written beside the catalogue, what
failed is taken out; then type `make generate`.
"""

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from rehearsal.catalogue import ALL, proven

_STACKS = re.compile(r"test_the_trainer_sees_what_is_written\[(.+)-(aws|azure|gcp)\]")
_MACHINES = re.compile(r"test_the_trainer_sees_what_is_written\[(.+)\]")


def cases(report: Path) -> list[tuple[str, str, bool]]:
    """Name, target and whether it was green, of each case in a report."""
    found = []
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it here
        green = case.find("failure") is None and case.find("error") is None
        title = case.get("name", "")
        one, several = _STACKS.fullmatch(title), _MACHINES.fullmatch(title)
        if one:
            found.append((one[1], one[2], green))
        elif several:
            found += [(name, proven.MACHINES_ON, green) for name in several[1].split("+")]
    return found


def main() -> None:
    known = proven.read()
    for report in sys.argv[1:]:
        for name, target, green in cases(Path(report)):
            of = known.setdefault(name, {})
            of.pop(target, None)
            if green:
                of[target] = proven.mark(ALL[name], target)
    kept = {name: dict(sorted(known[name].items())) for name in ALL if known.get(name)}
    proven.FILE.write_text(json.dumps(kept, indent=2) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
