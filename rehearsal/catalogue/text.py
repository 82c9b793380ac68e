"""docs/faults.md: the catalogue for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockyard import clouds
from rehearsal.catalogue import ALL, proven

if TYPE_CHECKING:
    from rehearsal.catalogue.entry import Entry

_HEAD = """# What can go wrong, and what a trainer then sees

Every line can be tried, on your own computer and without an account:

```sh
dockyard rehearse aws-lab --fault quota:vcpus=4
dockyard rehearse azure-lab --fault no-internet@seat02
```

`NAME` is a line's first word; `@seat02` means one seat (without it: all), `:VALUE` what the fault
can be told, `*3` three times in place of once, `*0` for good.

`tried on` are the targets on which the line's test ran as the line is now, and was green: what is
said, the exit code, and that in the end nothing is left that is not named. `not yet`: the line
says what is meant to happen, and nobody has seen it. {tried} of {all} were tried on each target.

"What is seen" are words of Dockyard, or of the cloud itself. Exit code 0 means that Dockyard
copes, and the lab is ready.
"""
_COLUMNS = (
    "fault",
    "what goes wrong",
    "what is seen",
    "exit code",
    "left after `down`",
    "do",
    "tried on",
)
_FAMILIES = {
    "cloud": "The cloud says no, late, or not at all",
    "machine": "A machine is ill",
    "trainer": "The trainer, the computer, or the engine is cut off",
}


def page() -> str:
    tried = sum(proven.targets(entry) == list(entry.clouds) for entry in ALL.values())
    parts = [_HEAD.format(tried=tried, all=len(ALL))]
    for family, title in _FAMILIES.items():
        parts += [f"## {title}", ""]
        parts += [f"| {' | '.join(_COLUMNS)} |", "| --- " * len(_COLUMNS) + "|"]
        parts += [_row(entry) for entry in ALL.values() if entry.family == family]
        parts.append("")
    return "\n".join(parts)


def _row(entry: Entry) -> str:
    name = f"`{entry.name}`"
    if len(entry.clouds) < len([one for one in clouds.NAMES if one != "local"]):
        name += f" ({', '.join(entry.clouds)})"
    said = dict.fromkeys(entry.seen(target) for target in entry.clouds)
    seen = ", ".join(f"`{one.replace('{host}', 'seat02-node1')}`" for one in said if one)
    tried = ", ".join(proven.targets(entry)) or "not yet"
    said_so = (entry.title, seen or "nothing", str(entry.code), entry.left, entry.do)
    cells = (name, *said_so, tried)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
