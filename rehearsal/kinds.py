"""The language in which a cloud's kinds are written.

A kind says what it takes, what it needs, what the cloud cannot change, what it refers to, how it
is named; only what no table can say is a function: `makes`, `changes`, `unmakes`. Properties are
named as on the wire (camelCase), places in them as `rootBlockDevice.volumeSize` and
`ingress[*].cidrBlocks`; a list of them is one string of words.

    subnet = Kind(
        "aws:ec2/subnet:Subnet",
        id="subnet-{hex}",
        takes="vpcId cidrBlock tags",
        needs="vpcId cidrBlock",
        replaces="vpcId cidrBlock",
        refers={"vpcId": Ref(VPC)},
        missing="InvalidSubnetID.NotFound: The subnet ID '{value}' does not exist",
        makes=lambda scene: {"ownerId": scene.setting("account")},
    )
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rehearsal.faults import Refused

if TYPE_CHECKING:
    import re

    from rehearsal.inventory import Record
    from rehearsal.scene import Scene

Inputs = Mapping[str, Any]
Outputs = dict[str, Any]
Problem = tuple[str, str]
"""A property and what is wrong with it."""
Words = str
"""Places, separated by spaces."""


@dataclass(frozen=True)
class Ref:
    """A property that must name something that exists."""

    kind: str
    missing: str = ""
    """`Code: sentence` when it does not, where the other kind's own words do not fit"""
    by: str = "id"
    """`id`, or the place in the other whose value is named"""
    holds: bool = True
    """the other cannot be deleted as long as this exists"""


@dataclass(frozen=True)
class Names:
    """How a kind is named: by whom, after which rule, and where twice is once too often."""

    property: str
    pattern: re.Pattern[str]
    rule: str
    """the pattern in words: `Code: sentence` or a sentence; {value} is the name"""
    taken: str = ""
    """`Code: sentence` for a name that exists; empty: a name may exist twice"""
    within: Words = ""
    """properties that must be equal too for two names to collide"""
    auto: Callable[[str, str], str] | None = lambda name, digits: f"{name}-{digits}"
    """from the name in the program and random digits; None: a name must be given"""
    everywhere: bool = False
    """collides across scopes, all accounts of the cloud"""


@dataclass(frozen=True)
class Kind:
    """One kind of resource. Whatever is not `takes` is refused, and the file to extend named."""

    token: str
    id: str | Callable[[Scene], str]
    """`vpc-{hex}`, or a function"""
    takes: Words
    missing: str = ""
    """`Code: sentence` for one that is asked for and not there; {value} is the id"""
    title: str = ""
    """the cloud's own words for it"""
    calls: Mapping[str, str] = field(default_factory=dict)
    """create, update, delete: the name of the cloud's operation"""
    needs: Words = ""
    """required beyond what the SDK's types say"""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    replaces: Words = ""
    """a change makes a new one; a place covers all below it"""
    replaces_if: Mapping[str, Callable[[Inputs, Inputs], bool]] = field(default_factory=dict)
    """the same, if the old and the new inputs say so"""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """the preview says update, the cloud then refuses: `Code: sentence`"""
    renews: Mapping[str, Words] = field(default_factory=dict)
    """a change at this place makes these outputs unknown until it is done"""
    unordered: Words = ""
    """lists whose order means nothing"""
    beyond_the_list: Words = ""
    """places where the cloud knows more values than the SDK lists"""
    names: Names | None = None
    refers: Mapping[str, Ref] = field(default_factory=dict)
    in_use: str = ""
    """`Code: sentence` for deleting what another refers to; {id}, {others}. Empty: may go"""
    tags: str = "tags"
    checks: tuple[Callable[[Inputs], Iterable[Problem]], ...] = ()
    """what the provider itself refuses, in preview already; values may be UNKNOWN"""
    computes: Words = ""
    """inputs that the cloud chooses when they are not given"""
    reshapes: Words = ""
    """inputs that the cloud tells back in another shape"""
    makes: Callable[[Scene], Outputs] = lambda _: {}
    """refuse or compute; the outputs"""
    changes: Callable[[Scene], Outputs] | None = None
    """the same for an update (none: the outputs of before)"""
    keeps: Callable[[Scene], None] = lambda _: None
    """refuse a deletion"""
    unmakes: Callable[[Scene], None] = lambda _: None
    """what else goes, or stays"""
    ends: Callable[[Scene], str | None] | None = None
    """when the cloud itself ends what the scene is about (ISO 8601)"""
    ended: Callable[[Scene], Record | None] = lambda _: None
    """what is left then; None: nothing"""
    secret_outputs: Words = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """how long an operation takes in the cloud, at pace 1"""

    @cached_property
    def immutable(self) -> frozenset[str]:
        return frozenset(self.replaces.split())

    def replaced_by(self, place: str, olds: Inputs, news: Inputs) -> bool:
        """Whether a change at this place makes a new one."""
        return any(covers(stem, place) for stem in self.immutable) or any(
            covers(stem, place) and condition(olds, news)
            for stem, condition in self.replaces_if.items()
        )

    def refused_change(self, place: str) -> Refused | None:
        for stem, words in self.fixed.items():
            if covers(stem, place):
                return Refused.said(words)
        return None

    def renewed_by(self, place: str) -> set[str]:
        return {
            output
            for stem, outputs in self.renews.items()
            if covers(stem, place)
            for output in outputs.split()
        }


