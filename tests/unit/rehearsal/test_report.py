"""The report: phases from the journal and the marks, and a page that needs no network."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rehearsal.machines.journal import Event, Journal
from rehearsal.report import page, timeline

HOSTS = ("seat01-node1", "seat02-node1", "seat03-node1")
EVENTS = [
    Event(100.0, "typed", more="up aws-lab"),
    Event(101.0, "said", more="Lab aws-lab <b>of</b> trainer"),
    Event(104.0, "asked", "seat01-node1"),
    Event(106.0, "running", "seat01-node1"),
    Event(105.0, "asked", "seat02-node1"),
    Event(107.0, "running", "seat02-node1"),
    Event(128.0, "seen", "seat01-node1", "at docker"),
    Event(131.0, "seen", "seat01-node1", "ready"),
    Event(140.0, "ended", more="up 5"),
]
MARKS = {
    "seat01-node1": {"state": "ready", "started": 108, "finished": 130, "docker": "28.5.2"},
    "seat02-node1": {
        "state": "failed", "step": "docker", "reason": "no <way> out", "started": 109,
        "finished": 120,
    },
}  # fmt: skip


def day(**more: object) -> timeline.Day:
    facts: dict[str, object] = {
        "stack": "aws-lab",
        "cloud": "aws",
        "began": 100.0,
        "seconds": 60.0,
        "seats": timeline.seats(EVENTS, HOSTS, MARKS),
        "commands": timeline.commands(EVENTS),
        "faults": (),
        "left": (),
    }
    return timeline.Day(**{**facts, **more})  # type: ignore[arg-type] # the fields, by name


def test_phases_follow_each_other_without_a_gap() -> None:
    first, failed, never = timeline.seats(EVENTS, HOSTS, MARKS)
    assert [(one.phase, one.begin, one.end) for one in first.spans] == [
        ("plan", 0, 4),
        ("make", 4, 6),
        ("boot", 6, 8),
        ("provision", 8, 30),
        ("verify", 30, 31),
    ]
    assert first.ready
    assert failed.why == "failed at docker: no <way> out"
    assert [one.phase for one in failed.spans] == ["plan", "make", "boot", "provision"]
    assert never.spans == ()
    assert never.why == "no machine was made"


def test_a_mark_of_whole_seconds_never_goes_back_in_time() -> None:
    events = [Event(100.0, "typed"), Event(104.6, "asked", "a"), Event(104.9, "running", "a")]
    (seat,) = timeline.seats(events, ["a"], {"a": {"state": "ready", "started": 104}})
    assert [one.seconds >= 0 for one in seat.spans] == [True, True, True]


def test_a_machine_that_was_made_anew_has_its_own_way() -> None:
    """Since the `up` that made it, which is the second; not what its forerunner did."""
    again = [
        Event(200.0, "typed", more="up aws-lab"),
        Event(203.0, "asked", "seat01-node1"),
        Event(205.0, "running", "seat01-node1"),
        Event(231.0, "seen", "seat01-node1", "ready"),
        Event(232.0, "seen", "seat02-node1", "ready"),
        Event(233.0, "typed", more="check aws-lab"),
    ]
    mark = {"state": "ready", "started": 207, "finished": 230}
    anew, old = timeline.seats([*EVENTS, *again], HOSTS[:2], {**MARKS, HOSTS[0]: mark})
    assert [(one.phase, one.begin, one.end) for one in anew.spans] == [
        ("plan", 100, 103),
        ("make", 103, 105),
        ("boot", 105, 107),
        ("provision", 107, 130),
        ("verify", 130, 131),
    ]
    assert [one.begin for one in old.spans] == [0, 5, 7, 9, 20]


def test_a_machine_whose_clock_is_wrong_is_not_believed_its_times() -> None:
    mark = {"state": "failed", "started": 108 - 400 * 86400, "finished": 130 - 400 * 86400}
    (seat,) = timeline.seats(EVENTS, HOSTS[:1], {HOSTS[0]: mark})
    assert [one.phase for one in seat.spans] == ["plan", "make"]


@pytest.mark.parametrize(("percent", "value"), [(50, 2), (95, 4), (100, 4), (1, 1)])
def test_percentiles_are_values_that_were_seen(percent: int, value: float) -> None:
    assert timeline.at([1, 2, 3, 4], percent) == value


def test_commands_are_told_with_their_code() -> None:
    (typed,) = timeline.commands(EVENTS)
    assert (typed.words, typed.seconds, typed.code) == ("up aws-lab", 40.0, 5)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.links += [str(value) for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_asks_nobody() -> None:
    text = page.page(day(faults=("seat02-node1: the machine has no way out",)))
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert reader.links == []
    assert "url(" not in text
    assert "1 of 3 machines were ready" in text
    assert "no &lt;way&gt; out" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_what_is_left_is_said() -> None:
    assert "Left in the cloud: Vpc network." in page.page(day(left=("Vpc network",)))
    assert "Nothing was left in the cloud." in page.page(day())
    kept = page.page(day(kept=True))
    assert "Nothing was left" not in kept
    assert "dockyard rehearse stop aws-lab" in kept


def test_why_a_command_failed_is_read_on_paper_too() -> None:
    text = page.page(day()).partition("<details>")[0]
    assert "What failed" in text
    assert "Lab aws-lab &lt;b&gt;of&lt;/b&gt; trainer" in text


def test_what_is_well_does_not_hide_what_failed() -> None:
    """As in the long table of `check --full`."""
    said = ("✗ 1 of 2  docker  it answers", "          seat01-node1: it does not")
    said += ("✓         health  no unit has failed",) * 20 + ("1 thing not as it must be.",)
    failed = timeline.Command("check aws-lab --full", 1.0, 2.0, 5, said)
    assert page.why(failed) == [*said[:2], said[-1]]
    text = page.page(day(commands=(failed,))).partition("<details>")[0]
    assert "seat01-node1: it does not" in text


def test_the_same_as_json(tmp_path: Path) -> None:
    page.write(day(), tmp_path / "report.html")
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert found["seats"][0]["spans"][3] == {"phase": "provision", "begin": 8.0, "end": 30.0}
    assert {one["name"]: one["p50"] for one in found["phases"]}["provision"] == 11.0


def test_a_lab_without_machines_has_a_page_too() -> None:
    assert "Where the time went" not in page.page(day(seats=()))


@pytest.mark.parametrize(("end", "expected"), [(4, [0, 1, 2, 3, 4]), (100, [0, 30, 60, 90])])
def test_the_axis_has_round_seconds(end: float, expected: list[int]) -> None:
    assert page.ticks(end) == expected


def test_the_journal_keeps_what_it_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.add("asked", "seat01-node1", "é", at=1.5)
    assert list(journal.read()) == [Event(1.5, "asked", "seat01-node1", "é")]
    assert list(Journal(tmp_path / "none").read()) == []


def test_a_phone_has_room_for_the_figures_of_the_axis() -> None:
    """The unit once, and every second figure alone: looked at 320 to 400 pixels wide."""
    text = page.page(day())
    axis = text.partition('<div class="axis">')[2].partition("</div>")[0]
    assert axis.count(" s<") == 1
    assert axis.startswith('<span style="left:0.00%">0 s</span><span')
    narrow = text.partition("@media (max-width: 40rem) {")[2].partition("@media")[0]
    assert ".axis span:nth-child(even) { display: none; }" in narrow
