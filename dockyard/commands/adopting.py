"""Which thing of a cloud is which resource of a program, by kind and name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dockyard import show
from dockyard.engine.events import kind_of
from dockyard.engine.lab import StackLab
from dockyard.engine.pending import Pending
from dockyard.engine.rebuilt import creations
from dockyard.sweep.labs import FoundLab
from dockyard.sweep.things import Cloud, Thing

_ROUNDS = 9
"""A thing is named after one that must be found first, and that one after another."""
Steps = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Pairs:
    """By URN: what was found, and what has a name of its own, which may be there or not."""

    found: dict[str, Thing] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> dict[str, str]:
        """The cloud's ids."""
        return {urn: thing.id for urn, thing in self.found.items()} | self.named


def paired(
    wanted: Sequence[Pending], cloud: Cloud, strays: Sequence[Thing], found: Sequence[Thing]
) -> Pairs:
    """What carries no tags is known by the name that it would have: the refresh that follows
    forgets what is not there. `strays` are those of `found` that are nobody's yet.
    """
    pairs = Pairs()
    for one in wanted:
        fits = [t for t in strays if is_what(one, t) and t not in pairs.found.values()]
        if fits:
            pairs.found[one.urn] = fits[0]
            continue
        if id_ := cloud.identify(one.type, one.inputs, found):
            pairs.named[one.urn] = id_
    return pairs


def tell(wanted: Sequence[Pending], pairs: Pairs) -> None:
    """Says of each what was found for it."""
    for one in wanted:
        if one.urn in pairs.found:
            show.say(f"Adopted: {pairs.found[one.urn].sentence}, as {one.name}.")


def rounds(
    lab: StackLab,
    cloud: Cloud,
    known: tuple[Sequence[Thing], Sequence[Thing]],
    more: Mapping[str, str],
    taken: Callable[[Steps, Mapping[str, str]], None],
) -> set[str]:
    """What `up` would make and the cloud has, found round by round until nothing more is; the ids.

    `known` are the strays, and all that was found. `taken` gets a preview's steps and the ids by
    URN, to be put into the state.
    """
    strays, found = known
    tried: dict[str, str] = {}
    for _ in range(_ROUNDS):
        steps = lab.stack.steps(more)
        wanted = [one for one in creations(steps) if one.urn not in tried]
        left = [one for one in strays if one.id not in tried.values()]
        pairs = paired(wanted, cloud, left, found)
        if not pairs.ids:
            break
        tell(wanted, pairs)
        tried |= pairs.ids
        taken(steps, pairs.ids)
    return set(tried.values())


def doubles(strays: Sequence[Thing], resources: Sequence[Mapping[str, Any]]) -> list[Thing]:
    """Those of which the state has one, by kind and name, under another id."""
    known = [Pending("", one["type"], "", one["urn"], one.get("inputs") or {}) for one in resources]
    return [thing for thing in strays if any(is_what(one, thing) for one in known)]


def unknown(found: FoundLab, resources: Sequence[Mapping[str, Any]]) -> list[Thing]:
    """What carries the lab's tags and is not in the state.

    A disk goes with its machine, a cluster's own group with the cluster; what a student put into
    the network is theirs, and goes with the lab.
    """
    known = {str(one["id"]).casefold() for one in resources}
    by_id = {one.id: one for one in found.things}

    def is_part(thing: Thing) -> bool:
        home = by_id.get(thing.along)
        return bool(thing.along) and not (home and home.kind == "resource group")

    return [
        one
        for one in found.things
        if one.id.casefold() not in known and not one.inside and not one.going and not is_part(one)
    ]


_WORDS = {
    "Instance": "machine",
    "Vpc": "network",
    "SecurityGroup": "security group",
    "Subnet": "subnet",
    "RouteTable": "route table",
    "InternetGateway": "internet gateway",
    "ResourceGroup": "resource group",
    "Network": "network",
    "Subnetwork": "subnetwork",
    "Firewall": "firewall rule",
    "AlertPolicy": "alert policy",
    "NotificationChannel": "notification channel",
    "Topic": "topic",
    "StateMachine": "state machine",
}
"""Pulumi's word and ours; Azure's resources are told by their ARM type."""


def is_of(type_: str, thing: Thing) -> bool:
    """Whether this is of a kind of the program's."""
    word, arm = kind_of(type_), thing.kind.rpartition("/")[2].casefold()
    return _WORDS.get(word) == thing.kind or (
        type_.startswith("azure-native:") and arm.startswith(word.casefold()[:-1])
    )


def is_what(pending: Pending, thing: Thing) -> bool:
    """Whether this is what was being made: of its kind, and of its name."""
    names = [str(value) for key, value in pending.inputs.items() if key.lower().endswith("name")]
    tags = pending.inputs.get("tags")
    if isinstance(tags, Mapping):  # Google's are a list, and something else
        names.append(str(tags.get("Name", "")))
    return is_of(pending.type, thing) and thing.name in names
