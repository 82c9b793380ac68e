"""`dockyard extend`: moves every deadline of a lab; replaces and restarts nothing."""

import re

from dockyard import address, clock, deadline, price, show, times
from dockyard.commands.target import local_lab, stack_lab
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError, UsageError
from dockyard.local import timer
from dockyard.project import LOCAL, Project
from dockyard.stack_result import StackResult


def run(project: Project, name: str, more: str) -> None:
    """Ends LAB so much later than it would now, or at an instant: `2h`, `18:00`.

    Raises UsageError for what is neither, and for an instant that is no later than now planned.
    """
    _refuse_unclear(more, name)
    if name == LOCAL:
        _local(project, more)
        return
    lab = stack_lab(project, name)
    made = lab.need_result()
    _refuse_over(made.expires, name)
    ends = _moved(made.expires, more, name)
    _refuse(made, ends, name)
    price.refuse_budget(lab.lab, ends - made.made)
    stays = {address.GIVEN: made.me} if made.me else {}
    _refuse_others(lab, stays)
    progress = show.Progress()
    lab.up(progress.set, {**stays, deadline.EXTEND: str(ends)})
    now = lab.need_result()
    if now.expires != ends:
        raise DockyardError(
            f"The lab still ends {deadline.shown(now.expires)}.",
            f"See why in {lab.log}; then type the same again.",
        )
    show.say(f"Moved in {progress.seconds:.0f} s; nothing was replaced or restarted.")
    show.say(f"{name} ends {deadline.shown(ends)}, at the latest {deadline.shown(now.latest)}")


def _refuse_unclear(more: str, name: str) -> None:
    if re.match(r"-+[0-9]", more):
        raise UsageError(
            f"{more[:40]!r} would end {name} earlier: only more time is given.",
            f"Give it more: dockyard extend {name} {more.lstrip('-')[:40]}. "
            f"To end it now: dockyard down {name}",
        )
    if times.is_length(more.removeprefix("+")):
        return
    if not times.is_instant(more):
        raise UsageError(
            f"{more[:40]!r} {times.neither(more)}.",
            f"Type: dockyard extend {name} 2h; or until when: dockyard extend {name} 18:00",
        )
    try:
        times.instant(more, 0)
    except ValueError:
        raise UsageError(f"{more!r} is no day of the calendar.") from None


def _moved(expires: int, more: str, name: str) -> int:
    """The new deadline in epoch seconds; the old one is said, so that a slip is noticed."""
    seconds = times.seconds(more.removeprefix("+"))
    ends = expires + seconds if seconds else times.instant(more, clock.now())
    if ends <= clock.now():
        raise DockyardError(
            f"The lab ended {deadline.shown(expires)}; so much more is past, too."
            if seconds
            else f"{deadline.shown(ends)} is past.",
            f"Give it more, or take down what is left: dockyard down {name}",
        )
    if ends <= expires:
        raise UsageError(
            f"{name} ends {deadline.shown(expires)} already; {deadline.shown(ends)} is no later.",
            f"Only more is given: dockyard extend {name} 2h. To end it: dockyard down {name}",
        )
    if not seconds and (doubt := times.doubt(more, clock.now())):
        show.say(f"! {doubt}")
    return ends


def _local(project: Project, more: str) -> None:
    """The timer of this computer; nobody is paid, so there is no latest end."""
    lab = local_lab(project)
    if not lab.known():
        raise DockyardError(f"{LOCAL} was not made yet.", f"Type: dockyard up {LOCAL}")
    found, words = timer.read(lab.kept), deadline.written(lab.lab)
    if found is None or found.asked != words:
        raise DockyardError(
            f"The description says {words or 'no deadline'}, and the lab was made with "
            f"{found.asked if found else 'none'}.",
            f"Write `hours` or `until` as it is to be, then: dockyard up {LOCAL}",
        )
    ends = _moved(found.expires, more, LOCAL)
    show.say(timer.move(found, ends, lab.kept, project.root))
    show.say(f"{LOCAL} ends {deadline.shown(ends)}; nothing was restarted.")


def _refuse_over(expires: int, name: str) -> None:
    """What ends a lab in its cloud has begun by then; machines may be gone already."""
    if expires <= clock.now():
        raise DockyardError(
            f"The lab's time was over at {deadline.shown(expires)}: its cloud ends it.",
            f"Take down what is left: dockyard down {name}; then make it anew: dockyard up {name}",
        )


def _refuse(made: StackResult, ends: int, name: str) -> None:
    """What may not be, before anything is asked of the cloud."""
    if ends > made.latest:
        left = max(0, made.latest - made.expires)
        more = deadline.length(left) if left else "No"
        raise DockyardError(
            f"{name} would end {deadline.shown(ends)}, but {deadline.shown(made.latest)} is the "
            "latest: its machines were told so when they were made, and in a cloud that ends them "
            "by itself nothing moves that while they run.",
            f"{more} more is possible. Another lab may have more: `latest: 8h`.",
        )
    if ends - made.made > deadline.longest():
        raise DockyardError(
            f"The lab would live {deadline.length(ends - made.made)}, but {deadline.LONGEST} "
            f"allows {deadline.length(deadline.longest())}.",
            f"Whoever set {deadline.LONGEST} may change it.",
        )


def _refuse_others(lab: StackLab, stays: dict[str, str]) -> None:
    """Other changes that wait in the description are for `up`: some restart a machine."""
    others = [change.sentence for change in lab.changes(stays)]
    if others:
        raise DockyardError(
            f"The description has changed, too: {', '.join(others[:5])}.",
            f"Make these changes first: dockyard up {lab.name}; or take them back.",
        )
