"""The lab on this computer, to be taken down: a description that is wrong is not in the way."""

from dockyard import show
from dockyard.description import Description, read
from dockyard.errors import DescriptionError
from dockyard.local import group, strays
from dockyard.local.lab import LocalLab
from dockyard.project import LOCAL, Project
from dockyard.spec import LabSpec


def made_lab(project: Project) -> LocalLab:
    """What the description says, or what Vagrant and the machines themselves say."""
    group.take_up()
    path = project.description(LOCAL)
    try:
        description = read(path, ended=True)
    except DescriptionError as problem:
        show.say(f"! {problem.message}")
        show.say("What is taken down is what Vagrant has, whatever the description says.")
        names = [*strays.labs(project.root), LOCAL]
        description = Description(path, LabSpec(name=names[0], target=LOCAL), ())
    return LocalLab(project, description)
