"""Two stacks of this clone must not be one lab: names and tags in the cloud come from the lab."""

from collections.abc import Iterator

from dockyard import yaml_file
from dockyard.errors import DescriptionError
from dockyard.project import LOCAL, Project
from dockyard.spec import LabSpec

_KEYS = ("target", "owner", "name")


def refuse_twin(project: Project, stack: str, lab: LabSpec) -> None:
    """Raises DescriptionError when another stack describes the same lab.

    AWS has no names that would refuse the second one: it would be made, and whoever looks for one
    by its tags finds both.
    """
    wanted = tuple(getattr(lab, key) for key in _KEYS)
    for other in _twins(project, stack, wanted):
        raise DescriptionError(
            f"stacks/Pulumi.{stack}.yaml and stacks/Pulumi.{other}.yaml are both the lab "
            f"{lab.name} of {lab.owner} on {lab.target}: in the cloud they would be one.",
            f"Give one of them another `name` (as `name: {stack}`) or another `owner`.",
        )


def _twins(project: Project, stack: str, wanted: tuple[object, ...]) -> Iterator[str]:
    for other in project.labs():
        if other in (LOCAL, stack):
            continue
        try:
            data = yaml_file.read(project.description(other)).data
        except DescriptionError:
            continue  # what can't be read makes nothing
        config = data.get("config") if isinstance(data, dict) else None
        lab = config.get("dockyard:lab") if isinstance(config, dict) else None
        if isinstance(lab, dict) and tuple(lab.get(key) for key in _KEYS) == wanted:
            yield other
