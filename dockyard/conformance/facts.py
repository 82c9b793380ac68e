"""What was seen on a machine, read from the lines of facts.sh. Nothing in it is trusted."""

from dataclasses import dataclass, field
from pathlib import Path

_SCRIPT = Path(__file__).with_name("facts.sh")
_LINE = 20_000


@dataclass(frozen=True)
class Facts:
    """By key, all that was said."""

    said: dict[str, list[str]] = field(default_factory=dict)

    def one(self, key: str) -> str:
        """The only value of a key, or nothing."""
        return next(iter(self.said.get(key, [])), "")

    def all(self, key: str) -> list[str]:
        return self.said.get(key, [])

    def of(self, key: str, whose: str) -> str:
        """Of lines `WHOSE VALUE`, the value."""
        lines = (line.partition(" ") for line in self.all(key))
        return next((value for name, _, value in lines if name == whose), "")


def read(text: str) -> Facts:
    """Lines KEY<tab>value; others are nobody's."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, tab, value = line[:_LINE].partition("\t")
        if tab and key.isidentifier():
            found.setdefault(key, []).append("".join(c for c in value if c.isprintable()))
    return Facts(found)


def script() -> str:
    return _SCRIPT.read_text("ascii")
