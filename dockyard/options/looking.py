"""What is there, and what was."""

from typing import Annotated

import typer

from dockyard.options.shared import Json, Lab, project


def status(lab: Lab = "local", *, as_json: Json = False) -> None:
    """Read what is there."""
    from dockyard.commands import look

    look.run_status(project(), lab, as_json=as_json)


def check(
    lab: Lab = "local",
    *,
    full: Annotated[bool, typer.Option("--full", help="everything that must be so")] = False,
    as_json: Json = False,
) -> None:
    """Verify every machine again; changes nothing."""
    if full:
        from dockyard.commands import conform

        conform.run(project(), lab, as_json=as_json)
        return
    from dockyard.commands import look

    look.run_check(project(), lab, as_json=as_json)


def receipt(lab: Lab, *, as_json: Json = False) -> None:
    """Show what the last `down` of a stack wrote down."""
    from dockyard.commands import receipt

    receipt.run(project(), lab, as_json=as_json)
