"""The engine's lines as records."""

import json
from typing import Any

from dockyard.engine.events import Reader, Said, Step, Summary, name_of, type_of

STACK = "urn:pulumi:a::dockyard::pulumi:pulumi:Stack::dockyard-a"
SEAT = "urn:pulumi:a::dockyard::dockyard:index:Seat::seat02"
PORT = "urn:pulumi:a::dockyard::dockyard:index:Seat$azure-native:network:Port::seat02-node1"
DISK = "urn:pulumi:a::dockyard::dockyard:index:Seat$x:y:Machine$x:y:Disk::seat02-node1-disk"


def step(key: str, urn: str, parent: str, operation: str = "create") -> str:
    about: dict[str, Any] = {"op": operation, "urn": urn, "type": type_of(urn)}
    state = {"parent": parent}
    about["old" if operation == "delete" else "new"] = state
    return json.dumps({"sequence": 1, key: {"metadata": about}})


def test_names_and_types() -> None:
    assert name_of(PORT) == "seat02-node1"
    assert type_of(PORT) == "azure-native:network:Port"
    assert name_of("urn:pulumi:a::p::t:t:T::with::colons") == "with::colons"
    assert name_of("") == ""


def test_a_resource_is_of_the_seat_above_it() -> None:
    reader = Reader()
    [seat] = reader.read(step("resourcePreEvent", SEAT, STACK))
    [port] = reader.read(step("resourcePreEvent", PORT, SEAT))
    [disk] = reader.read(step("resourcePreEvent", DISK, PORT))
    [stack] = reader.read(step("resourcePreEvent", STACK, ""))
    assert isinstance(port, Step)
    assert [s.seat for s in (seat, port, disk, stack) if isinstance(s, Step)] == [
        "seat02",
        "seat02",
        "seat02",
        "",
    ]


def test_what_is_deleted_has_its_parent_in_its_old_state() -> None:
    [gone] = Reader().read(step("resOutputsEvent", PORT, SEAT, "delete"))
    assert gone == Step("done", "delete", "azure-native:network:Port", "seat02-node1", "seat02")


def test_seconds_count_from_the_beginning() -> None:
    reader = Reader()
    list(reader.read(step("resourcePreEvent", PORT, SEAT)))
    reader.began[PORT] -= 61
    [done] = reader.read(step("resOpFailedEvent", PORT, SEAT))
    assert isinstance(done, Step)
    assert done.phase == "failed"
    assert done.seconds == 61


def test_what_is_said_without_debug_and_without_what_is_ephemeral() -> None:
    def diagnostic(severity: str, text: str, **more: object) -> str:
        return json.dumps({"diagnosticEvent": {"severity": severity, "message": text, **more}})

    reader = Reader()
    assert list(reader.read(diagnostic("debug", "x"))) == []
    assert list(reader.read(diagnostic("info", "x", ephemeral=True))) == []
    assert list(reader.read(diagnostic("info#err", " hello\n"))) == [Said("info", "hello")]
    said = Said("error", "no quota", "seat02", "seat02")
    assert list(reader.read(diagnostic("error", "no quota", urn=SEAT))) == [said]
    assert reader.errors == [said]


def test_a_broken_rule_of_a_policy_pack() -> None:
    about = {"resourceUrn": SEAT, "message": "why\nan open port\n", "policyName": "closed"}
    reader = Reader()
    [must] = reader.read(json.dumps({"policyEvent": {**about, "enforcementLevel": "mandatory"}}))
    [may] = reader.read(json.dumps({"policyEvent": {**about, "enforcementLevel": "advisory"}}))
    assert must == Said("error", "closed: an open port", "seat02", "seat02")
    assert may == Said("warning", "closed: an open port", "seat02", "seat02")
    assert reader.errors == [must]


def test_the_summary() -> None:
    reader = Reader()
    line = json.dumps({"summaryEvent": {"durationSeconds": 3, "resourceChanges": {"create": 7}}})
    assert list(reader.read(line)) == [Summary({"create": 7}, 3.0)]
    assert reader.summary == Summary({"create": 7}, 3.0)
    assert list(reader.read('{"cancelEvent":{}}')) == []
