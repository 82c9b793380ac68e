"""What a rule is handed, and how a rule is written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One resource as the program asked for it; properties as on the wire (camelCase)."""

    type: str
    name: str
    properties: Mapping[str, Any]

    def at(self, path: str) -> Iterator[Any]:
        """Every value at `ingress[].cidrBlocks[]`; nothing where there is none."""
        yield from _at(self.properties, path.split("."))

    def first(self, path: str) -> object:
        """The first value there, or None."""
        return next(self.at(path), None)


def _at(value: object, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step = steps[0]
    name = step.removesuffix("[]")
    inner = value.get(name) if isinstance(value, Mapping) else None
    if inner is None:
        return
    if not step.endswith("[]"):
        yield from _at(inner, steps[1:])
    elif isinstance(inner, list | tuple):
        for item in inner:
            yield from _at(item, steps[1:])


@dataclass(frozen=True)
class Settings:
    """What the person who answers for an account allows; empty: anything."""

    sizes: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


Check = Callable[[Resource, Settings], Iterator[str]]
WholeCheck = Callable[[list[Resource]], Iterator[str]]


@dataclass(frozen=True)
class Rule:
    """`why` is one sentence for the person whose lab breaks it; `kinds` are the types it reads."""

    name: str
    why: str
    kinds: frozenset[str] = frozenset()
    check: Check | None = None
    whole: WholeCheck | None = None
    """asks of all resources of the stack together"""
    advice: bool = False
    """said, and not refused"""


@dataclass(frozen=True)
class Finding:
    rule: Rule
    resource: str
    text: str

    @property
    def sentence(self) -> str:
        return f"{self.resource}: {self.text} ({self.rule.name}: {self.rule.why})"


@dataclass
class Rules:
    """Rules in the order in which they are written."""

    all: list[Rule] = field(default_factory=list)

    def rule(
        self, name: str, why: str, *kinds: str, advice: bool = False
    ) -> Callable[[Check], Check]:
        """Adds a check of single resources of these types."""

        def add(check: Check) -> Check:
            self.all.append(Rule(name, why, frozenset(kinds), check, advice=advice))
            return check

        return add

    def whole(self, name: str, why: str) -> Callable[[WholeCheck], WholeCheck]:
        """Adds a check of all resources together."""

        def add(check: WholeCheck) -> WholeCheck:
            self.all.append(Rule(name, why, whole=check))
            return check

        return add

    def findings(self, resources: list[Resource], settings: Settings) -> Iterator[Finding]:
        """All that the resources have against the rules."""
        for rule in self.all:
            for one in resources:
                if rule.check and one.type in rule.kinds:
                    for text in rule.check(one, settings):
                        yield Finding(rule, one.name, text)
            if rule.whole:
                for text in rule.whole(resources):
                    yield Finding(rule, "the lab", text)
