"""What `dockyard recover` does with what carries a lab's tags and is not in its state.

What is described, and was made since this copy of the state (of a backup, of another computer), is
adopted. A second one of what the state has is deleted when the person agrees, with what lies in it
but for machines. All else stays.
"""

from collections.abc import Sequence
from dataclasses import replace

from dockyard import clouds, show, sizes
from dockyard.commands import adopting, plan_live, recover_lost, retold, up_stack
from dockyard.commands.sweep import leftover
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError, RefusedError
from dockyard.sweep.labs import FoundLab
from dockyard.sweep.sweeping import Sweep
from dockyard.sweep.things import Cloud, Thing, Wanted


def run(lab: StackLab, cloud: Cloud, found: FoundLab, asked: tuple[Sequence[Thing], bool]) -> bool:
    """Whether state and cloud agree afterwards; `asked` are the strays, and that they may go.

    Raises RefusedError when the person says no, LeftoverError when something stays that is to go.
    """
    strays, yes = asked
    if not strays:
        return True
    doubles = _doubles(lab, strays)
    if lab.is_described and not doubles:
        strays = _taken_in(lab, cloud, found, strays)
        doubles = _doubles(lab, strays)
    elif len(doubles) < len(strays):
        # the rest lies in a second network: it goes with that one, or stays in it with a machine
        machine = clouds.load(cloud.account.cloud).machine
        doubles = [] if any(adopting.is_of(machine, one) for one in strays) else list(strays)
    _remove(cloud, Wanted(found.name, found.owner), doubles, yes=yes)
    others = [one for one in strays if one not in doubles]
    recover_lost.say_strays(cloud, found, others)
    return not others


def _doubles(lab: StackLab, strays: Sequence[Thing]) -> list[Thing]:
    return adopting.doubles(strays, lab.things())


def _taken_in(lab: StackLab, cloud: Cloud, found: FoundLab, strays: Sequence[Thing]) -> list[Thing]:
    """Adopts what is described and the state lacks; what is left."""
    try:
        more = {**up_stack.own_address(lab.lab), **sizes.told(plan_live.begun(lab))}
        ids = adopting.rounds(
            lab, cloud, (strays, found.things), more, lambda steps, ids: lab.rebuild(steps, ids, {})
        )
    except DockyardError as problem:
        show.say(f"! Whether they are described could not be seen: {problem.message}")
        return list(strays)
    if ids:
        retold.run(lab, found.expires)
    return [one for one in strays if one.id not in ids]


def _remove(cloud: Cloud, wanted: Wanted, doubles: Sequence[Thing], *, yes: bool) -> None:
    """Deletes what nothing refers to."""
    if not doubles:
        return
    show.say("In the cloud, with the lab's tags, a second one of what the state has:")
    for one in doubles:
        show.say(f"  {one.sentence}")
    if not show.confirm("Delete these?", yes=yes):
        raise RefusedError(
            "They stay, and are billed.",
            f"Delete all of the lab: dockyard sweep --lab {wanted.lab} --owner {wanted.owner}",
        )
    mine = {one.id for one in doubles}
    # by themselves, not with the group that they lie in
    alone = [replace(one, along="") for one in doubles]
    progress = show.Progress()
    outcome = Sweep(cloud, wanted, progress.set, of=lambda one: one.id in mine).run(alone)
    if outcome.left:
        raise leftover([(one, outcome) for one in outcome.left])
