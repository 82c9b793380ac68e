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

_CASE = re.compile(r"test_the_trainer_sees_what_is_written\[(.+)-(aws|azure|gcp)\]")


def cases(report: Path) -> list[tuple[str, str, bool]]:
    """Name, target and whether it was seen, of each fault in a report; a case may be of several,
    and then says itself which ones it has seen.
    """
    found = []
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it here
        green = case.find("failure") is None and case.find("error") is None
        title = _CASE.fullmatch(case.get("name", ""))
        if title and case.find("skipped") is None:
            seen = {one.get("value") for one in case.iter("property") if one.get("name") == "seen"}
            names = title[1].split("+")
            found += [(name, title[2], green or name in seen) for name in names]
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
