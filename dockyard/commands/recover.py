"""`dockyard recover`: after a kill, a lost state, another computer: state and cloud agree again.

What was being made when the engine was killed is looked for in the cloud, by the lab's tags. What
is there is adopted into the state under its own name, and what an older copy of the state does not
know, too. A second one of it, which nothing refers to, is deleted: recover_strays.py. Nothing that
the state knows is deleted, nothing that is not described, and nothing of a lab whose state is lost:
students may be at work there.
"""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dockyard import clock, deadline, show
from dockyard.commands import adopting, recover_lost, recover_strays, retold
from dockyard.commands.target import made_lab
from dockyard.commands.teardown import account_of, opened
from dockyard.engine import settings, states, workspace
from dockyard.engine.lab import StackLab
from dockyard.engine.locks import Lock, LockedError
from dockyard.engine.pending import Pending
from dockyard.errors import DockyardError, HostError, RefusedError
from dockyard.project import Project
from dockyard.sweep.labs import FoundLab, by_lab
from dockyard.sweep.things import Cloud, Thing, Wanted


@dataclass(frozen=True)
class Asked:
    """What was typed: that all may be done, and what is known to be wrong."""

    yes: bool
    take_over: bool = False
    rebuild: bool = False


def run(project: Project, name: str, asked: Asked) -> None:
    """Raises what is in the way as a sentence: a lock that is alive, credentials, what is left."""
    if asked.rebuild:
        _unlock(made_lab(project, name), take_over=asked.take_over)
        _put_aside(project, name, yes=asked.yes)
    lab = made_lab(project, name)
    _take_halves(lab, name)
    _mend_file(lab, name)
    _unlock(lab, take_over=asked.take_over)
    resources, pending = _known(lab)
    owner, lab_name, target = _named(lab)
    cloud = opened(target, lab_name, account_of(resources))
    found = _in_cloud(cloud, owner, lab_name)
    made = lab.result()
    if not pending and (not resources or (made and made.rebuilt is not None)):
        # what the state does not know is no stray: nobody has told it all yet
        recover_lost.run(lab, cloud, found, yes=asked.yes)
        return
    strays = adopting.unknown(found, resources)
    if pending:
        _say_pending(name, pending)
        adopted = _adopt(lab, cloud, pending, (strays, found.things))
        strays = [one for one in strays if one.id not in adopted]
    _refresh(lab, name)
    if pending or lab.result() is None:
        retold.run(lab, found.expires)
    if recover_strays.run(lab, cloud, found, (strays, asked.yes)):
        show.say(f"{name} is whole: its state and {cloud.account.sentence} agree.")
    _say_next(lab, found)


def _say_next(lab: StackLab, found: FoundLab) -> None:
    """A lab whose time is over goes on no more: its cloud ends it, and `up` would refuse."""
    made = lab.result()
    expires = made.expires if made else found.expires
    if expires is not None and expires <= clock.now():
        show.say(f"Its time was over at {deadline.shown(expires)}. Next: dockyard down {lab.name}")
    else:
        show.say(f"Next: dockyard up {lab.name}, or dockyard down {lab.name}")


# --- the state's file ---------------------------------------------------------------------------


_WRITING = 2.0
"""Seconds after which nobody is still writing a lock."""


def _take_halves(lab: StackLab, name: str) -> None:
    """Takes away what a full disk left cut off around the state."""
    backend = lab.stack_backend()
    found = states.halves(backend, name)
    if not found:
        return
    time.sleep(_WRITING)
    for file in set(found) & set(states.halves(backend, name)):
        file.unlink(missing_ok=True)
        show.say(f"! Took away {file}: it was cut off, as on a full disk.")


def _mend_file(lab: StackLab, name: str) -> None:
    """A state that was cut off in the middle is put back as it was before that operation."""
    file = states.file_of(lab.stack_backend(), name)
    if file is None or states.is_whole(file):
        return
    aside = file.with_name(f"{file.name}.broken-{time.strftime('%Y%m%dT%H%M%S')}")
    backup = file.with_name(f"{file.name}.bak")
    show.say(f"! The state of {name} can't be read: {file} is cut off or overwritten.")
    shutil.copy2(file, aside)
    if not states.is_whole(backup):
        file.unlink()
        show.say(f"  Nor can the one before it. It was put aside: {aside}")
        return
    shutil.copy2(backup, file)
    show.say(f"  Put back as it was before the last operation; the broken one: {aside}")


