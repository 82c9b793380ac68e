"""What is rehearsed: the person's description, with what was typed beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dockyard import yaml_file
from dockyard.description import read_mapping
from dockyard.errors import UsageError
from dockyard.problems import did_you_mean

if TYPE_CHECKING:
    from dockyard.project import Project
    from dockyard.spec import LabSpec
    from rehearsal.stage.rehearsal import Asked


def described(project: Project, asked: Asked) -> tuple[dict[str, Any], LabSpec]:
    """The document of the stack's file as it is rehearsed, and the lab in it; writes nothing.

    Raises DescriptionError or UsageError with what is wrong.
    """
    document: dict[str, Any] = yaml_file.read(project.description(asked.stack)).data
    lab = document["config"]["dockyard:lab"]
    changes = dict(asked.changes)
    if asked.students is not None:
        changes["students"] = asked.students
    if asked.baked:
        changes["docker.source"] = "distribution"
    for place, value in changes.items():
        _set(lab, place, value)
    typed = [f"--set {place}" for place in asked.changes]
    typed += [f"--students {asked.students}"] if asked.students is not None else []
    name = f"{asked.stack}{' with ' if typed else ''}{', '.join(typed)}"
    return document, read_mapping(lab, name, project.stacks)


def _set(lab: dict[str, Any], place: str, value: object) -> None:
    """`docker.source`, `machines.0.count`; what is not there is made."""
    *parents, last = place.split(".")
    below: Any = lab
    for key in parents:
        below = below.setdefault(key, {}) if isinstance(below, dict) else _entry(below, key, place)
    if isinstance(below, dict):
        below[last] = value
    else:
        _entry(below, last, place)
        below[int(last)] = value


def _entry(below: object, key: str, place: str) -> Any:  # noqa: ANN401 - as YAML has it
    if not isinstance(below, list):
        raise UsageError(
            f"`--set {place}`: nothing can be set at `{key}`, for there is {below!r} above it.",
            "Every key is explained in docs/description.md.",
        )
    numbers = [str(number) for number in range(len(below))]
    if key not in numbers:
        raise UsageError(f"`--set {place}`: there is no `{key}`: {did_you_mean(key, numbers)}")
    return below[int(key)]