def covers(stem: str, place: str) -> bool:
    """RootBlockDevice covers rootBlockDevice.encrypted, and is covered by a change of the whole."""
    return (
        place == stem
        or place.startswith((f"{stem}.", f"{stem}["))
        or stem.startswith((f"{place}.", f"{place}["))
    )


@dataclass(frozen=True)
class Function:
    """One question that a program may ask the cloud (an invoke)."""

    token: str
    takes: Words
    answers: Callable[[Scene], Outputs]
    needs: Words = ""
    secret_outputs: Words = ""
    asks: str = ""
    """the input that a planned fault calls its name"""


EVERYWHERE = {
    "pace": 0.0,  # seconds of the real clock for a second of the cloud's: 0 is at once
    "page": 0,  # so many of a list at most in one answer over HTTP; 0: what the cloud allows
    "credential": "rehearsal",  # the only one that is let in over HTTP
    "expired": False,  # it was good, until now
    "lag": 0.0,  # seconds after which a list knows what was made
}
"""settings that every cloud has beside its own"""


@dataclass(frozen=True)
class Cloud:
    """A cloud: its kinds, its questions, and its manners."""

    package: str
    """as in the tokens"""
    module: str
    """the SDK, for its types"""
    files: str
    """where a kind is added"""
    kinds: tuple[Kind, ...]
    functions: tuple[Function, ...]
    settings: Mapping[str, Any]
    """what may be set in the inventory, and what holds until then"""
    configures: Words
    """properties of the provider that it knows"""
    replaces_all: Words
    """of these, the ones whose change makes everything anew"""
    check_config: Callable[[Inputs], Iterable[Problem]]
    scope: Callable[[Scene], str]
    """where names and ids are looked up"""
    says: Callable[[str, Kind | None, Refused], str]
    """the cloud's error, as its provider prints it"""
    computes: Words = ""
    """inputs of every kind that the provider chooses"""
    common: Callable[[Scene], Outputs] = lambda _: {}
    """outputs of every kind"""
    refuses: Callable[[Scene], None] = lambda _: None
    """what it refuses of every kind"""
    default_tags: Callable[[Scene], Mapping[str, str]] = lambda _: {}
    """tags that the provider adds"""
    alike: Callable[[str, str], bool] | None = None
    """whether two names mean the same one; None: only if they are equal"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", {**EVERYWHERE, **self.settings})

    @cached_property
    def by_token(self) -> dict[str, Kind]:
        return {kind.token: kind for kind in self.kinds}

    @cached_property
    def functions_by_token(self) -> dict[str, Function]:
        return {function.token: function for function in self.functions}

    @cached_property
    def referring(self) -> dict[str, list[tuple[Kind, str, Ref]]]:
        """For each kind, who may refer to it, where, and how."""
        found: dict[str, list[tuple[Kind, str, Ref]]] = {}
        for kind in self.kinds:
            for place, ref in kind.refers.items():
                found.setdefault(ref.kind, []).append((kind, place, ref))
        return found
