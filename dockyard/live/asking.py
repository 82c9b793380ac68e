"""The straight line from a lab to what its cloud says of it; and which sizes it is to have."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from dockyard import at_once, clouds
from dockyard.live.answers import Answer, Answers, Asked, Limit, Offer
from dockyard.live.clouds import open_cloud
from dockyard.live.needs import Kind, Needs
from dockyard.sweep.things import CloudError

T = TypeVar("T")


def ask(wanted: Needs) -> Answers:
    """What there is of the lab counts as used.

    Raises CredentialsError when nobody is known at the cloud.
    """
    cloud, facts = open_cloud(wanted.lab.target), clouds.load(wanted.lab.target)
    names = {size: facts.size(size) for kind in wanted.kinds for size in (*kind.sizes, *kind.other)}
    with at_once.pool(2) as pool:
        may = pool.submit(_tried, "rights", lambda: list(cloud.rights(wanted)))
        offers, unseen = _tried("sizes", lambda: [_offers(cloud, wanted, names.values())])
        offered = offers[0] if offers else {}
        keys = sorted({key for one in offered.values() for key in one.takes})
        limits, unasked = _tried("quotas", lambda: list(cloud.limits(wanted, keys)))
        answered, unanswered = may.result()
    by_meaning = {size: offered.get(name, Offer()) for size, name in names.items()}
    chosen = choose(wanted.kinds, by_meaning, limits)
    rows = [
        *_size_rows(wanted.kinds, names, by_meaning, chosen, known=bool(offers)),
        *unseen,
        *_limit_rows(wanted.kinds, by_meaning, chosen, limits),
        *unasked,
        *answered,
        *unanswered,
    ]
    return Answers(cloud.title, tuple(rows), {name: size for name, (size, _) in chosen.items()})


def _offers(cloud: Asked, wanted: Needs, names: Iterable[str]) -> Mapping[str, Offer]:
    """No cloud takes a list of no sizes: of a lab that is all there none is asked for."""
    different = sorted(set(names))
    return cloud.sizes(wanted, different) if different else {}


def _tried(what: str, question: Callable[[], list[T]]) -> tuple[list[T], list[Answer]]:
    """What was answered, or why nobody could."""
    try:
        return question(), []
    except CloudError as error:
        return [], [Answer(what, unseen=error.message)]
    except (KeyError, TypeError, ValueError) as error:
        # no account has answered yet: `up` must not end with another form of an answer
        why = f"the answer was not understood ({type(error).__name__}: {error})"
        return [], [Answer(what, unseen=why)]


# --- sizes --------------------------------------------------------------------------------------


def choose(
    kinds: Iterable[Kind], offers: Mapping[str, Offer], limits: Sequence[Limit]
) -> dict[str, tuple[str, dict[str, str]]]:
    """Of each kind the size it is to have, and of those before it why not.

    Kind after kind, the first size of which there is enough; where none is, the wanted one.
    """
    left = {limit.key: limit.left for limit in limits}
    titles = {limit.key: limit.what for limit in limits}
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for kind in kinds:
        passed: dict[str, str] = {}
        for size in kind.sizes:
            why = offers[size].problem or _too_few(_takes(kind, size, offers), left, titles)
            if not why:
                break
            passed[size] = why
        else:
            size, passed = kind.sizes[0], {}
        found[kind.name] = size, passed
        for key, one in _takes(kind, size, offers).items():
            if key in left:
                left[key] -= one
    return found


def _takes(kind: Kind, size: str, offers: Mapping[str, Offer]) -> Counter[str]:
    """What all of a kind take more than now, by the limit's key; less where it is below zero."""
    found = Counter({key: one * kind.whole for key, one in offers[size].takes.items()})
    for old, number in kind.other.items():
        if not offers[old].least:
            found.subtract({key: one * number for key, one in offers[old].takes.items()})
    return found


def _too_few(takes: Mapping[str, int], left: Mapping[str, int], titles: Mapping[str, str]) -> str:
    short = [key for key, one in takes.items() if key in left and one > max(0, left[key])]
    if not short:
        return ""
    key = short[0]
    return f"needs {takes[key]} of {titles[key]}, {max(0, left[key])} are left"


def _size_rows(
    kinds: Sequence[Kind],
    names: Mapping[str, str],
    offers: Mapping[str, Offer],
    chosen: Mapping[str, tuple[str, Mapping[str, str]]],
    *,
    known: bool,
) -> Iterable[Answer]:
    """Which sizes were asked for, up to the one that is taken."""
    for kind in kinds if known else ():
        taken, passed = chosen[kind.name]
        for size, why in passed.items():
            said = why if offers[size].problem else f"{names[size]} {why}"
            text = f"{said}; {names[taken]} is taken in its place"
            yield Answer(f"size {names[size]}", needed=kind.whole, passed=text)
        offer = offers[taken]
        others = [names[size] for size in kind.sizes if size != taken]
        tried = f" Nor did these fit: {', '.join(others)}." if offer.problem and others else ""
        problem = f"{offer.problem}.{tried}" if offer.problem else ""
        hint = offer.hint if problem else ""
        yield Answer(f"size {names[taken]}", needed=kind.whole, problem=problem, hint=hint)


# --- limits -------------------------------------------------------------------------------------


def _limit_rows(
    kinds: Sequence[Kind],
    offers: Mapping[str, Offer],
    chosen: Mapping[str, tuple[str, Mapping[str, str]]],
    limits: Iterable[Limit],
) -> Iterable[Answer]:
    """Needed, used, allowed; what nothing of the lab counts for is left out."""
    takes: Counter[str] = Counter()
    at_least: set[str] = set()
    for kind in kinds:
        size = chosen[kind.name][0]
        takes.update(_takes(kind, size, offers))
        at_least |= {key for key in offers[size].takes if offers[size].least}
    for limit in limits:
        needed = limit.needed + takes[limit.key]
        if needed <= 0:
            continue
        more = "at least " if limit.key in at_least else ""
        what = f"{limit.what}{', at least' if more else ''}"
        problem = ""
        if limit.used + needed > limit.allowed:
            problem = (
                f"{limit.what}: the lab needs {more}{needed}, {limit.used} of {limit.allowed} are "
                "in use."
            )
        hint = limit.hint if problem else ""
        yield Answer(what, needed, limit.used, limit.allowed, problem, hint)
