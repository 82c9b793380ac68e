"""From a LAB to the thing that makes it."""

from dockyard.description import read
from dockyard.errors import DockyardError
from dockyard.local import group
from dockyard.local.lab import LocalLab
from dockyard.project import LOCAL, Project


def local_lab(project: Project, name: str) -> LocalLab:
    """The lab that can be made here.

    Raises DockyardError for a stack: this version plans stacks, it does not make them.
    """
    if name != LOCAL:
        project.description(name)
        raise DockyardError(
            f"{name} is a stack; this version of Dockyard plans stacks but does not make them yet.",
            f"See what it would be: dockyard plan {name}; make machines here: dockyard up {LOCAL}",
        )
    group.take_up()
    return LocalLab(project, read(project.description(name), ended=True))
