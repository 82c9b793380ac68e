"""One tree of errors: what happened, the likely cause, what to type next.

DockyardError            1  something failed; the sentence says what
├── UsageError           2  what was typed names nothing, or means nothing
├── DescriptionError     3  the description is wrong: every problem at once
├── HostError            4  this computer lacks something
├── MachineError         5  one or more machines are not ready
├── LeftoverError        6  `down` found something left
└── RefusedError         7  the person said no, or nobody was there to ask
interrupted            130  Ctrl-C, SIGTERM, SIGHUP; the sentence says how to go on
wrong options            2  typer's own
"""

EXIT_INTERRUPTED = 130


def reason(error: Exception) -> object:
    """Why something on the net did not answer: urllib wraps the system's own error."""
    return getattr(error, "reason", None) or error


class Terminated(KeyboardInterrupt):
    """SIGTERM, SIGHUP: like Ctrl-C, but what we started has not heard of it."""


class DockyardError(Exception):
    """A sentence for the person, and a hint: what to type next."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(DockyardError):
    exit_code = 2


class DescriptionError(DockyardError):
    exit_code = 3


class HostError(DockyardError):
    exit_code = 4


class MachineError(DockyardError):
    exit_code = 5


class LeftoverError(DockyardError):
    exit_code = 6


class RefusedError(DockyardError):
    exit_code = 7
