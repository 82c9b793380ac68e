"""Every sentence exists in English and French, with the same places to fill, and is used."""

import re
from pathlib import Path

import pytest

PROVISION = Path(__file__).parents[3] / "provision"
LINES = [
    line
    for line in (PROVISION / "messages.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
SENTENCES = {line.partition(" ")[0]: line.partition(" ")[2].split("|") for line in LINES}
FILES = [path for path in PROVISION.glob("*.sh") if "user-data" not in path.name]
CODE = re.sub(r"(?m)^\s*#.*", "", "\n".join(path.read_text() for path in FILES))
SAID = set(re.findall(r"\b(?:act|say|message) ([a-z_]+)\b", CODE))
DIED = set(re.findall(r"\bdie \d+ ([a-z_]+)", CODE)) | set(
    re.findall(r"\bset -- (down|no_container|not_ready|no_member|no_name)", CODE)
)
WHYS = {"locked", "full", "other", "network", "clock", "untrusted", "missing"}
BY_BLOCK = {"hosts", "keys"}


def test_no_key_stands_twice() -> None:
    keys = [line.partition(" ")[0] for line in LINES]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_are_there_with_the_same_places(key: str) -> None:
    english, french = SENTENCES[key]
    assert english
    assert french
    assert english != french
    places = [re.findall(r"\{[1-3]\}", text) for text in (english, french)]
    assert sorted(places[0]) == sorted(places[1])
    assert len(set(places[0])) == len(places[0])


def test_every_sentence_is_used_and_every_used_one_is_there() -> None:
    used = SAID | DIED | WHYS | BY_BLOCK
    reasons = {key for key in SENTENCES if not key.endswith(".hint")}
    assert used == reasons


def test_every_failure_has_a_remedy() -> None:
    codes = {f"{code}.hint" for code in "124567"}
    assert codes <= set(SENTENCES)
    unfit = set(re.findall(r"\bdie 3 ([a-z_]+)", CODE))
    assert {f"{key}.hint" for key in unfit} <= set(SENTENCES)


def test_every_remedy_belongs_to_a_failure() -> None:
    keys = {key.removesuffix(".hint") for key in SENTENCES if key.endswith(".hint")}
    assert {key for key in keys if not key.isdigit()} <= DIED | WHYS
