"""Time as people write it: how long, or until when; and what to write for what is neither.

An instant has no seconds: Pulumi's own YAML reads such a time as one in UTC.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

LENGTH = (
    r"^(?=[0-9])(?=.*[1-9])(?:([0-9]{1,2}) ?(?:d|days?|j|jours?))?"
    r" ?(?:([0-9]{1,3}) ?(?:h|hours?|heures?)(?: ?([0-5][0-9]))?)?"
    r" ?(?:([0-9]{1,5}) ?(?:m|min|minutes?))?$"
)
LENGTHS = ("9h", "1h30", "90 min", "2 days")
"""Some, as one is told."""
INSTANT = (
    r"^(20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[ T])?"
    r"((?:[01]?[0-9]|2[0-3]):[0-5][0-9])"
    r"(?: ?(Z|UTC|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]))?$"
)
INSTANTS = ("2026-12-05 18:00", "18:00")

_LENGTH = re.compile(LENGTH.strip("^$") + "|([0-9]{1,3})")
_INSTANT = re.compile(INSTANT.strip("^$"))
_MEANT = re.compile(
    r"(?:(?P<day>[0-9]{1,4}([-/.])[0-9]{1,2}\2[0-9]{1,4})[ ,T]*)?"
    r"(?:(?P<hour>[0-9]{1,2})(?:[:h.](?P<minute>[0-5][0-9])?)?(?::[0-9.]+)?"
    r" ?(?P<half>[ap]\.?m\.?)?)?"
    r" ?(?P<zone>Z|UTC|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
_NAMED_ZONE = re.compile(r"(.*[0-9]) ?([A-Z]{3,5}|[A-Z][a-z]+/[A-Z][A-Za-z_]+)")
_NOON = 12


def seconds(written: int | str) -> int:
    """Of a length as 9 (hours), `9h`, `1h30`, `90 min`, `2 days`; 0 for anything else."""
    found = _LENGTH.fullmatch(str(written))
    days, hours, odd, minutes, bare = (int(n or 0) for n in found.groups()) if found else [0] * 5
    return ((days * 24 + hours + bare) * 60 + odd + minutes) * 60


def is_length(written: int | str) -> bool:
    return _LENGTH.fullmatch(str(written)) is not None


def is_instant(written: str) -> bool:
    """Whether it is written as one; its day may be none of the calendar, as the 31st of June."""
    return _INSTANT.fullmatch(written) is not None


def has_day(written: str) -> bool:
    return "-" in written[:5]


def instant(written: str, now: float) -> int:
    """In epoch seconds; without a day the next one after `now`. Without a zone it is the person's.

    Raises ValueError for a day that is not in the calendar.
    """
    found = _INSTANT.fullmatch(written)
    if found is None:
        raise ValueError(f"{written!r} is no time")
    day, time, zone = found.groups()
    text = f"{time:0>5}{'Z' if zone == 'UTC' else zone or ''}"
    if day:
        return int(datetime.fromisoformat(day + text).timestamp())
    return _next(datetime.fromisoformat(f"2000-01-01 {text}"), now)


def _next(whole: datetime, now: float) -> int:
    day = datetime.fromtimestamp(now, whole.tzinfo)
    # a naive time is the person's own, whatever its day does to the offset
    ends = day.replace(hour=whole.hour, minute=whole.minute, second=0, microsecond=0, fold=0)
    # in the night of the other clock it comes a second time before the next day
    coming = (ends, ends.replace(fold=1), ends + timedelta(days=1))
    return int(next(one.timestamp() for one in coming if one.timestamp() > now))


def doubt(written: str, now: float) -> str:
    """Of a time that the night of the other clock has twice, or not at all; else nothing."""
    found = _INSTANT.fullmatch(written)
    if found is None or found[3]:
        return ""
    ends = datetime.fromtimestamp(instant(written, now))  # noqa: DTZ006 - the person's own zone
    if f"{ends:%H:%M}" != f"{found[2]:0>5}":
        return (
            f"{found[2]} is skipped that night: the clock is put forward. Taken for {ends:%H:%M}."
        )
    if ends.timestamp() != ends.replace(fold=1).timestamp():
        later = f"{ends.replace(fold=1).astimezone():%z}"
        return (
            f"{found[2]} comes twice that night: the clock is put back. Taken for the first; the "
            f"second is {found[2]}{later[:3]}:{later[3:]}."
        )
    return ""


# --- what to write instead ----------------------------------------------------------------------

_NO_LENGTH = "is no length of time; write 9, 9h, 1h30, 90m or 2 days"
_NO_INSTANT = "is no time; write it as '2026-12-05 18:00', or as 18:00"


def neither(written: str) -> str:
    """Why it is neither a length nor an instant, as the end of a sentence."""
    for said in (no_length(written), no_instant(written)):
        if said not in (_NO_LENGTH, _NO_INSTANT):
            return said
    return "is neither a length of time, as 2h, nor an instant, as 18:00"


def no_length(written: object) -> str:
    """Why it is none, as the end of a sentence."""
    found = re.fullmatch(r"([0-9]{1,3})[.,]([0-9]) ?(?:h|hours?|heures?)?", str(written))
    if found:
        return f"is no length of time; write {found[1]}h{int(found[2]) * 6:02d}"
    if isinstance(written, str) and is_instant(written):
        length = written.replace(":", "h") if is_length(written.replace(":", "h")) else "9h"
        return f"is an instant; write it as `until` in place of `hours`, or a length as {length}"
    return _NO_LENGTH


def no_instant(written: str) -> str:
    """Why it is none, as the end of a sentence."""
    meant = list(dict.fromkeys(_meant(written)))
    if is_length(written):
        time = f"a time of day: {meant[0]}" if meant else "a time of day as 18:00"
        return f"may be a length of time, `hours: {written}`, or {time}; write it so"
    if re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", written):
        return f"is no time: its hour is missing; write it as '{written} 18:00'"
    zone = _NAMED_ZONE.fullmatch(written)
    if zone and is_instant(zone[1]):
        return f"is no time: write the zone as '{zone[1]}+01:00', or leave it out for yours"
    if meant:
        return f"is no time; write it as {' or as '.join(map(repr, meant))}"
    return _NO_INSTANT


def _meant(written: str) -> Iterator[str]:
    """What may have been meant, as it is understood."""
    found = _MEANT.fullmatch(written.strip())
    if not found or found["hour"] is None:
        return
    hour, minute = int(found["hour"]), found["minute"] or "00"
    if found["half"]:
        hour = hour % _NOON + (_NOON if found["half"][0] in "pP" else 0)
    zone = re.sub(r"^(.[0-9]{2})([0-9]{2})$", r"\1:\2", found["zone"] or "").upper()
    for day in _days(found["day"]):
        text = f"{day}{hour:02d}:{minute}{zone}"
        if is_instant(text):
            yield text


def _days(written: str | None) -> Iterator[str]:
    """`12/05/2026 ` is two days: the Americans' and everybody else's."""
    if written is None:
        yield ""
        return
    first, second, third = (int(one) for one in re.split(r"[-/.]", written))
    possible = [(third, second, first), (third, first, second)]
    if re.match(r"[0-9]{4}", written):
        possible = [(first, second, third)]
    elif "." in written:
        possible = possible[:1]
    for year, month, day in possible:
        try:
            yield f"{datetime(year, month, day):%Y-%m-%d} "  # noqa: DTZ001 - a day has no zone
        except ValueError:
            continue
