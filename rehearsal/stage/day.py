"""The straight line through a lab's day: made, waited for, verified, looked at, taken down."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dockyard import price, show
from dockyard.description import read
from dockyard.errors import DockyardError, LeftoverError
from dockyard.seats import machines
from rehearsal.report import page, timeline
from rehearsal.stage import canaries, faults, places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockyard.spec import LabSpec
    from rehearsal.stage.rehearsal import Rehearsal

EMPTY = "The rehearsed cloud was read back: it has nothing left."


def go_through(rehearsal: Rehearsal) -> int:
    stack, folder = rehearsal.stack, rehearsal.folder
    real = bool(folder.plan().images)
    sought = _plant(rehearsal)
    watch = canaries.ProcessList(sought)
    _make(rehearsal)
    sought.add_students(folder)
    sound = True
    if real and not any(one.entry.over for one in rehearsal.chosen):
        for sentence in faults.after(folder, rehearsal.chosen):
            show.say(f"! {sentence}")
        sound = rehearsal.type("check", stack) == 0
        rehearsal.type("check", stack, "--full")
        rehearsal.type("status", stack)
    marks = _marks(rehearsal, sound=sound) if real else {}
    looked = places.scan(folder, sought, machines=real)
    left: list[str] = []
    if rehearsal.asked.keep:
        folder.keep()
    else:
        left = _take_down(rehearsal)
    looked.found += watch.end()
    _report(rehearsal, marks, left, _said(looked, sought))
    # what was written since, the report, too
    late = places.scan(folder, sought, machines=False).found
    looked.found += [one for one in late if one not in looked.found]
    _say_secrets(rehearsal, looked, _said(looked, sought))
    if rehearsal.asked.keep:
        _say_kept(stack)
    show.say(f"Report: {folder.report}")
    return next((code for code in rehearsal.codes if code), 0)


def _make(rehearsal: Rehearsal) -> None:
    """`up`, with what happens around it; and once more where that is the remedy."""
    up = ("up", rehearsal.stack, "--yes", "--wait", rehearsal.minutes)
    acts = [one for one in rehearsal.chosen if one.entry.acts]
    for one in acts:
        assert one.entry.acts is not None  # noqa: S101 - those were chosen
        one.entry.acts(rehearsal, one)
    if not acts:
        rehearsal.type(*up)
    if any(rehearsal.codes) and any(one.entry.again for one in rehearsal.chosen):
        if any(one.entry.recovers for one in rehearsal.chosen):
            rehearsal.type("recover", rehearsal.stack, "--yes")
        rehearsal.type(*up)


def _marks(rehearsal: Rehearsal, *, sound: bool) -> dict[str, dict[str, object]]:
    """What each machine says of itself, asked once more for the report; where a check found more
    than the machine knows, that.
    """
    found: dict[str, dict[str, object]] = _asked(rehearsal, "status").get("marks") or {}
    checked = {} if sound else _asked(rehearsal, "check")
    return {
        host: {**mark, **{key: checked.get(host, mark).get(key) for key in _VERDICT}}
        for host, mark in found.items()
    }


_VERDICT = ("state", "step", "reason")


def _asked(rehearsal: Rehearsal, word: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "dockyard.cli", word, rehearsal.stack, "--json"],
        cwd=rehearsal.folder.clone.root,
        env={**rehearsal.folder.environment(), **rehearsal.more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, Any] = json.loads(done.stdout or "{}")
    return found


def _plant(rehearsal: Rehearsal) -> canaries.Canaries:
    """Secrets in the trainer's shell; what is looked for."""
    folder = rehearsal.folder
    variables = canaries.planted(folder.plan().cloud)
    rehearsal.more.update(variables)
    own = Path("~/.ssh").expanduser().glob("id_*")
    return canaries.of(folder, variables, [key for key in own if key.suffix != ".pub"])


def _said(looked: places.Looked, sought: canaries.Canaries) -> str:
    more = f"; too large to look into: {', '.join(looked.unseen)}" if looked.unseen else ""
    many = f"{len(looked.found)} found of {len(sought.shapes)} looked for"
    return f"{many}, in {looked.places} places{more}"


def _say_secrets(rehearsal: Rehearsal, looked: places.Looked, said: str) -> None:
    """What is found is said, and fails the rehearsal."""
    for one in looked.found:
        show.say(f"✗ A secret, {one.name}, is in {one.place}.")
    show.say(f"Secrets: {said}.")
    if looked.found:
        rehearsal.codes.append(DockyardError.exit_code)


def _report(
    rehearsal: Rehearsal,
    marks: dict[str, dict[str, object]],
    left: Sequence[str],
    secrets: str,
) -> None:
    folder = rehearsal.folder
    events = list(folder.journal.read())
    lab = read(folder.clone.description(rehearsal.stack), ended=True).lab
    real = bool(folder.plan().images)
    hosts = [machine.host for machine in machines(lab)] if real else []
    notes = {"Secrets": secrets, "The same in the cloud": _price(lab)}
    day = timeline.Day(
        stack=rehearsal.stack,
        cloud=lab.target,
        began=events[0].at,
        seconds=time.time() - events[0].at,
        seats=timeline.seats(events, hosts, marks),
        commands=timeline.commands(events),
        faults=tuple(faults.happened(folder, rehearsal.chosen)),
        left=tuple(left),
        kept=rehearsal.asked.keep,
        notes=notes,
    )
    page.write(day, folder.report)


def _price(lab: LabSpec) -> str:
    found = price.price(lab)
    if found is None:
        return "nobody knows its price"
    said = f"{found.hour:.4f} USD an hour, {found.whole:.2f} USD until it ends"
    return f"{said} (prices of {found.as_of}; dockyard price says which)"


def _take_down(rehearsal: Rehearsal) -> list[str]:
    """`down`, and what the cloud then has; a cloud that refused it is asked again when well."""
    down = ("down", rehearsal.stack, "--yes")
    refused = any(one.entry.down for one in rehearsal.chosen)
    # it would be asked for a quarter of an hour, and is refused for good
    code = rehearsal.type(*down, *(("--wait", "0.1") if refused else ()))
    if code and refused:
        show.say("! The cloud is well again.")
        faults.calm(rehearsal.folder)
        rehearsal.type(*down)
    left = rehearsal.leftovers()
    if left:
        show.say(f"! {len(left)} left in the cloud: {', '.join(left)}. What has no state is swept.")
        plan = rehearsal.folder.plan()
        sweep_ = ("sweep", "--cloud", plan.cloud, "--yes", "--confirm", rehearsal.account())
        rehearsal.type(*sweep_)
        left = rehearsal.leftovers()
    if left:
        show.say(str(LeftoverError(f"{len(left)} left in the cloud: {', '.join(left)}")))
        rehearsal.codes.append(LeftoverError.exit_code)
    else:
        show.say(EMPTY)
    return left


def _say_kept(stack: str) -> None:
    show.say("It stays. In this shell, `dockyard` and `pulumi` speak with it after:")
    show.say(f'  eval "$(dockyard rehearse env {stack})"')
    show.say(f"End it: dockyard rehearse stop {stack}")
