"""From what a person writes to one instant, and back to words that say the time zone."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from dockyard import deadline
from dockyard.errors import DockyardError
from dockyard.spec import LabSpec
from dockyard.values import lifetime_seconds

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
    [(9, 540), ("9", 540), ("9h", 540), ("1h30", 90), ("90m", 90), ("2d", 2880), ("1d2h3m", 1563)],
)
def test_a_length_of_time_as_people_write_it(said: int | str, minutes: int) -> None:
    assert lifetime_seconds(said) == minutes * 60
    assert deadline.instant(lab(hours=said), MADE) == MADE + minutes * 60


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("2026-12-05 18:00", "2026-12-05 17:00"),
        ("2026-07-05 18:00", "2026-07-05 16:00"),
        ("2026-12-05T18:00", "2026-12-05 17:00"),
        ("2026-12-05 18:00+05:30", "2026-12-05 12:30"),
        ("2026-12-05 18:00Z", "2026-12-05 18:00"),
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


def test_an_instant_is_shown_with_its_zone(zone: In) -> None:
    zone("Europe/Paris")
    assert deadline.shown(MADE) == "2026-12-01 10:30 CET (UTC+01:00)"
    zone("Asia/Kathmandu")
    assert deadline.shown(MADE) == "2026-12-01 15:15 UTC+05:45"
    zone("UTC")
    assert deadline.shown(MADE) == "2026-12-01 09:30 UTC"


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
