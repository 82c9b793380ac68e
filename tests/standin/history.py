"""What can happen to a lab, in any order, as plain words: made, killed, its state lost, taken down.

    aws: up, kill 17, other up, lose, down

hypothesis draws them, pytest plays each as a test of its own, and a person retypes one: a history
is its text. `other` is a second trainer, who has a lab of the same name in the same account.
"""

from dataclasses import dataclass
from functools import cache

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

LABS = ("aws", "azure", "gcp", "aks")
BEGIN = {"up": range(0), "plain_up": range(0), "kill": range(1, 36), "kill_making": range(13)}
"""What a lab begins with."""
WORDS = {
    **BEGIN,
    "kill_down": range(1, 24),
    "grow": range(1, 4),
    "extend": range(1, 5),
    "clock": range(1, 15),
    "lose": range(0),
    "truncate": range(10),
    "older": range(1, 4),
    "laptop": range(0),
    "recover": range(0),
    "down": range(0),
    "sweep": range(0),
    "sweep_all": range(0),
}
"""What can happen, and with which numbers; what they mean says standin/story.py."""


@dataclass(frozen=True)
class Step:
    """One thing that happens; `number` says how much of it."""

    word: str
    number: int | None = None
    other: bool = False

    @classmethod
    def read(cls, text: str) -> "Step":
        """Raises ValueError for what is no step."""
        words = text.split()
        other = words[:1] == ["other"]
        word, *number = words[1:] if other else words
        if word not in WORDS or len(number) != bool(WORDS[word]):
            known = ", ".join(f"{one} N" if numbers else one for one, numbers in WORDS.items())
            raise ValueError(
                f"`{text.strip()}` is no step; there are, each with or without `other`: {known}"
            )
        return cls(word, int(number[0]) if number else None, other)

    def __str__(self) -> str:
        words = ["other"] * self.other + [self.word]
        return " ".join(words if self.number is None else [*words, str(self.number)])


@dataclass(frozen=True)
class History:
    """A lab, by its first word, and what happens to it."""

    lab: str
    steps: tuple[Step, ...]

    @classmethod
    def read(cls, text: str) -> "History":
        """Raises ValueError for what is none."""
        lab, _, steps = text.partition(":")
        if lab not in LABS:
            raise ValueError(f"`{lab}` is no lab; there are {', '.join(LABS)}")
        return cls(lab, tuple(map(Step.read, steps.split(","))))

    def __str__(self) -> str:
        return f"{self.lab}: {', '.join(map(str, self.steps))}"


def _step(words: dict[str, range], other: st.SearchStrategy[bool]) -> st.SearchStrategy[Step]:
    return st.one_of(
        st.builds(Step, st.just(word), st.sampled_from(numbers) if numbers else st.none(), other)
        for word, numbers in words.items()
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    """The first trainer begins; in half of them a second one comes, who does less."""
    seldom = (False, False, False, True)
    other = st.sampled_from(seldom) if draw(st.booleans()) else st.just(value=False)
    lab = draw(st.sampled_from(LABS))
    first = draw(_step(BEGIN, st.just(value=False)))
    return History(lab, (first, *draw(st.lists(_step(WORDS, other), min_size=2, max_size=5))))


@cache
def drawn(number: int) -> History:
    """The same one of a number in all processes of a run; another release may draw another one.

    Each number is a run of hypothesis by itself: in one run it plays variants of what it has
    drawn already, and each run begins with the simplest one of all, which is left out.
    """
    found: list[History] = []

    @seed(number)
    @settings(
        max_examples=2,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def draw(history: History) -> None:
        found.append(history)

    draw()
    return found[-1]
