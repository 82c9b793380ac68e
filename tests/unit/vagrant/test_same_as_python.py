"""The machines and the user data that Ruby and Python make of one description are the same."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dockyard import clouds, description, seats, user_data
from dockyard.errors import DescriptionError
from dockyard.spec import Image
from dockyard.values import LAB_NAME, TAG_KEY, TAG_VALUE, USER_NAME, WORD

ROOT = Path(__file__).parents[3]
Read = Callable[[Sequence[str]], list[dict[str, Any]]]
A_BATCH = 30
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 40


def of(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern.replace("$", r"\Z"))


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


SIZES = st.sampled_from(["small", "medium", "large", "native:3x1536"])
IMAGES = st.sampled_from([*(image.value for image in Image), "native:bento/debian-13"])
PLAIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
JSON = st.recursive(
    PLAIN | st.booleans() | st.integers(-(2**40), 2**40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=8,
)
URLS = st.sampled_from(["http://10.0.0.1:5000", "https://mirror.example/", "https://a.example/b/"])
MACHINES = some(
    name=of(WORD), count=st.integers(1, 4), size=SIZES, image=IMAGES, disk=st.integers(10, 1000)
)
DOCKER = some(
    source=st.sampled_from(["docker", "distribution", "auto"]),
    channel=st.sampled_from(["stable", "test"]),
    version=st.sampled_from(["28", "28.5", "28.10"]),
    mirror=URLS,
    mirror_key=of(r"^[0-9A-F]{40}$"),
    registry_mirrors=st.lists(URLS, max_size=3),
    daemon=st.dictionaries(PLAIN, JSON, max_size=4),
    users=st.lists(of(USER_NAME), min_size=1, max_size=3),
)
ACCESS = some(
    cidrs=st.lists(st.sampled_from(["me", "10.0.0.0/8", "10.0.0.1/8", "::/0", "1.2.3.4"])),
    ports=st.lists(st.sampled_from([8080, "80", "8000-8100", "90-80", 2375, "2000-3000"])),
    keys=st.lists(
        st.sampled_from([KEY, f"{KEY} ada@home", f"ssh-rsa   {'B' * 50}", "~/nothing.pub", "x"])
    ),
)
LABS = st.fixed_dictionaries(
    {"name": of(LAB_NAME), "target": st.just("local")},
    optional={
        "owner": of(WORD),
        "students": st.integers(0, 60),
        "spare": st.integers(0, 5),
        "machines": st.lists(MACHINES, min_size=1, max_size=4),
        "docker": DOCKER,
        "access": ACCESS,
        "hours": st.integers(1, 720)
        | st.sampled_from(
            ["9h", "1h30", "90m", "2 days", "9 h", "h", "1h75", "0h", "1 jour 2 heures"]
        ),
        "until": st.sampled_from(
            ["18:00", "9:00", "24:00", "2099-12-05 18:00 UTC", "2099-02-29 18:00+01:00"]
        ),
        "language": st.sampled_from(["en", "fr"]),
        "tags": st.dictionaries(of(TAG_KEY), of(TAG_VALUE), max_size=2),
        "region": st.just("mars"),
        "cluster": st.just({}),
    },
)


def python(text: str, folder: Path) -> dict[str, Any]:
    """What Python makes of a description, in the words of compare.rb."""
    path = folder / "python.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        # whether a time is past is Python's alone: Vagrant must still destroy its machines
        lab = description.read(path, ended=True).lab
        machines = [m for seat in seats.seats(lab) for m in seat.machines]
        texts = []
        for machine in (machines[0], machines[-1]):
            seat = seats.seats(lab)[machine.seat - 1]
            texts.append(user_data.UserData(ROOT / "provision").of(lab, seat, machine))
    except DescriptionError as error:
        return {"refused": error.message}
    size = clouds.load("local").size
    return {
        "machines": [
            {
                "seat": m.seat,
                "name": m.name,
                "address": m.address,
                "size": m.size,
                "image": m.image,
                "disk": m.disk,
                "host": m.host,
                "cpus_and_memory": [int(part) for part in size(m.size).split("x")],
            }
            for m in machines
        ],
        "texts": texts,
    }


def same(texts: list[str], ruby: Read, folder: Path) -> int:
    """Compares both readings of every text; returns how many were accepted."""
    accepted = 0
    for text, theirs in zip(texts, ruby(texts), strict=True):
        ours = python(text, folder)
        if "refused" in ours:
            assert "refused" in theirs, text
        else:
            assert theirs == ours, text
            accepted += 1
    return accepted


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labs=st.lists(LABS, min_size=A_BATCH, max_size=A_BATCH))
def test_random_labs(labs: list[dict[str, Any]], ruby: Read, tmp_path: Path) -> None:
    same([yaml.safe_dump({"lab": lab}) for lab in labs], ruby, tmp_path)


def test_every_example(ruby: Read, tmp_path: Path) -> None:
    paths = [ROOT / "vagrant/lab.yaml", *(ROOT / "vagrant/examples").glob("*.yaml")]
    texts = [
        path.read_text(encoding="utf-8").replace("per_student_keys: true", "keys: []")
        for path in paths
    ]
    assert same(texts, ruby, tmp_path) == len(paths)


WORDS = [
    "yes", "No", "ON", "y", "18:00", "1,000", ":word", "0x1F", "017", "1_000", "1e3", "1.5",
    ".inf", "2026-12-05", "2026-12-05 18:00:00", "~", "null", "'5'", "!!str 5", "+3", "-0", "0o7",
    "-", "<", "=", "a: b", "{}", "[]", "[1, b]", '"\\u00e9"', "'é'", "|\n      text\n",
]  # fmt: skip
PLACES = ["students", "until", "docker: {version", "docker: {daemon: {key", "name"]


@pytest.mark.parametrize("place", PLACES)
def test_every_word_of_yaml_means_the_same(place: str, ruby: Read, tmp_path: Path) -> None:
    head = "lab:\n  target: local\n" + ("" if place == "name" else "  name: words\n")
    texts = [f"{head}  {place}: {word}{'}' * place.count('{')}\n" for word in WORDS]
    same(texts, ruby, tmp_path)


DAYS = ["2026-12-05", "20261205", "2026-W49-6", "2026W496", "2026-W49", "2026-02-30", "2026-1-5",
    "2026-12", "2026", "2026-W54", "2026-W00-1", "26-12-05", "5 Dec 2026", "2026-365", "tomorrow",
]  # fmt: skip
CLOCKS = [
    "",
    " 18:00",
    "T18:00",
    "T1800",
    " 18",
    " 18:00:30",
    " 18:00:30.5",
    " 24:00",
    " 18:60",
    " 8:00",
    " 6pm",
    " 18h30",
    " 18:00Z",
    " 18:00 Z",
    " 18:00+01:00",
    " 18:00 +01:00",
    " 18:00+0100",
    " 18:00+1",
    " 18:00-23:59",
    " 18:00+24:00",
    " 18:00 CET",
    " 18:00 UTC",
    " 9:00 -05:00",
    " 18:00 Europe/Paris",
    " ",
    "T",
    "x",
]


@pytest.mark.parametrize("day", DAYS)
def test_what_is_a_time_is_one_in_both(day: str, ruby: Read, tmp_path: Path) -> None:
    lab = {"name": "ab", "target": "local"}
    texts = [yaml.safe_dump({"lab": {**lab, "until": day + clock}}) for clock in CLOCKS]
    same(texts, ruby, tmp_path)


@pytest.mark.parametrize(("place", "accepted"), [("docker: {daemon: {a: ", 1), ("students: ", 0)])
def test_what_is_nested_too_deeply_is_refused_by_both(
    place: str, accepted: int, ruby: Read, tmp_path: Path
) -> None:
    head, ends = f"lab: {{name: ab, target: local, {place}", "}" * (place.count("{") + 1)
    depths = (19, 20, 45, 60, 400, 20_000)
    texts = [f"{head}{'[' * depth}1{']' * depth}{ends}" for depth in depths]
    assert same(texts, ruby, tmp_path) == accepted


BROKEN = [
    "", "lab", "lab: 5", "lab: []", "labs: {}", "lab: {name: ab}", "a: 1\na: 2", "lab: [", "\t",
    "lab: {name: ab, target: local, name: cd}", "lab: {name: ab, target: local, machines: []}",
    "lab: {name: ab, target: local, machines: [{}, {}]}", "lab: &a {name: *a, target: local}",
    "lab: {name: ab, target: local, machines: [{count: 6}, {name: b, count: 6}]}",
    "lab: {name: ab, target: local, students: 0}", "lab: {name: ab, target: local, 5: 6}",
    "lab: {name: ab, target: local, tags: {Big: a}}", "lab: {name: ab, target: local, <<: {}}",
    "lab: {name: ab, target: local, docker: {users: [root]}}", "lab: !!python/object:os.x {}",
    "lab: {name: ab, target: local, docker: {users: [ada, ada]}}", "--- \nlab: 1\n---\nlab: 2",
    "lab: {name: ab, target: local, docker: {daemon: {hosts: []}}}", 'lab: {name: "ab\\n"}',
    "lab: {name: ab, target: local, machines: [{size: 'native:huge'}]}",
    "lab: {name: ab, target: local, machines: [{fallback: [large]}]}",
    "lab: {name: ab, target: local, machines: [{fallback: [huge]}]}",
    "lab: {name: ab, target: local, machines: [{fallback: large}]}",
    "lab: {name: ab, target: local, machines: [{size: 'native:0x2048'}]}",
    "lab: {name: ab, target: local, machines: [{size: 'native:100x2048'}]}",
    "lab: {name: ab, target: local, machines: [{size: 'native:2x20'}]}",
    "lab: {name: ab, target: local, tags: {dockyard-lab: a}}", "lab: {name: ab\0, target: local}",
]  # fmt: skip


def test_what_is_wrong_is_refused_by_both(ruby: Read, tmp_path: Path) -> None:
    assert same(BROKEN, ruby, tmp_path) == 0


def test_the_machines_of_500_students_are_the_same(ruby: Read, tmp_path: Path) -> None:
    lab = {"name": "most", "target": "local", "students": 500, "machines": [{"count": 10}]}
    text = yaml.safe_dump({"lab": lab})
    assert same([text], ruby, tmp_path) == 1
    assert len(json.dumps(python(text, tmp_path)["machines"])) > 100_000
