"""`dockyard recover` of a lab whose state is lost: made anew from what the cloud has.

The program says what it would make; what the cloud has of that, by the lab's tags and names, is
taken into a new state under its own id. Nothing is made and nothing is deleted: students may be
at work there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dockyard import clock, deadline, show, sizes
from dockyard.commands import adopting, plan_live, retold, up_stack
from dockyard.engine.lab import StackLab
from dockyard.errors import LeftoverError, RefusedError
from dockyard.sweep.labs import FoundLab
from dockyard.sweep.things import Cloud, Thing


def run(lab: StackLab, cloud: Cloud, found: FoundLab, *, yes: bool) -> None:
    """Raises RefusedError when the person says no, LeftoverError for what no state will know."""
    if not found.things:
        show.say(f"Nothing to do: {lab.name} is neither in the state nor in the cloud.")
        return
    known = "not all" if lab.things() else "nothing"
    show.say(
        f"{cloud.account.sentence} has {found.sentence} "
        f"({show.count(len(found.things), 'thing')}), and the states in {lab.stack_backend()} "
        f"know {known} of it."
    )
    expires = _still_to_come(cloud, found)
    question = "Make a new state of what is there? (Not if another computer has one.)"
    if not show.confirm(question, yes=yes):
        raise RefusedError(
            "Nothing was changed.",
            "If another computer has its state, use that one, or its backend (dockyard backend).\n"
            f"  If it is lost: dockyard recover {lab.name} --yes; or, to delete the lab: "
            f"{_sweep(cloud, found)}",
        )
    more = up_stack.own_address(lab.lab)
    adopted = _adopt(lab, cloud, found, (more, expires))
    _tell(lab, cloud, found, (more, adopted))


def _still_to_come(cloud: Cloud, found: FoundLab) -> int:
    """The deadline that the tags say.

    Raises LeftoverError when it is over, or can't be read: then there is nothing to go on with.
    """
    expires = found.expires
    if expires is not None and expires > clock.now():
        return expires
    said = f"was over at {deadline.shown(expires)}" if expires else "can't be read from its tags"
    raise LeftoverError(
        f"The time of {found.sentence} {said}. Nothing was changed.",
        f"Delete it: {_sweep(cloud, found)}",
    )


def _sweep(cloud: Cloud, found: FoundLab) -> str:
    words = f"--cloud {cloud.account.cloud} --lab {found.name} --owner {found.owner}"
    return f"dockyard sweep {words} --yes"


# --- a new state --------------------------------------------------------------------------------


def _adopt(
    lab: StackLab, cloud: Cloud, found: FoundLab, told: tuple[Mapping[str, str], int]
) -> set[str]:
    """Round by round, until nothing more is found; the ids of what the state has then."""
    more, expires = told

    def said(*, rebuilt: bool = False) -> dict[str, Any]:
        return {**retold.begun(lab.lab, expires, lab.resources()), "rebuilt": rebuilt}

    def taken(steps: adopting.Steps, ids: Mapping[str, str]) -> None:
        lab.rebuild(steps, ids, {"lab": said()})
        lab.stack.rebuild((), {}, {"lab": said()})  # now with the images that machines have

    lab.rebuild((), {}, {"lab": said()})  # so that the program knows when the lab ends
    adopting.rounds(lab, cloud, (found.things, found.things), more, taken)
    lab.tell(said(rebuilt=True))
    return {str(one["id"]) for one in lab.things()}


# --- what is said of it -------------------------------------------------------------------------


def _tell(
    lab: StackLab,
    cloud: Cloud,
    found: FoundLab,
    told: tuple[Mapping[str, str], set[str]],
) -> None:
    more, adopted = told
    more = {**more, **sizes.told(plan_live.begun(lab))}
    changes = lab.changes(more)
    say_strays(cloud, found, adopting.unknown(found, [{"id": one} for one in adopted]))
    show.say(f"{lab.name} has a state again: {show.count(len(adopted), 'thing')} adopted.")
    if not changes:
        lab.up(lambda *_: None, more)  # changes nothing, and says where the machines are
    else:
        show.say(f"What `dockyard up {lab.name}` would do now:")
        up_stack.say_changes(changes)
    show.say("Who was let in by `dockyard allow` is forgotten: let them in again after it.")
    show.say(f"Next: dockyard up {lab.name}, or dockyard down {lab.name}")


def say_strays(cloud: Cloud, found: FoundLab, strays: Sequence[Thing]) -> None:
    """Of more students than are described, for one."""
    if not strays:
        return
    show.say(f"Not in the description, and so not in the state ({found.sentence}):")
    for one in strays:
        show.say(f"  {one.sentence}")
    show.say(
        "  They stay, and are billed. Describe them and recover again; or `dockyard down` deletes "
        f"them with the lab, {_sweep(cloud, found)} too."
    )
