"""`dockyard up STACK`: says what will change, makes it, and waits for each machine's own word."""

import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from dockyard import address, at_once, price, show, sizes
from dockyard.commands import keys, marks, plan, plan_live, standing, told
from dockyard.commands.standing import Standings
from dockyard.commands.target import chosen, stack_lab
from dockyard.description import Description, refuse_keyless
from dockyard.engine.lab import Change, StackLab
from dockyard.errors import DockyardError, RefusedError
from dockyard.project import Project
from dockyard.results import Mark
from dockyard.spec import LabSpec


@dataclass(frozen=True)
class Asked:
    """How it is to be done; `minutes`, `replace` and `live` are for stacks, `fix` for this
    computer.
    """

    yes: bool = False
    fix: bool = False
    minutes: float = 0
    replace: Sequence[str] = ()
    live: bool = True


def run(project: Project, name: str, asked: Asked) -> None:
    description = plan.checked(project, name, ended=True)
    refuse_keyless(description.lab)
    show.say(plan.summary(project, name, description))
    for warning in description.warnings:
        show.say(f"! {warning}")
    lab = stack_lab(project, name)
    plan.refuse_deadline(description, lab.result())
    if lab.there():
        lab.stack.refuse_cut_off()  # before questions about what could not be made true
        _refuse_half(lab)
    keys.ensure(lab.kept / "keys", description)
    own = own_address(description.lab)
    progress = show.Progress()
    more, first = _asked(project, lab, own, live=asked.live)
    anew = chosen(lab, asked.replace) if asked.replace else []
    changes, there = looked(lab, more, anew) if first is None else (first, Standings())
    if changes:
        say_changes(changes)
        ask(name, changes, yes=asked.yes)
        lab.up(progress.set, more, anew)
    else:
        show.say(f"Nothing to change: {name} is as it is described.")
        if there.moved:
            lab.up(progress.set, more)  # the stack tells the new addresses
    products(lab)
    told.unconfirmed(lab)
    if lab.hosts and asked.minutes:
        off = _switched_off(lab, there, changed=bool(changes))
        _wait(project, description, lab, (asked.minutes, off), progress)
    elif lab.hosts:
        show.say(f"Not waited for: the machines may still be busy. Next: dockyard check {name}")


def _refuse_half(lab: StackLab) -> None:
    made = lab.result()
    if made and made.rebuilt is False:
        raise DockyardError(
            f"`dockyard recover {lab.name}` was cut off: the state does not know yet all that is "
            "there, and it would be made twice.",
            f"Let it come to its end: dockyard recover {lab.name}",
        )


def _asked(
    project: Project, lab: StackLab, own: Mapping[str, str], *, live: bool
) -> tuple[dict[str, str], list[Change] | None]:
    """What the program must be told, by `own` and by the cloud's answers; and what `up` would do,
    where no answer can alter that: nothing is there yet, and each kind has one size. Then the
    engine looks meanwhile.
    """
    # an engine that must be brought first would keep a refusal waiting
    if not sizes.is_settled(lab.described) or not lab.there() or lab.result():
        return {**own, **sizes.told(_sizes(project, lab, live=live))}, None
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lab.changes, own)
        more = {**own, **sizes.told(_sizes(project, lab, live=live))}
        return more, first.result()


def _sizes(project: Project, lab: StackLab, *, live: bool) -> dict[str, str]:
    """What the cloud has been asked, and what it costs so; the sizes that are to be made."""
    taken = plan_live.before_up(project, lab, live=live)
    made = lab.result()
    settled = sizes.settled(lab.described, made.taken if made else None, taken)
    price.refuse_budget(settled)
    for line in price.lines(settled):
        show.say(line)
    return taken


def _switched_off(lab: StackLab, there: Standings, *, changed: bool) -> Mapping[str, Mark]:
    """Machines that nobody need wait for; what was changed meanwhile may run again."""
    now = standing.ask(lab) if there.off and changed else there
    off = now if isinstance(now, Standings) else there
    return standing.marks(lab, Standings(off=off.off))


