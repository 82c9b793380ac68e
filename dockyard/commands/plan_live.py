"""`dockyard plan --live`: what the account allows, before anything is made; `up` asks, too."""

import json
from collections.abc import Iterator, Mapping

from dockyard import clouds, live_prices, price, show, sizes
from dockyard.commands import plan, told
from dockyard.commands.target import stack_lab
from dockyard.engine.events import name_of
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError
from dockyard.live import asking
from dockyard.live.answers import Answers
from dockyard.live.needs import needs
from dockyard.project import Project
from dockyard.spec import LabSpec


def run(project: Project, name: str, *, as_json: bool) -> None:
    """Says what is needed, used and allowed.

    Raises DockyardError with all that would fail, each with what to type.
    """
    lab = stack_lab(project, name)
    described = plan.checked(project, name, ended=True).lab
    made = lab.result()
    found = asking.ask(needs(described, made, project.rights))
    settled = sizes.settled(described, made.taken if made else None, found.sizes)
    price.refuse_budget(settled)
    today, unasked = _today(settled)
    if as_json:
        show.data([one.plain() for one in found.rows] + _price_rows(settled, today))
    else:
        show.say(f"Asked {found.title} what lab {described.name} still needs.")
        show.table(_COLUMNS, [_row(one.what, one.mark, one.numbers) for one in found.rows])
    _say(found)
    told.gone(lab)
    refuse(found, name)
    if not as_json:
        for line in (*price.lines(settled), *_told(settled, today, unasked)):
            show.say(line)
        show.say(f"Next: dockyard up {name}   (item by item: dockyard price {name} --live)")


def _today(lab: LabSpec) -> tuple[dict[str, float], str]:
    """The prices of today, or why nobody told them: no reason not to make a lab."""
    try:
        return live_prices.ask(lab), ""
    except DockyardError as error:
        return {}, error.message


def _told(lab: LabSpec, today: Mapping[str, float], unasked: str) -> Iterator[str]:
    found = price.price(lab)
    if unasked:
        yield f"? Prices of today: not looked at: {unasked}"
    elif found:
        yield from price.compared(found, today)


def _price_rows(lab: LabSpec, today: Mapping[str, float]) -> list[dict[str, object]]:
    """For JSON: dollars an hour; null is unknown."""
    found = price.price(lab)
    return [
        {"what": f"price of {one.what}", "table": one.hour, "today": today.get(one.what)}
        for one in (found.items if found else ())
    ]


_COLUMNS = ("asked", "needed", "used", "allowed", "")


def _row(what: str, mark: str, numbers: tuple[int | None, ...]) -> tuple[str, ...]:
    return (what, *("" if number is None else str(number) for number in numbers), mark)


def _say(found: Answers) -> None:
    """What was passed over, and what nobody could look at."""
    for one in found.rows:
        if one.passed:
            show.say(f"- {one.passed}")
        elif one.unseen:
            show.say(f"? {one.what}: not looked at: {one.unseen}")


def refuse(found: Answers, name: str) -> None:
    """Raises DockyardError with every problem."""
    if found.problems:
        lines = (f"  {one.problem}\n    {one.hint}" for one in found.problems)
        raise DockyardError(
            "\n".join(("The lab can't be made whole; nothing was made or changed.", *lines)),
            f"Then: dockyard plan {name} --live. To try it all the same: "
            f"dockyard up {name} --no-live",
        )


def before_up(project: Project, lab: StackLab, *, live: bool) -> dict[str, str]:
    """What `up` asks by itself: the sizes that the machines are to have.

    Where it can't look it says so in a line and goes on. Raises DockyardError when it would fail.
    """
    described = lab.described
    made = lab.result()
    wanted = needs(described, made, project.rights)
    if wanted.nothing:
        return {}
    title = clouds.load(described.target).title
    if not live:
        show.say(f"{title} is not asked first (--no-live).")
        return {}
    if not (made and made.machines) and lab.there() and lab.leftovers():
        # what of it counts as used, nobody knows
        show.say(f"{title} is not asked first: the lab {lab.unmade()}.")
        return begun(lab)
    try:
        found = asking.ask(wanted)
    except DockyardError as problem:
        show.say(f"! {title} is not asked first: {problem.message}")
        return {}
    _say(found)
    refuse(found, lab.name)
    fine = sum(one.mark == "✓" for one in found.rows)
    show.say(f"Asked {found.title}: {show.count(fine, 'thing')} looked at, nothing is in the way.")
    return dict(found.sizes)


def begun(lab: StackLab) -> dict[str, str]:
    """The sizes of machines of which the stack has not said yet that it made them: the state has
    them, under names that differ from cloud to cloud.
    """
    facts, of = clouds.load(lab.described.target), sizes.kinds(lab.described)
    wishes, found = sizes.wishes(lab.described), dict[str, str]()
    for one in lab.resources():
        if one["type"] == facts.machine:
            host = name_of(one["urn"])
            said = json.dumps(one.get("outputs") or one.get("inputs"))
            kind = of.get(host.partition("-")[2], "")
            for size in wishes.get(kind, ()):
                if f'"{facts.size(size)}"' in said:
                    found[kind] = size
    return found
