"""What a cloud itself says of a lab's machines, where a state or the machines say too little.

The engine believes its state. In the cloud's console, or by a command of the cloud's own, somebody
may have deleted a machine (on AWS also shut it down from inside), switched it off, or on again:
then it mostly has another address. So the cloud is asked, by the lab's tags: at each `up` while the
engine previews, elsewhere of machines that do not answer.

A cloud's list may lag behind: what it does not list is only then called gone when the engine has
read it, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dockyard import clock, clouds, show
from dockyard.commands.target import Lab
from dockyard.commands.teardown import account_of, opened
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError, MachineError
from dockyard.results import Mark
from dockyard.sweep.clouds import NAMES, open_cloud
from dockyard.sweep.things import Standing, Wanted


@dataclass(frozen=True)
class Standings:
    """By host: what the cloud does not list, what is switched off, what has which other address."""

    gone: tuple[str, ...] = ()
    off: Mapping[str, Standing] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)


def ask(lab: StackLab) -> Standings | DockyardError:
    """How the machines stand that a stack made; or why nobody knows."""
    made = lab.result()
    ids = {one.id.casefold(): one for one in made.machines if one.id} if made else {}
    if made is None or not ids or made.target not in NAMES:
        return Standings()
    try:
        cloud = open_cloud(made.target)
        there = cloud.machines(Wanted(made.name, made.owner), made.region)
        listed = {one.id.casefold(): one for one in there}
    except DockyardError as problem:
        return problem
    gone = tuple(one.host for id_, one in ids.items() if id_ not in listed)
    if gone and cloud.stays and cloud.account.id != (own := account_of(lab.resources())):
        return DockyardError(f"they are in {own}, and you are {cloud.account.sentence}.")
    words = clouds.load(made.target).off
    both = [(one, listed[id_]) for id_, one in ids.items() if id_ in listed]
    return Standings(
        gone,
        {one.host: now for one, now in both if now.state in words},
        {one.host: now.address for one, now in both if now.address not in {None, "", one.address}},
    )


def told(found: Standings | DockyardError) -> Standings:
    """The same; a look that failed stops nobody, and is said."""
    if isinstance(found, DockyardError):
        show.say(f"! Whether all machines are still in the cloud was not seen: {found.message}")
        return Standings()
    if found.gone:
        show.say(f"! The cloud no longer lists {', '.join(found.gone)}.")
    if found.off:
        show.say(f"! Switched off in the cloud: {', '.join(found.off)}.")
    if found.moved:
        said = [f"{host} ({address})" for host, address in found.moved.items()]
        show.say(f"! Another address than before has {', '.join(said)}.")
    return found


def read_in(lab: StackLab, found: Standings) -> None:
    """Reads what is there into the state, and says which machines are gone from it.

    Raises DockyardError in another account than the lab's, where nothing of it would be found.
    """
    made = lab.need_result()
    opened(made.target, made.name, account_of(lab.resources()))
    show.say(f"Reading what is there into the state of {lab.name}.")
    lab.stack.refresh(lambda _: None)
    gone = [host for host in found.gone if host not in lab.made_hosts()]
    if gone:
        show.say(f"! Gone, deleted there or shut down from inside: {', '.join(gone)}.")


# --- machines that do not answer ----------------------------------------------------------------


def explained(lab: StackLab, found: Mapping[str, Mark]) -> dict[str, Mark]:
    """The marks; of machines that do not answer, what their cloud says of them."""
    if not any(mark.state in _SILENT for mark in found.values()):
        return dict(found)
    standings = ask(lab)
    if isinstance(standings, DockyardError):
        show.say(f"! Whether they run was not seen in the cloud: {standings.message}")
        return dict(found)
    known = marks(lab, standings)
    return {
        host: known.get(host, mark) if mark.state in _SILENT else mark
        for host, mark in found.items()
    }


_SILENT = ("unreachable", "missing")


def why_silent(lab: StackLab, hosts: Sequence[str]) -> MachineError | None:
    """What the cloud says of those of these that do not answer; None: it has no reason for any."""
    said = explained(lab, dict.fromkeys(hosts, Mark("unreachable")))
    why = {host: mark for host, mark in said.items() if mark.reason}
    if not why:
        return None
    return MachineError(
        "\n".join(f"{host}: {mark.sentence}" for host, mark in why.items()),
        "\n  ".join(sorted({mark.hint for mark in why.values()})),
    )


def marks(lab: StackLab, found: Standings) -> dict[str, Mark]:
    """What is to be said of each machine that is not as the state has it."""
    facts = clouds.load(lab.need_result().target)
    up = f"dockyard up {lab.name}"
    hint = f"Switch on: {starts(found)}\n  Then: {up}"
    type_ = f"Type: {up}"
    if over(lab):
        hint = type_ = _down(lab.name)
    said = {
        host: Mark("stopped", "", f"{facts.title} says {one.state}; {facts.off[one.state]}", hint)
        for host, one in found.off.items()
    }
    for host, address in found.moved.items():
        said[host] = Mark("unreachable", "", f"its address is {address} now", type_)
    for host in found.gone:
        said[host] = Mark("missing", "", "the cloud no longer lists it", type_)
    return said


def over(lab: StackLab) -> bool:
    """Whether a lab's time is over: then its cloud ends it, and `up` refuses."""
    made = lab.result()
    return made is not None and made.expires <= clock.now()


def remedy(lab: Lab, name: str, more: str = "") -> str:
    """What is typed to have a lab as it must be; `more` says what that does."""
    if isinstance(lab, StackLab) and over(lab):
        return _down(name)
    return f"Mend: dockyard up {name}{more}"


def _down(name: str) -> str:
    return f"The lab's time was over. Type: dockyard down {name}; anew: dockyard up {name}"


def starts(found: Standings) -> str:
    """The cloud's own command that switches all of them on."""
    called: dict[str, list[str]] = {}
    for one in found.off.values():
        called.setdefault(one.start, []).append(one.called)
    return "\n  ".join(" ".join((start, *names)) for start, names in called.items())
