"""What is to go wrong, planned: which operation, on what, which time, and how."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


class Refused(Exception):  # noqa: N818 - the cloud's answer, in the cloud's words
    """A cloud says no: its error code and its sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}" if code else text)
        self.code = code
        self.text = text

    @classmethod
    def said(cls, words: str) -> Refused:
        """From `Code: what happened`."""
        code, colon, text = words.partition(": ")
        return cls(code, text) if colon else cls("", words)


@dataclass(frozen=True)
class Fault:
    """One planned fault. It strikes where all of operation, kind and name fit."""

    operation: str = "*"
    """create, read, update, delete or invoke"""
    kind: str = "*"
    """a token, or a part of one: *:Instance"""
    name: str = "*"
    """the name in the program, or what an invoke asks for"""
    error: str = ""
    """the cloud's words, `Code: what happened`; none: it only takes longer"""
    delay: float = 0.0
    """seconds of the real clock"""
    lost: bool = False
    """the cloud does it, then the answer is lost: `error` is what the engine hears"""
    first: int = 1
    """from which fitting operation on"""
    times: int = 1
    """how often; 0: for good"""
    seen: int = 0
    """how many fitting operations there were already"""

    def fits(self, operation: str, kind: str, name: str) -> bool:
        return (
            fnmatchcase(operation, self.operation)
            and fnmatchcase(kind, self.kind)
            and fnmatchcase(name, self.name)
        )

    def strikes(self) -> bool:
        """Whether the operation that was just counted in `seen` is one that fails."""
        last = self.first + self.times - 1 if self.times else self.seen
        return self.first <= self.seen <= last
