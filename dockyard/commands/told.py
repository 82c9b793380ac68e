"""Who is told when what ends a lab fails, and whether they can be."""

from collections.abc import Iterator

from dockyard import clouds, show
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
