"""What this computer can do, and where it keeps the states of labs."""

from typing import Annotated

import typer

from dockyard.options.shared import Json, Yes, project


def doctor(
    *,
    fix: Annotated[bool, typer.Option("--fix", help="install what is missing")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Say what this computer can do, and how to mend what it can't."""
    from dockyard.commands import doctor

    doctor.run(project(), fix=fix, yes=yes, as_json=as_json)


def undo(*, yes: Yes = False) -> None:
    """Take back all that `make lab` put on this computer."""
    from dockyard.commands import doctor

    doctor.run_undo(project(), yes=yes)


def backend(
    where: Annotated[
        str, typer.Argument(metavar="[s3|gs|azblob|cloud|here|URL]", help="move them there")
    ] = "",
    *,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Show where the states of labs are, or move them where they outlive this computer."""
    from dockyard.commands import backend

    if where:
        backend.run_move(project(), where, yes=yes)
    else:
        backend.run_show(project(), as_json=as_json)
