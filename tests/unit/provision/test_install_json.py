"""daemon.json is read strictly and merged key by key by awk alone; Python's json is the judge."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

JSON_SH = Path(__file__).parents[3] / "provision" / "install" / "json.sh"
AWKS = {"mawk": "mawk", "busybox": "busybox awk"}

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=5)


def ask(mode: str, *texts: str, awk: str = "mawk") -> tuple[int, str]:
    """json_of on these texts; busybox has an awk of its own."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, text in enumerate(texts):
            path = Path(folder) / f"{number}.json"
            path.write_bytes(text.encode())
            paths.append(str(path))
        code = f'. {JSON_SH}; awk() {{ {AWKS[awk]} "$@"; }}; json_of {mode} {" ".join(paths)}'
        done = subprocess.run(
            [str(shutil.which("dash")), "-c", code],
            capture_output=True,
            timeout=30,
            check=False,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        )
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def merged(mine: Any, more: Any) -> Any:  # noqa: ANN401 - JSON
    """What the merge of two values must be."""
    if isinstance(mine, dict) and isinstance(more, dict):
        return mine | {k: merged(mine[k], v) if k in mine else v for k, v in more.items()}
    lists = isinstance(mine, list) and isinstance(more, list)
    if lists and all(isinstance(one, str) for one in [*mine, *more]):
        return mine + [one for number, one in enumerate(more) if one not in [*mine, *more[:number]]]
    return more


@pytest.mark.parametrize("awk", AWKS)
@settings(max_examples=40, deadline=None)
@given(value=OBJECTS, ascii_only=st.booleans(), indent=st.sampled_from([None, 0, 3]))
def test_what_is_shown_is_the_same_object(
    awk: str, value: dict[str, Any], *, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    code, out = ask("show", text, awk=awk)
    assert (code, json.loads(out)) == (0, value)
    assert ask("show", out, awk=awk) == (0, out)


@settings(max_examples=60, deadline=None)
@given(mine=OBJECTS, more=OBJECTS)
def test_a_merge_keeps_what_is_mine_unless_more_says_otherwise(
    mine: dict[str, Any], more: dict[str, Any]
) -> None:
    code, out = ask("merge", json.dumps(mine), json.dumps(more))
    assert (code, json.loads(out)) == (0, merged(mine, more))
    assert ask("merge", out, json.dumps(more)) == (0, out)


@settings(max_examples=40, deadline=None)
@given(mine=OBJECTS, more=OBJECTS)
def test_a_fill_changes_nothing_that_is_mine(mine: dict[str, Any], more: dict[str, Any]) -> None:
    code, out = ask("fill", json.dumps(mine), json.dumps(more))
    assert (code, json.loads(out)) == (0, more | mine)


def spoil(text: str, at: int, what: str) -> str:
    place = at % (len(text) + 1)
    return text[:place] + what + text[place:]


@settings(max_examples=120, deadline=None)
@given(
    value=OBJECTS,
    at=st.integers(0, 300),
    what=st.sampled_from([*'{}[],:"\\', "\t", "\n", "x", "0", "1.", "-", "tru", "\\u12"]),
)
def test_a_text_is_read_exactly_when_python_reads_it(
    value: dict[str, Any], at: int, what: str
) -> None:
    text = spoil(json.dumps(value), at, what)
    try:
        expected = json.loads(text, parse_constant=None)
    except ValueError:
        expected = None
    code, out = ask("show", text)
    if expected is None:
        assert code == 1, out
        assert out.split(" ")[0].isdigit()
    else:
        assert (code, json.loads(out)) == (0, expected)


BROKEN = {
    "a comma too many": ('{"a": 1,\n"b": 2,\n}', "3 a name in quotes is missing"),
    "two commas": ('{"a": 1,,}', "1 a name in quotes is missing"),
    "no colon": ('{"a" 1}', '1 a colon is missing after "a"'),
    "no comma": ('{\n"a": 1\n"b": 2}', "3 a comma or } is missing"),
    "single quotes": ("{'a': 1}", "1 a name in quotes is missing"),
    "a comment": ('{"a": 1} // why', "1 goes on after its end (JSON has no comments)"),
    "a comment before": (
        '{\n# why\n"a": 1}',
        "2 a name in quotes is missing (JSON has no comments)",
    ),
    "no end": ('{"a": [1', "1 a comma or ] is missing"),
    "a list": ("[]", "1 is no object: { ... }"),
    "a text over lines": ('{"a": "b\nc"}', "1 a text has no end in its line"),
    "a leading zero": ('{"a": 01}', "1 a comma or } is missing"),
}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_broken_is_said_with_its_line(awk: str, broken: str) -> None:
    text, said = BROKEN[broken]
    assert ask("show", text, awk=awk) == (1, f"{said}\n")


def test_a_byte_order_mark_is_no_matter() -> None:
    assert ask("show", '\ufeff{"a": 1}') == (0, '{\n  "a": 1\n}\n')


def test_flat_names_each_value_by_its_path() -> None:
    text = '{"a": {"b": [1, {"c": "d"}]}, "e": true, "f": {}}'
    assert ask("flat", text) == (0, 'a.b.0\t1\na.b.1.c\t"d"\ne\ttrue\n')
