"""A lab before it is made: its description, and what its course needs."""

from pathlib import Path
from typing import Annotated

import typer

from dockyard.options.shared import Json, Lab, project


def new(
    name: Annotated[str, typer.Argument(help="`local`, or a name for a stack")],
    example: Annotated[str, typer.Option("--from", metavar="EXAMPLE", help="what to start from")],
) -> None:
    """Make an own description from an example."""
    from dockyard.commands import labs

    labs.run_new(project(), name, example)


def list_labs(*, as_json: Json = False) -> None:
    """List the labs that are described here."""
    from dockyard.commands import labs

    labs.run_list(project(), as_json=as_json)


def schema() -> None:
    """Print the JSON Schema of a description."""
    from dockyard.commands import labs

    labs.run_schema()


def images(
    folder: Annotated[Path, typer.Argument(metavar="DIR")], *, as_json: Json = False
) -> None:
    """List the images that a course's Dockerfiles and Compose files need."""
    from dockyard.commands import images

    images.run(folder, as_json=as_json)


def keys(lab: Lab = "local") -> None:
    """Make the students' key pairs that are missing."""
    from dockyard.commands import keys

    keys.run(project(), lab)