def _put_aside(project: Project, name: str, *, yes: bool) -> None:
    """Raises RefusedError when the person says no."""
    if not show.confirm(f"Put the state of {name} aside, and make a new one?", yes=yes):
        raise RefusedError("Nothing was changed.", f"Look: dockyard recover {name}")
    aside = workspace.put_aside(project, name, settings.backend())
    show.say(f"The state of {name} was put aside: {aside}")


# --- the lock -----------------------------------------------------------------------------------


def _unlock(lab: StackLab, *, take_over: bool) -> None:
    """A dead lock goes; one of another computer only when the person says that it is dead.

    Raises LockedError while an operation is alive, or may be.
    """
    backend = lab.stack_backend()
    here = states.folder(backend) is not None
    lock = workspace.lock_of(backend, lab.name) if here else _lock_elsewhere(lab)
    if lock is None:
        return
    # of those who share a bucket two computers may have one name
    dead = here and lock.alive is False
    if lock.alive or not (dead or take_over):
        raise LockedError(lab.name, lock)
    if lab.there():
        lab.stack.cancel()
    else:  # Pulumi unlocks, and makes, no stack whose state is gone
        states.unlock(backend, lab.name)
    show.say(f"Unlocked {lab.name}: it was {lock.whose}.")


def _lock_elsewhere(lab: StackLab) -> Lock | None:
    """In a bucket; what Pulumi Cloud locks it unlocks by itself."""
    if not lab.there() or lab.stack.ready.settings.in_cloud:
        return None
    return lab.stack.command.locked_by(lab.name)


# --- what the state knows, what the cloud has ---------------------------------------------------


def _known(lab: StackLab) -> tuple[list[Mapping[str, Any]], tuple[Pending, ...]]:
    """What the state has that a cloud made, and what was cut off."""
    return lab.things(), lab.stack.pending()


@contextmanager
def _lost_words(lab: StackLab) -> Iterator[None]:
    """Says what is left to do when the passphrase is wrong or gone."""
    try:
        yield
    except HostError as error:
        if "assphrase" in error.message:
            error.hint += _LOST_WORDS.format(lab=lab.lab, stack=lab.name)
        raise


def _named(lab: StackLab) -> tuple[str, str, str]:
    """Owner, name and target, by the state where it says so."""
    with _lost_words(lab):
        result = lab.result()
    if result:
        return result.owner, result.name, result.target
    return lab.lab.owner or "", lab.lab.name, lab.lab.target


_LOST_WORDS = (
    "\n  If it is lost, the machines go on. Make a new state of what the cloud has: dockyard "
    "recover {stack} --rebuild\n  Or take the lab down without its state: dockyard sweep "
    "--cloud {lab.target} --lab {lab.name} --owner {lab.owner} --yes, then: "
    "pulumi stack rm --force --preserve-config {stack}"
)


def _in_cloud(cloud: Cloud, owner: str, name: str) -> FoundLab:
    """Raises DockyardError when not all could be looked at."""
    look = cloud.look(Wanted(name, owner))
    if look.failed:
        raise DockyardError("\n  ".join(["Not all could be looked at:", *look.failed]))
    labs = [one for one in by_lab(look.things) if (one.owner, one.name) == (owner, name)]
    return labs[0] if labs else FoundLab(owner, name, ())


# --- what was cut off ---------------------------------------------------------------------------


def _say_pending(name: str, pending: Sequence[Pending]) -> None:
    show.say(f"An operation on {name} was cut off in the middle of:")
    for one in pending:
        show.say(f"  {one.operation} {one.type.rpartition(':')[2]} {one.name}")


def _adopt(
    lab: StackLab,
    cloud: Cloud,
    pending: Sequence[Pending],
    known: tuple[Sequence[Thing], Sequence[Thing]],
) -> set[str]:
    """What was made and not noted becomes the state's; the ids of what it took.

    `known` are the strays, and all that was found. What carries no tags is adopted by the name
    that it would have: the refresh that follows forgets what is not there.
    """
    strays, found = known
    being_made = [one for one in pending if one.operation == "creating"]
    pairs = adopting.paired(being_made, cloud, strays, found)
    adopting.tell(being_made, pairs)
    if pairs.ids:
        lab.stack.adopt(pairs.ids)
    return set(pairs.ids.values())


def _refresh(lab: StackLab, name: str) -> None:
    show.say(f"Reading what is there into the state of {name}.")
    with _lost_words(lab):
        lab.stack.refresh(lambda _: None, forget_pending=True)
