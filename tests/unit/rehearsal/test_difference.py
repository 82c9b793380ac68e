"""Differences, to the place."""

import copy
import random

from hypothesis import given
from hypothesis import strategies as st

from rehearsal.difference import Change, differences
from rehearsal.plain import UNKNOWN, Plain

plain = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
objects = st.dictionaries(st.text(min_size=1, max_size=3), plain, max_size=4)


@given(objects)
def test_nothing_differs_from_itself(value: dict[str, Plain]) -> None:
    assert differences(value, copy.deepcopy(value)) == {}


@given(objects)
def test_only_the_providers_note_differs(value: dict[str, Plain]) -> None:
    assert differences(value, {**value, "__defaults": ["x"]}) == differences(value, value)


def test_the_deepest_place() -> None:
    old = {"disk": {"size": 8, "kind": "a"}, "tags": {"a": "b"}, "list": [1, 2]}
    new = {"disk": {"size": 9, "kind": "a"}, "tags": None, "list": [1, 2, 3], "more": True}
    assert differences(old, new) == {
        ("disk", "size"): Change.UPDATE,
        ("tags", "a"): Change.DELETE,
        ("list", 2): Change.ADD,
        ("more",): Change.ADD,
    }


def test_missing_is_empty() -> None:
    assert differences({"tags": {}, "list": []}, {}) == {}


def test_true_is_not_one() -> None:
    assert differences({"a": 1}, {"a": True}) == {("a",): Change.UPDATE}


def test_unknown_is_a_change_that_is_not_sure_of_its_depth() -> None:
    assert differences({"a": {"b": 1}}, {"a": UNKNOWN}) == {("a",): Change.UPDATE}
    assert differences({"a": "b"}, {"a": "b", "c": UNKNOWN}) == {("c",): Change.ADD}


@given(st.lists(st.dictionaries(st.text(max_size=3), st.integers()), max_size=5), st.randoms())
def test_order_means_nothing_where_it_is_said(
    items: list[dict[str, int]], chance: random.Random
) -> None:
    other = random.Random(chance.random()).sample(items, len(items))  # noqa: S311 - an order
    assert differences({"rules": items}, {"rules": other}, {"rules"}) == {}


def test_order_means_something_elsewhere() -> None:
    assert set(differences({"a": [1, 2]}, {"a": [2, 1]})) == {("a", 0), ("a", 1)}
