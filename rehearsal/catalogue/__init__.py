"""What can be made to go wrong in a rehearsal: `dockyard rehearse faults`, docs/faults.md.

Three families: the cloud says no (`cloud.py`), a machine is ill (`machine.py`), a person or the
engine is cut off (`trainer.py`). Each entry says what the trainer sees, with which exit code,
what is left and what to do; the tests prove every line of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockyard.errors import DescriptionError
from dockyard.problems import did_you_mean
from rehearsal.catalogue import cloud, machine, trainer
from rehearsal.catalogue.entry import Chosen, Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL: dict[str, Entry] = {
    one.name: one for one in (*cloud.ENTRIES, *machine.ENTRIES, *trainer.ENTRIES)
}


def chosen(words: str, target: str, hosts: Sequence[str]) -> Chosen:
    """NAME[:VALUE][@SEAT][*TIMES], for a lab on a target with these machines.

    Raises DescriptionError with what is wrong and what there is.
    """
    rest, star, times = words.partition("*")
    rest, _, seat = rest.partition("@")
    name, _, value = rest.partition(":")
    entry = ALL.get(name)
    if entry is None:
        raise DescriptionError(
            f"There is no fault `{name}`: {did_you_mean(name, ALL)}",
            "See them: dockyard rehearse faults",
        )
    if target not in entry.clouds:
        raise DescriptionError(
            f"`{name}` does not happen on {target}; it does on {', '.join(entry.clouds)}.",
            "See them: dockyard rehearse faults",
        )
    struck = tuple(host for host in hosts if seat in ("", host, host.partition("-")[0]))
    if not struck:
        raise DescriptionError(f"No machine is of `{seat}`.", f"There are: {', '.join(hosts)}")
    return Chosen(
        entry, value or entry.value, struck, everywhere=not seat,
        times=int(times) if star and times.isdecimal() else None,
    )  # fmt: skip


def plain(entry: Entry) -> dict[str, object]:
    """What an entry says, as data."""
    said = {"family": entry.family, "name": entry.name, "title": entry.title, "do": entry.do}
    sees = {target: entry.seen(target) for target in entry.clouds}
    return {**said, "sees": sees, "code": entry.code, "left": entry.left, "value": entry.value}
