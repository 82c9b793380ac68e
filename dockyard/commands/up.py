"""`dockyard up`: makes what is missing, waits for every machine's own word, says the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

from dockyard.commands import up_local, up_stack
from dockyard.errors import DockyardError
from dockyard.project import LOCAL, Project


@dataclass(frozen=True)
class Asked:
    """How it is to be done; `minutes` and `replace` are for stacks, `fix` for this computer."""

    yes: bool = False
    fix: bool = False
    minutes: float = 0
    replace: Sequence[str] = ()


def run(project: Project, name: str, asked: Asked) -> None:
    if name != LOCAL:
        up_stack.run(project, name, yes=asked.yes, minutes=asked.minutes, replace=asked.replace)
        return
    if asked.replace:
        raise DockyardError(
            "--replace is for a stack in a cloud.", "Here: dockyard down local, then dockyard up."
        )
    up_local.run(project, yes=asked.yes, fix=asked.fix)