def _wait(
    project: Project,
    description: Description,
    lab: StackLab,
    wanted: tuple[float, Mapping[str, Mark]],
    progress: show.Progress,
) -> None:
    """So many minutes at most, until every machine has said what it is; but for some."""
    minutes, off = wanted
    hosts = [host for host in lab.hosts if host not in off]
    if hosts:
        show.say(f"Waiting up to {minutes:g} min for {show.count(len(hosts), 'machine')}.")
    said = standing.explained(lab, marks.wait(lab, hosts, minutes, progress.set))
    waited = {**said, **off}
    found = marks.as_described(project, description, {host: waited[host] for host in lab.hosts})
    marks.table(found, lab.addresses())
    hint = (
        f"Look again: dockyard check {lab.name}. Make one anew: "
        f"dockyard up {lab.name} --replace SEAT"
    )
    marks.judge(found, hint)
    show.say(f"Ready in {progress.seconds:.0f} s.")
    marks.what_next(lab.name, lab)


def looked(
    lab: StackLab, more: Mapping[str, str], anew: Sequence[str]
) -> tuple[list[Change], Standings]:
    """What `up` would do, machines that were deleted in the cloud's console included; and how the
    cloud has them.
    """
    lab.result()  # read once, for both
    with at_once.pool(1) as pool:
        asked = pool.submit(standing.ask, lab)
        changes = lab.changes(more, anew)
    there = standing.told(asked.result())
    if not (there.gone or there.moved):
        return changes, there
    standing.read_in(lab, there)
    return lab.changes(more, anew), there


def own_address(lab: LabSpec) -> dict[str, str]:
    """What the program must be told of the trainer's own address; asks where nobody answers."""
    if "me" not in lab.access.cidrs:
        return {}
    try:
        return {address.GIVEN: address.own()}
    except DockyardError as problem:
        if os.environ.get(address.GIVEN) or not sys.stdin.isatty():
            # the program has the last known one, or says the same
            return {}
        show.say(f"! {problem.message}")
        return {address.GIVEN: show.ask("Your address, as the cloud sees it (203.0.113.7):")}


def say_changes(changes: Sequence[Change]) -> None:
    """What will happen, before it does: counted, and what is lost by name."""
    counts = {op: sum(c.operation == op for c in changes) for op in _ORDER}
    said = ", ".join(f"{number} to {op}" for op, number in counts.items() if number)
    show.say(f"Changes: {said}")
    listed = lost(changes) or (changes if len(changes) <= show.MANY else [])
    for change in listed:
        show.say(f"  {change.sentence}")


_ORDER = ("create", "update", "replace", "delete")


def lost(changes: Sequence[Change]) -> list[Change]:
    """The machines that would be destroyed, with all that students did on them."""
    return [c for c in changes if c.machine and c.operation in ("replace", "delete")]


def ask(name: str, changes: Sequence[Change], *, yes: bool) -> None:
    """Asks a person on a terminal; without one, only what destroys needs --yes.

    Raises RefusedError when the answer is no.
    """
    gone = lost(changes)
    if gone:
        question = f"What students did on {show.count(len(gone), 'machine')} is lost. Go on?"
        agreed = show.confirm(question, yes=yes)
    else:
        agreed = show.confirm("Make these changes?", yes=yes or not sys.stdin.isatty())
    if not agreed:
        raise RefusedError("Nothing was changed.", f"Without asking: dockyard up {name} --yes")


def products(lab: StackLab) -> None:
    """What the lab has besides machines, and how it is used."""
    found = lab.need_result()
    if found.cluster:
        show.say(f"Cluster {found.cluster['name']}: dockyard kubeconfig {lab.name}")
    if found.registry:
        show.say(f"Registry {found.registry['server']}: dockyard registry login {lab.name}")
