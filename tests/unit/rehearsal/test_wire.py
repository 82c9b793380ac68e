"""What is written to the wire is read back, secrets, unknowns and all."""

from hypothesis import given
from hypothesis import strategies as st

from rehearsal import wire
from rehearsal.plain import UNKNOWN, Asset, Plain, at, general, written
from rehearsal.wire import decode, encode

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text() | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(min_size=1), plain, max_size=4))
def test_what_is_written_is_read(properties: dict[str, Plain]) -> None:
    assert decode(encode(properties)).plain == properties


@given(st.dictionaries(st.text(min_size=1), plain, min_size=1, max_size=4), st.data())
def test_secrets_stay_where_they_are(properties: dict[str, Plain], data: st.DataObject) -> None:
    secret = (data.draw(st.sampled_from(sorted(properties))),)
    assert decode(encode(properties, {secret})).secrets == {secret}


def test_a_secret_within_a_list() -> None:
    back = decode(encode({"keys": ["a", {"b": "c"}]}, {("keys", 1, "b")}))
    assert back.secrets == {("keys", 1, "b")}
    assert back.plain == {"keys": ["a", {"b": "c"}]}


def test_values_that_the_engine_may_send() -> None:
    signed = {
        "known": {wire.SIGNATURE: wire.OUTPUT_VALUE, "value": "x", "secret": True},
        "later": {wire.SIGNATURE: wire.OUTPUT_VALUE},
        "other": {wire.SIGNATURE: wire.REFERENCE, "urn": "urn:pulumi:a::b::c::d", "id": "i-1"},
        "text": {wire.SIGNATURE: wire.ASSET, "text": "x"},
        "count": 20.0,
    }
    back = decode(encode(signed))
    assert back.plain == {
        "known": "x",
        "later": UNKNOWN,
        "other": "i-1",
        "text": Asset(signed["text"]),
        "count": 20,
    }
    assert back.secrets == {("known",)}
    assert type(back.plain["count"]) is int


def test_paths() -> None:
    path = ("ingress", 0, "cidrBlocks", 12)
    assert written(path) == "ingress[0].cidrBlocks[12]"
    assert general(path) == "ingress[*].cidrBlocks[*]"
    assert written(("tags", "dockyard:lab")) == 'tags["dockyard:lab"]'


def test_what_stands_at_a_place() -> None:
    value = {"routes": [{"to": "a"}, {}, {"to": UNKNOWN}, {"to": "b"}], "one": {"two": 3}}
    assert list(at(value, "routes[*].to")) == ["a", "b"]
    assert list(at(value, "one.two")) == [3]
    assert list(at(value, "one[*].two")) == []
    assert list(at(value, "none.two")) == []
