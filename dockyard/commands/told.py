"""Who is told when what ends a lab fails, and whether they can be."""

from collections.abc import Iterator, Mapping
from typing import Any

from dockyard import clouds, show
from dockyard.commands.teardown import account_of, opened
from dockyard.engine.events import kind_of, name_of
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError
from dockyard.project import LOCAL
from dockyard.spec import LabSpec
from dockyard.sweep.clouds import NAMES, open_cloud
from dockyard.sweep.things import Wanted


def planned(lab: LabSpec) -> Iterator[str]:
    """Who will be; nothing where nothing of ours ends it."""
    if lab.target == LOCAL or not lab.guard:
        return
    if lab.alarm:
        yield f"If what ends it fails, {lab.alarm} is told."
        return
    how = ": write `alarm: you@example.org`" if clouds.load(lab.target).has_alarm else ""
    yield f"If what ends it fails, nobody is told{how} (docs/deadlines.md)."


def unconfirmed(lab: StackLab) -> None:
    """Says that who is named must agree first, as long as the cloud still waits for that."""
    described = lab.described
    if not described.alarm or described.target not in NAMES:
        return
    made = lab.need_result()
    try:
        cloud = open_cloud(described.target)
        waits = cloud.unconfirmed(Wanted(made.name, made.owner), made.region)
    except DockyardError as problem:
        show.say(f"! Whether {described.alarm} can be written to was not seen: {problem.message}")
        return
    if waits:
        show.say(
            f"! {described.alarm} has a mail of the cloud's with a link, “Confirm subscription”: "
            "until it is opened, nobody is told when what ends the lab fails."
        )


_PARTS = {"guard": "what ends the lab", "alarm": "what tells when that fails"}
"""As the program names them."""
_LISTED = frozenset(
    (
        *("Schedule", "Topic", "StateMachine"),
        *("Workflow", "MetricAlert", "ActionGroup"),
        *("Job", "AlertPolicy", "NotificationChannel"),
    )
)
"""What of them each cloud lists; rights and roles have no list of their own everywhere."""


def gone(lab: StackLab) -> None:
    """Says what the cloud no longer has of the guard and its alarm: a watch that somebody deletes
    tells nothing. Asked where somebody counts on being told.
    """
    made = lab.result()
    if made is None or not lab.described.alarm or made.target not in NAMES:
        return
    things = lab.things()
    watches = [one for one in things if name_of(one["urn"]) in _PARTS and _kind(one) in _LISTED]
    try:
        cloud = opened(made.target, made.name, account_of(things))
        look = cloud.look(Wanted(made.name, made.owner))
    except DockyardError as problem:
        show.say(f"! Whether {lab.described.alarm} would be told was not seen: {problem.message}")
        return
    if look.failed or look.denied:
        why = "; ".join(look.failed or look.unseen[1:])
        show.say(f"! Whether {lab.described.alarm} would be told was not seen: {why}")
        return
    there = {one.id.casefold() for one in look.things}
    lost = [one for one in watches if str(one["id"]).casefold() not in there]
    for one in lost:
        part = _PARTS[name_of(one["urn"])]
        show.say(f"! The cloud no longer has {_kind(one)} {one['id']}, of {part}.")
    if lost:
        show.say(f"  Have it made again: dockyard recover {lab.name}; then dockyard up {lab.name}")


def _kind(one: Mapping[str, Any]) -> str:
    return kind_of(one["type"])
