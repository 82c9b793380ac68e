"""`dockyard up`: makes what is missing, waits for every machine's own word, says the truth."""

from dockyard.commands import up_local, up_stack
from dockyard.project import LOCAL, Project


def run(project: Project, name: str, *, yes: bool, fix: bool, minutes: float) -> None:
    if name == LOCAL:
        up_local.run(project, yes=yes, fix=fix)
    else:
        up_stack.run(project, name, yes=yes, minutes=minutes)
