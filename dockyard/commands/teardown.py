"""The end of a lab in a cloud: destroyed, asked again, swept by its tags, read back, written down.

The engine deletes what its state knows. Whether that was all, only the cloud knows: it is asked by
the lab's tags, and what it still has is deleted, too.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockyard import clock, clouds, receipt, show
from dockyard.commands.sweep import leftover
from dockyard.engine.events import kind_of
from dockyard.engine.failures import EngineError
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError, HostError, LeftoverError, RefusedError
from dockyard.project import Project
from dockyard.receipt import Receipt
from dockyard.sweep.clouds import NAMES, open_cloud
from dockyard.sweep.labs import FoundLab, by_lab
from dockyard.sweep.sweeping import Outcome, Sweep
from dockyard.sweep.things import Cloud, Look, Wanted

Seen = Callable[[str, str], None]


@dataclass(frozen=True)
class Asked:
    """What was typed: how long to ask for what is in use, and that all may go."""

    minutes: float
    yes: bool


def run(project: Project, lab: StackLab, seen: Seen, asked: Asked) -> None:
    """Destroys, sweeps, reads back; the receipt is written whatever the end is.

    Raises LeftoverError when something is left, DockyardError when nobody could look.
    """
    note = _noted(lab)
    note.price = _price(lab, note)
    file = _begun(project, lab, note)
    if note.target not in NAMES:
        _by_state_alone(project, lab, (note, file), seen)
        return
    try:
        trouble = _destroy(lab, note, seen)
    except DockyardError:
        file.unlink(missing_ok=True)  # nothing was begun: another one is at it, for one
        raise
    try:
        cloud = opened(note.target, note.lab, note.account)
        note.account = cloud.account.id
        outcome = _swept(cloud, note, seen, asked)
        _note_outcome(note, outcome)
        if trouble and outcome.is_empty:
            # all that it could not delete is gone by now
            lab.down(seen)
            trouble = None
    finally:
        _keep(project, note, file)
    if outcome.left:
        raise leftover([(one, outcome) for one in outcome.left])
    if outcome.look.failed:
        raise DockyardError("\n  ".join(["Not all could be looked at:", *outcome.look.failed]))
    if trouble:
        raise trouble
    _judge_state(lab)
    show.say("The cloud itself was asked: nothing there carries the lab's tags.")


def unwritable(lab: StackLab, error: OSError) -> HostError:
    """For a full disk, or a clone that nobody may write in: the lab can go all the same."""
    where = f": {error.filename}" if error.filename else ""
    described = lab.lab
    return HostError(
        f"Nothing was destroyed, for nothing can be noted here. {error.strerror}{where}",
        "Mend that and type the same again; or without the state: dockyard sweep "
        f"--cloud {described.target} --lab {described.name} --owner {described.owner} --yes",
    )


def _begun(project: Project, lab: StackLab, note: Receipt) -> Path:
    try:
        return receipt.begin(project, note, int(clock.now()))
    except OSError as error:
        raise unwritable(lab, error) from None


def _by_state_alone(
    project: Project, lab: StackLab, kept: tuple[Receipt, Path], seen: Seen
) -> None:
    """For a cloud that Dockyard can't look into: dockyard/sweep/clouds/ has no file for it."""
    note, file = kept
    try:
        lab.down(seen)
        note.unseen = [f"anything: nothing here looks into {note.target}, but for Pulumi's state"]
    finally:
        _keep(project, note, file)
    _judge_state(lab)


# --- the engine ---------------------------------------------------------------------------------


def _noted(lab: StackLab) -> Receipt:
    """What the lab is, before it is gone."""
    result = lab.result()
    things = lab.things()
    target = result.target if result else lab.lab.target
    described = "" if result else lab.lab.region or clouds.load(target).default_region
    note = Receipt(
        stack=lab.name,
        lab=result.name if result else lab.lab.name,
        owner=result.owner if result else lab.lab.owner or "",
        target=target,
        account=account_of(things),
        region=result.region if result else described,
        made=result.made if result else 0,
    )
    for one in result.machines if result else ():
        if not one.id:
            continue  # it was planned, and never made
        note.machines.append({"host": one.host, "id": one.id, "address": one.address})
    for word in ("cluster", "registry"):
        if product := getattr(result, word, None):
            note.products.append(f"{word} {product['name']}")
    for thing in things:
        word = kind_of(thing["type"])
        note.by_engine[word] = note.by_engine.get(word, 0) + 1
    return note


def _price(lab: StackLab, note: Receipt) -> str:
    """Of as long as it was there, by the table; empty where nobody knows."""
    from dockyard import price

    now = int(clock.now())
    try:
        found = price.price(lab.lab, now - note.made) if note.made else None
    except DockyardError:
        return ""  # its description is gone, or wrong by now
    if found is None:
        return ""
    made = lab.result()
    more = "".join(f"; {said}" for said in found.others)
    hosts = {one.host for one in made.machines} if made else set()
    if hosts != set(lab.hosts):
        more += f"; of {show.count(len(lab.hosts), 'machine')}, as described now"
    # from its end on nobody here knows how long its machines were still there
    about = "at most" if made and now > made.expires else "about"
    whole = f"{about} {found.whole:.2f}" if found.whole >= _CENT else "less than 0.01"
    return f"{whole} USD, by the prices of {found.as_of}{more}; not counted: {found.uncounted}"


_CENT = 0.01
_ACCOUNT = re.compile(
    r"arn:aws[\w-]*:\w+:[\w-]*:(\d{12}):|/subscriptions/([^/]+)/|projects/([^/]+)/"
)


