"""`dockyard up`: makes what is missing, waits for every machine's own word, says the truth."""

from dockyard.commands import up_local, up_stack
from dockyard.commands.up_stack import Asked
from dockyard.errors import UsageError
from dockyard.project import LOCAL, Project


def run(project: Project, name: str, asked: Asked) -> None:
    if name != LOCAL:
        up_stack.run(project, name, asked)
        return
    if asked.replace:
        raise UsageError(
            "--replace is for a stack in a cloud.", "Here: dockyard down local, then dockyard up."
        )
    up_local.run(project, yes=asked.yes, fix=asked.fix)
