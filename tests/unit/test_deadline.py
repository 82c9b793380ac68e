"""From what a person writes to one instant, and back to words that say the time zone."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from dockyard import deadline, times
from dockyard.errors import DockyardError
from dockyard.spec import LabSpec

MADE = datetime(2026, 12, 1, 9, 30, tzinfo=UTC).timestamp()
In = Callable[[str], None]


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[In]:
    def live_in(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield live_in
    monkeypatch.undo()
    time.tzset()


def lab(**fields: str | int) -> LabSpec:
    return LabSpec.model_validate({"name": "moby", "target": "aws", "owner": "ada", **fields})


def utc(epoch: float) -> str:
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        *((9, 540), ("9", 540), ("9h", 540), ("1h30", 90), ("90m", 90), ("2d", 2880)),
        *(("1d2h3m", 1563), ("9 hours", 540), ("1 h 30", 90), ("1h30m", 90), ("90 min", 90)),
        *(("1 day", 1440), ("2 days", 2880), ("2 jours", 2880), ("1 jour 2 heures", 1560)),
    ],
)
def test_a_length_of_time_as_people_write_it(said: int | str, minutes: int) -> None:
    assert times.seconds(said) == minutes * 60
    assert deadline.instant(lab(hours=said), MADE) == MADE + minutes * 60


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("2026-12-05 18:00", "2026-12-05 17:00"),
        ("2026-07-05 18:00", "2026-07-05 16:00"),
        ("2026-12-05T18:00", "2026-12-05 17:00"),
        ("2026-12-05 18:00+05:30", "2026-12-05 12:30"),
        ("2026-12-05 18:00Z", "2026-12-05 18:00"),
        ("2026-12-05 9:00", "2026-12-05 08:00"),
        ("2026-12-05 18:00 UTC", "2026-12-05 18:00"),
        ("2026-12-05 18:00 -05:00", "2026-12-05 23:00"),
        ("9:00", "2026-12-02 08:00"),
        ("18:00", "2026-12-01 17:00"),
        ("10:30", "2026-12-02 09:30"),
        ("10:31", "2026-12-01 09:31"),
        ("18:00Z", "2026-12-01 18:00"),
        ("08:00+09:00", "2026-12-01 23:00"),
    ],
)
def test_an_instant_as_people_write_it(zone: In, said: str, ends: str) -> None:
    zone("Europe/Paris")
    assert utc(deadline.instant(lab(until=said), MADE)) == ends


def test_a_time_of_day_crosses_the_night_of_the_other_clock(zone: In) -> None:
    zone("Europe/Paris")
    eve = datetime(2026, 10, 24, 20, 0, tzinfo=UTC).timestamp()
    assert utc(deadline.instant(lab(until="18:00"), eve)) == "2026-10-25 17:00"
    # at 02:35 for the first time: 02:30 comes once more before the next day
    night = datetime(2026, 10, 25, 0, 35, tzinfo=UTC).timestamp()
    assert utc(deadline.instant(lab(until="02:30"), night)) == "2026-10-25 01:30"
    assert times.doubt("02:30", night) == ""
    assert utc(deadline.instant(lab(until="02:30"), night + 3600)) == "2026-10-26 01:30"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("6pm", "write it as '18:00'"),
        ("6:30 p.m.", "write it as '18:30'"),
        ("12 am", "write it as '00:00'"),
        ("2026-12-05 18h", "write it as '2026-12-05 18:00'"),
        ("2026-12-05T18:00:00Z", "write it as '2026-12-05 18:00Z'"),
        ("2026-12-05 18:00+0100", "write it as '2026-12-05 18:00+01:00'"),
        ("2026/12/5 18:00", "write it as '2026-12-05 18:00'"),
        ("05.12.2026 18:00", "write it as '2026-12-05 18:00'"),
        ("12/05/2026 6 PM", "write it as '2026-05-12 18:00' or as '2026-12-05 18:00'"),
        ("12/31/2026 18:00", "write it as '2026-12-31 18:00'"),
        ("2026-12-05", "its hour is missing; write it as '2026-12-05 18:00'"),
        ("2026-12-05 18:00 CET", "write the zone as '2026-12-05 18:00+01:00', or leave it out"),
        ("18:00 Europe/Paris", "write the zone as '18:00+01:00', or leave it out for yours"),
        ("18h", "may be a length of time, `hours: 18h`, or a time of day: 18:00"),
        ("45m", "may be a length of time, `hours: 45m`, or a time of day as 18:00"),
        ("24:00", "is no time; write it as '2026-12-05 18:00', or as 18:00"),
        ("31/02/2026 18:00", "is no time; write it as '2026-12-05 18:00', or as 18:00"),
        ("tomorrow", "is no time; write it as '2026-12-05 18:00', or as 18:00"),
    ],
)
def test_what_is_no_instant_is_answered_with_the_one_that_was_meant(said: str, answer: str) -> None:
    with pytest.raises(ValueError, match="until") as refused:
        lab(until=said)
    assert answer in str(refused.value)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("1.5h", "is no length of time; write 1h30"),
        ("1,5 h", "is no length of time; write 1h30"),
        ("1:30", "is an instant; write it as `until` in place of `hours`, or a length as 1h30"),
        ("6pm", "is no time; write it as '18:00'"),
        ("soon", "is neither a length of time, as 2h, nor an instant, as 18:00"),
    ],
)
def test_what_is_neither_is_answered_likewise(said: str, answer: str) -> None:
    assert times.neither(said) == answer


def test_a_time_in_the_night_of_the_other_clock_is_said(zone: In) -> None:
    zone("Europe/Paris")
    assert list(deadline.warnings(lab(until="2027-03-28 02:30"), MADE)) == [
        "02:30 is skipped that night: the clock is put forward. Taken for 03:30."
    ]
    assert list(deadline.warnings(lab(until="2027-10-31 2:30"), MADE)) == [
        (
            "2:30 comes twice that night: the clock is put back. Taken for the first; "
            "the second is 2:30+01:00."
        )
    ]
    assert utc(times.instant("2027-10-31 2:30", MADE)) == "2027-10-31 00:30"
    assert utc(times.instant("2027-10-31 2:30+01:00", MADE)) == "2027-10-31 01:30"
    for plain in ("2027-03-28 03:30", "2027-10-31 03:30", "2027-03-28 02:30Z", "18:00"):
        assert times.doubt(plain, MADE) == ""


def test_an_instant_is_shown_with_its_zone(zone: In) -> None:
    zone("Europe/Paris")
    assert deadline.shown(MADE) == "2026-12-01 10:30 CET (UTC+01:00)"
    zone("Asia/Kathmandu")
    assert deadline.shown(MADE) == "2026-12-01 15:15 UTC+05:45"
    zone("UTC")
    assert deadline.shown(MADE) == "2026-12-01 09:30 UTC"
    zone(":::x")
    assert deadline.shown(MADE) == "2026-12-01 09:30 UTC+00:00"


def problems(made: float, **fields: str | int) -> list[str]:
    return [one.text for one in deadline.rules(lab(**fields), made)]


def test_a_deadline_that_comes_too_soon_is_refused_with_the_reason(zone: In) -> None:
    zone("UTC")
    (said,) = problems(MADE, until="2026-12-01 09:40")
    assert "10 min away; before 15 min no machine is made and used: write a later time" in said
    assert problems(MADE, hours="15m") == []
    assert "past" in problems(MADE, until="2026-12-01 09:30")[0]
    assert list(deadline.warnings(lab(hours="40m"), MADE)) == [
        "It ends in 40 min: making a lab takes some of it."
    ]
    assert list(deadline.warnings(lab(hours="61m"), MADE)) == []


def test_the_longest_is_a_setting(zone: In, monkeypatch: pytest.MonkeyPatch) -> None:
    zone("UTC")
    assert problems(MADE, until="2026-12-20 18:00") == []
    assert "DOCKYARD_LONGEST allows 30 days 0 h" in problems(MADE, until="2027-03-01 18:00")[0]
    monkeypatch.setenv(deadline.LONGEST, "12h")
    assert "which is 13 h away, but DOCKYARD_LONGEST allows 12 h" in problems(MADE, hours=13)[0]
    monkeypatch.setenv(deadline.LONGEST, "long")
    with pytest.raises(DockyardError, match="is 'long', which is no length of time"):
        problems(MADE, hours=13)


def test_a_lab_here_has_no_such_limits() -> None:
    here = LabSpec(name="moby", target="local", hours="5m")
    assert list(deadline.rules(here, MADE)) == []
    assert deadline.instant(LabSpec(name="moby", target="local"), MADE) == 0