def account_of(resources: Sequence[Mapping[str, Any]]) -> str:
    """The account that a state's things are in, by the clouds' own names of them."""
    for one in resources:
        texts = (str(one.get("id") or ""), str((one.get("outputs") or {}).get("arn") or ""))
        for text in texts:
            found = _ACCOUNT.search(text)
            if found:
                return next(group for group in found.groups() if group)
    return ""


def _destroy(lab: StackLab, note: Receipt, seen: Seen) -> DockyardError | None:
    """What a cloud refuses is said after the sweep, which asks for it again, and longer."""
    before = dict(note.by_engine)
    trouble: EngineError | None = None
    try:
        lab.down(seen)
    except EngineError as error:
        show.say(f"! {error}")
        trouble = error
    kinds = [kind_of(one["type"]) for one in lab.things()]
    note.by_engine = {k: n - kinds.count(k) for k, n in before.items() if n > kinds.count(k)}
    return trouble


def _judge_state(lab: StackLab) -> None:
    left = lab.leftovers()
    if left:
        raise LeftoverError(
            f"{len(left)} left in the state: {', '.join(left)}",
            f"See why in {lab.log}; then type the same again.",
        )


# --- the cloud itself ---------------------------------------------------------------------------


def opened(target: str, lab: str, account: str) -> Cloud:
    """The cloud of a lab, as the account that it was made in: another one proves nothing."""
    cloud = open_cloud(target)
    if account and cloud.account.id != account:
        raise DockyardError(
            f"{lab} was made in {account}, but you are {cloud.account.sentence}: what "
            "is there says nothing about the lab.",
            "Choose the other one (AWS_PROFILE, AZURE_SUBSCRIPTION_ID, GOOGLE_PROJECT).",
        )
    return cloud


def look(cloud: Cloud, name: str, owner: str) -> tuple[Look, FoundLab | None]:
    """What the cloud has of one lab, by its tags."""
    seen = cloud.look(Wanted(name, owner))
    labs = [one for one in by_lab(seen.things) if (one.owner, one.name) == (owner, name)]
    return seen, labs[0] if labs else None


def _swept(cloud: Cloud, note: Receipt, seen: Seen, asked: Asked) -> Outcome:
    """What the cloud has by the lab's tags is deleted, when the person agrees."""
    looked, found = look(cloud, note.lab, note.owner)
    if found is None:
        return Outcome(look=Look((), looked.asked, looked.unseen, looked.failed))
    show.say(f"By its tags {cloud.account.sentence} still has of {found.sentence}:")
    for one in (*found.inner, *(one for one in found.things if not one.inside)):
        show.say(f"  {one.sentence}" + (" (no tags of the lab)" if one.inside else ""))
    if not show.confirm("Delete that, too?", yes=asked.yes):
        raise RefusedError(
            f"It stays: {show.count(len(found.things), 'thing')}.",
            f"Delete it: dockyard sweep --cloud {note.target} --lab {note.lab} --yes",
        )
    mine = {one.id for one in found.things}
    key = (note.owner, note.lab)
    sweep = Sweep(
        cloud,
        Wanted(note.lab, note.owner),
        seen,
        asked.minutes * 60,
        of=lambda thing: thing.id in mine or (thing.owner, thing.lab) == key,
    )
    outcome = sweep.run(found.things)
    note.by_sweep = [one.sentence for one in outcome.deleted]
    return outcome


def _note_outcome(note: Receipt, outcome: Outcome) -> None:
    note.asked, note.unseen = list(outcome.look.asked), list(outcome.look.unseen)
    note.left = [one.sentence for one in outcome.left]
    note.empty = outcome.is_empty


def _keep(project: Project, note: Receipt, file: Path) -> None:
    note.ended = int(clock.now())
    _show_and_write(project, note, file)


def _show_and_write(project: Project, note: Receipt, file: Path) -> None:
    """In this order: a full disk must not hide what is left."""
    for text in note.lines():
        show.say(text)
    try:
        receipt.write(project, note, file)
    except OSError as error:
        show.say(f"! It can't be kept. {error.strerror}: {error.filename}")
        show.say(f"  Mend that and have it ended: dockyard down {note.stack}")
    else:
        show.say(f"  kept in   {file.relative_to(project.root)}")


def nothing(project: Project, lab: StackLab) -> None:
    """For a stack that has nothing: whether the cloud has something of it all the same.

    If not, a receipt that nobody could end is ended.

    Raises LeftoverError when it has; a state may be lost, on another computer, or cut off.
    """
    name, owner, target = lab.lab.name, lab.lab.owner or "", lab.lab.target
    if target not in NAMES:
        return
    cloud = open_cloud(target)
    looked, found = look(cloud, name, owner)
    if looked.failed:
        raise DockyardError("\n  ".join(["Not all could be looked at:", *looked.failed]))
    if found is None:
        show.say(f"Nor has {cloud.account.sentence} anything with its tags.")
        _end_receipt(project, lab.name, cloud, looked)
        return
    outcome = Outcome(look=Look(found.things, looked.asked, looked.unseen))
    error = leftover([(one, outcome) for one in found.things])
    error.message = f"The state knows nothing of it, but {cloud.account.sentence} has it.\n" + str(
        error.message
    )
    error.hint = f"Look and take it away: dockyard recover {lab.name}"
    raise error


def _end_receipt(project: Project, stack: str, cloud: Cloud, looked: Look) -> None:
    """Of a `down` that was cut off, or could not look: it says what the look says now."""
    try:
        file, note = receipt.last(project, stack)
    except DockyardError:
        return  # there is none, or none that can be read
    if note.empty or note.account not in {"", cloud.account.id}:
        return
    _note_outcome(note, Outcome(look=looked))
    _show_and_write(project, note, file)
