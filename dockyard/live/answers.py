"""What a cloud answers: one shape for all of them, and for all that is asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from dockyard.live.needs import Needs


@dataclass(frozen=True)
class Offer:
    """A size in the lab's place: what one machine of it takes of which limit, by the limit's key.

    `problem` is a sentence: why there is none of it; empty when there is. `least`: nobody knows
    what it takes, and no machine takes less.
    """

    takes: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""
    hint: str = ""
    least: bool = False


@dataclass(frozen=True)
class Limit:
    """So much is allowed, so much is used, by whomever; `needed` is beside what the sizes take."""

    key: str
    what: str
    used: int
    allowed: int
    needed: int = 0
    hint: str = ""

    @property
    def left(self) -> int:
        return self.allowed - self.used - self.needed


@dataclass(frozen=True)
class Answer:
    """One line of `plan --live`; numbers where it is a matter of how many.

    `problem` and `hint`: what would fail, and what to type; `unseen`: why nobody could look;
    `passed`: why another was taken in its place.
    """

    what: str
    needed: int | None = None
    used: int | None = None
    allowed: int | None = None
    problem: str = ""
    hint: str = ""
    unseen: str = ""
    passed: str = ""

    @property
    def mark(self) -> str:
        if self.problem:
            return "✗"
        if self.passed:
            return "-"
        return "?" if self.unseen else "✓"

    @property
    def numbers(self) -> tuple[int | None, int | None, int | None]:
        return self.needed, self.used, self.allowed

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "fits": not (self.problem or self.passed)}


@dataclass(frozen=True)
class Answers:
    """All of it; `sizes` is what each kind of machine is to be, by its name."""

    title: str
    rows: tuple[Answer, ...]
    sizes: Mapping[str, str] = field(default_factory=dict)

    @property
    def problems(self) -> list[Answer]:
        return [one for one in self.rows if one.problem]


class Asked(Protocol):
    """One cloud. Every call raises CredentialsError, or CloudError when it can't be answered."""

    title: str
    """whom it was asked of: the account"""

    def sizes(self, needs: Needs, names: Sequence[str]) -> Mapping[str, Offer]:
        """Of the cloud's own names of sizes, in the lab's place."""

    def limits(self, needs: Needs, keys: Sequence[str]) -> Iterable[Limit]:
        """Those of these keys, which sizes take of, and those of the lab's other things."""

    def rights(self, needs: Needs) -> Iterable[Answer]:
        """Whether who asks may make the lab, and whether the account is ready for it."""
