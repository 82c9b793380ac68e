"""When a lab ends: from what a person writes to one instant, and back to words.

An instant is decided once, when the lab is first made; from then on it is what the stack says
of itself, moved by `dockyard extend` alone.
"""

import os
from collections.abc import Iterator
from datetime import datetime

from dockyard import clock, times
from dockyard.errors import DockyardError
from dockyard.problems import Problem, shorten
from dockyard.spec import LabSpec
from dockyard.values import LEAST_MINUTES

LONGEST = "DOCKYARD_LONGEST"
"""The setting that limits how far away a deadline may be, as `hours` is written: 48h."""
EXTEND = "DOCKYARD_EXTEND"
"""How `dockyard extend` tells the program the new deadline, in epoch seconds."""

SOON_MINUTES = 60
DAY = 24 * 3600
_NO_LIMIT = 720 * 3600


def written(lab: LabSpec) -> str:
    """The description's own words; as long as they stay, the instant does."""
    if lab.until is not None:
        return f"until {lab.until}"
    return "" if lab.hours is None else f"hours {lab.hours}"


def instant(lab: LabSpec, made: float) -> int:
    """The deadline in epoch seconds of a lab that is first made at `made`; 0: it has none."""
    if lab.hours is not None:
        return int(made) + times.seconds(lab.hours)
    if lab.until is None:
        return 0
    return times.instant(lab.until, made)


def latest(lab: LabSpec, expires: int) -> int:
    """Beyond it nothing of the lab is left, whatever is typed; `expires` is its first deadline."""
    return expires + times.seconds(lab.latest)


def is_within_a_day(lab: LabSpec, made: float) -> bool:
    """Whether nothing is left a day after it is made: Azure stops such machines by the clock."""
    return latest(lab, instant(lab, made)) - made <= DAY


def shown(epoch: float) -> str:
    """In the person's time zone, which is said: `2026-12-05 18:00 CET (UTC+01:00)`."""
    local = datetime.fromtimestamp(epoch).astimezone()
    sign = f"{local:%z}"
    offset = f"UTC{sign[:3]}:{sign[3:5]}"
    name = f"{local:%Z}"
    # a TZ that nothing knows has any name, or none
    zone = offset if name[:1] in {"+", "-", ""} else f"{name} ({offset})"
    return f"{local:%Y-%m-%d %H:%M} {'UTC' if name == 'UTC' else zone}"


def length(seconds: float) -> str:
    """`9 h 05 min`, `45 min`, `3 days 2 h`."""
    minutes = round(abs(seconds) / 60)
    hours, odd = divmod(minutes, 60)
    if hours >= 48:  # noqa: PLR2004 - two days and more are counted in days
        return f"{hours // 24} days {hours % 24} h"
    if not hours:
        return f"{odd} min"
    return f"{hours} h {odd:02d} min" if odd else f"{hours} h"


def longest() -> int:
    """The most seconds that a lab may live.

    Raises DockyardError for a setting that is no length of time.
    """
    said = os.environ.get(LONGEST)
    if not said:
        return _NO_LIMIT
    found = times.seconds(said)
    if not found:
        raise DockyardError(
            f"{LONGEST} is {said[:40]!r}, which is no length of time.",
            f"Write it as 48h or 2d, or take it away: unset {LONGEST}",
        )
    return found


def rules(lab: LabSpec, now: float) -> Iterator[Problem]:
    """What is wrong with a deadline at this moment, when the lab would be made now."""
    ends = instant(lab, now)
    if not ends:
        return
    name = "hours" if lab.until is None else "until"
    value = f"is {shorten(getattr(lab, name))}, which is"
    left = ends - now
    if left <= 0:
        yield Problem((name,), f"{value} past; write when the lab is to end")
    elif lab.target == "local":
        return  # nothing ends it, nobody pays
    elif left < LEAST_MINUTES * 60:
        text = (
            f"{value} {length(left)} away; before {LEAST_MINUTES} min no machine is made and used"
        )
        yield Problem((name,), f"{text}: write a later time")
    elif left > longest():
        text = f"{value} {length(left)} away, but {LONGEST} allows {length(longest())}"
        yield Problem(
            (name,), f"{text}; write {'an earlier time' if lab.hours is None else 'less'}"
        )


def warnings(lab: LabSpec, now: float | None = None) -> Iterator[str]:
    """What a person should know who makes the lab now."""
    now = now or clock.now()
    left = instant(lab, now) - now
    if lab.until and (doubt := times.doubt(lab.until, now)):
        yield doubt
    if written(lab) and 0 < left < SOON_MINUTES * 60 and lab.target != "local":
        yield f"It ends in {length(left)}: making a lab takes some of it."
