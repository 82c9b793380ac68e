"""Every sentence exists in English and French, with the same places to fill, and is used.

Two catalogues: that of machines, and what install-docker.sh alone says.
"""

import re
from pathlib import Path

import pytest

PROVISION = Path(__file__).parents[3] / "provision"


def catalogue(folder: Path) -> dict[str, list[str]]:
    lines = (folder / "messages.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    assert len(pairs) == len({key for key, _, _ in pairs}), "a key stands twice"
    return {key: sentence.split("|") for key, _, sentence in pairs}


def code(*folders: Path) -> str:
    paths = [path for one in folders for path in one.glob("*.sh")]
    made = ("user-data", "install-docker")
    texts = [path.read_text() for path in paths if not path.name.startswith(made)]
    return re.sub(r"(?m)^\s*#.*", "", "\n".join(texts))


def said(text: str) -> set[str]:
    return set(re.findall(r"\b(?:act|say|message|would) ([a-z_]+[a-z0-9_]*)\b", text))


def died(text: str) -> set[str]:
    by_case = re.findall(r"\bset -- (down|no_container|not_ready|no_member|no_name)", text)
    by_name = re.findall(r"\bFAILED=(\w+)", text)
    return {*re.findall(r"\b(?:die|wrong) \d+ ([a-z_]+[a-z0-9_]*)", text), *by_case, *by_name}


SHARED = catalogue(PROVISION)
ALONE = catalogue(PROVISION / "install")
CODE = code(PROVISION)
CODE_ALONE = code(PROVISION / "install")
WHYS = {"locked", "full", "other", "network", "clock", "untrusted", "missing"}
BY_BLOCK = {"hosts", "keys"}
ROOMS = {"machines": SHARED, "alone": ALONE}


@pytest.mark.parametrize(
    ("room", "key"), [(room, key) for room, sentences in ROOMS.items() for key in sentences]
)
def test_both_languages_are_there_with_the_same_places(room: str, key: str) -> None:
    english, french = ROOMS[room][key]
    assert english
    assert french
    assert english != french
    places = [re.findall(r"\{[1-3]\}", text) for text in (english, french)]
    assert sorted(places[0]) == sorted(places[1])


def reasons(sentences: dict[str, list[str]]) -> set[str]:
    return {key for key in sentences if not key.endswith(".hint")}


def test_every_sentence_is_used_and_every_used_one_is_there() -> None:
    assert said(CODE) | died(CODE) | WHYS | BY_BLOCK == reasons(SHARED)


def test_the_installer_s_own_sentences_are_used_and_there() -> None:
    used = said(CODE_ALONE) | died(CODE_ALONE)
    assert reasons(ALONE) - used == set()
    assert used - reasons(ALONE) - reasons(SHARED) == set()


def test_every_failure_has_a_remedy() -> None:
    codes = {f"{code}.hint" for code in "124567"}
    assert codes <= set(SHARED)
    for text in (CODE, CODE_ALONE):
        unfit = set(re.findall(r"\bdie [38] ([a-z_]+[a-z0-9_]*)", text))
        assert {f"{key}.hint" for key in unfit} <= set(SHARED) | set(ALONE)


def test_every_remedy_belongs_to_a_failure() -> None:
    keys = {key.removesuffix(".hint") for key in [*SHARED, *ALONE] if key.endswith(".hint")}
    assert {key for key in keys if not key.isdigit()} <= died(CODE) | died(CODE_ALONE) | WHYS
