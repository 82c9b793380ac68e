"""What can be made to go wrong in a rehearsal: `dockyard rehearse faults`, docs/faults.md.

Three families: the cloud says no (`cloud.py`), a machine is ill (`machine.py`), a person or the
engine is cut off (`trainer.py`). Each entry says what the trainer sees, with which exit code,
what is left and what to do; the tests prove every line of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dockyard.errors import UsageError
from dockyard.problems import did_you_mean
from rehearsal.catalogue import cloud, machine, trainer
from rehearsal.catalogue.entry import Chosen, Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL: dict[str, Entry] = {
    one.name: one for one in (*cloud.ENTRIES, *machine.ENTRIES, *trainer.ENTRIES)
}


_WORDS = re.compile(r"([^:@*]+)(?::([^@*]+))?(?:@([^@*]+))?(?:\*([0-9]{1,6}))?")
_SEE = "See them: dockyard rehearse faults"


def chosen(words: str, target: str, hosts: Sequence[str], *, machines: bool = True) -> Chosen:
    """NAME[:VALUE][@SEAT][*TIMES], for a lab on a target with these machines; not `machines`: they
    are the cloud's records alone.

    Raises UsageError with what is wrong and what there is.
    """
    found = _WORDS.fullmatch(words)
    if not found:
        raise UsageError(
            f"`{words}` is no fault as one is written.",
            "Write NAME[:VALUE][@SEAT][*TIMES], as quota:vcpus=4 or vanish@seat02. " + _SEE,
        )
    name, value, seat, times = found.groups()
    entry = ALL.get(name)
    if entry is None:
        raise UsageError(f"There is no fault `{name}`: {did_you_mean(name, ALL)}", _SEE)
    if target not in entry.clouds:
        where = ", ".join(entry.clouds)
        raise UsageError(f"`{name}` does not happen on {target}; it does on {where}.", _SEE)
    _refuse_more(entry, value, times)
    real = machines or entry.family != "machine"
    if not real or (not hosts and "{host}" in entry.seen(target)):
        raise UsageError(
            f"`{name}` happens to a machine, and none is made here.",
            "Without --no-machines, a lab that has machines can be rehearsed with it.",
        )
    struck = tuple(host for host in hosts if seat in (None, host, host.partition("-")[0]))
    if seat and not struck:
        raise UsageError(f"No machine is of `{seat}`.", f"There are: {', '.join(hosts)}")
    return Chosen(
        entry, value or entry.value, struck, everywhere=not seat,
        times=int(times) if times else None,
    )  # fmt: skip


def refuse_twice(faults: Sequence[Chosen]) -> None:
    """Raises UsageError for one that is written twice for a machine: one of the two would count."""
    seen: set[tuple[str, str]] = set()
    for one in faults:
        again = [host for host in one.hosts if (one.entry.name, host) in seen]
        if again:
            raise UsageError(
                f"`{one.entry.name}` is written twice for {', '.join(again)}.", "Write it once."
            )
        seen |= {(one.entry.name, host) for host in one.hosts}


def _refuse_more(entry: Entry, value: str | None, times: str | None) -> None:
    """What an entry does not take behind its name."""
    name, _, number = entry.value.rpartition("=")
    if value and not number:
        raise UsageError(f"`{entry.name}` takes no value.", f"Write {entry.name}[@SEAT]. {_SEE}")
    if value and not re.fullmatch(rf"({re.escape(name)}=)?[0-9]{{1,6}}", value):
        raise UsageError(
            f"`{entry.name}` takes {name + '=NUMBER' if name else 'a number'}, not `{value}`.",
            f"Write {entry.name}:{entry.value}, for one.",
        )
    if times and entry.family != "cloud":
        raise UsageError(
            f"`{entry.name}` happens once: *{times} is of faults of a cloud.",
            f"Write {entry.name}[@SEAT]. {_SEE}",
        )


def plain(entry: Entry) -> dict[str, object]:
    """What an entry says, as data."""
    said = {"family": entry.family, "name": entry.name, "title": entry.title, "do": entry.do}
    sees = {target: entry.seen(target) for target in entry.clouds}
    return {**said, "sees": sees, "code": entry.code, "left": entry.left, "value": entry.value}
