"""Into the machines, and who else may come."""

from pathlib import Path
from typing import Annotated

import typer

from dockyard.options.shared import Json, Lab, Only, Seconds, Yes, project


def ssh(
    lab: Lab = "local",
    seat: Annotated[str, typer.Argument(help="1, seat01")] = "1",
    machine: Annotated[str, typer.Argument(help="node1; by default the first")] = "",
) -> None:
    """Enter a machine."""
    from dockyard.commands import enter

    enter.run_ssh(project(), lab, seat, machine)


def run_exec(  # noqa: PLR0913 - options of a person
    lab: Lab,
    command: Annotated[
        list[str], typer.Argument(help="what to run; after -- all of it is the command's")
    ],
    *,
    only: Only = None,
    seconds: Seconds = 300,
    gather: Annotated[
        bool, typer.Option("--gather", help="at the end, what several say alike once")
    ] = False,
    given: Annotated[
        Path | None,
        typer.Option("--input", metavar="FILE", help="what the command reads: a script for `sh`"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a command on all machines at once; who is not reached in 8 s is tried once more."""
    import shlex

    from dockyard.commands import on_each

    text = command[0] if len(command) == 1 else shlex.join(command)
    wanted = on_each.Wanted(only or [], seconds, as_json, gather, given)
    on_each.run_exec(project(), lab, text, wanted)


def copy(  # noqa: PLR0913 - options of a person
    lab: Lab,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="files and folders here")],
    place: Annotated[str, typer.Option("--to", metavar="PLACE", help="on the machine")] = ".",
    *,
    only: Only = None,
    seconds: Seconds = 300,
    as_json: Json = False,
) -> None:
    """Copy files to all machines at once, by default into the login's home."""
    from dockyard.commands import on_each

    on_each.run_copy(project(), lab, files, place, on_each.Wanted(only or [], seconds, as_json))


def allow(
    lab: Lab,
    who: Annotated[str, typer.Argument(metavar="[CIDR|me]", help="by default: show them")] = "",
    *,
    remove: Annotated[bool, typer.Option("--remove", help="close it again")] = False,
    yes: Yes = False,
) -> None:
    """Let an address range into a lab in a cloud, or out again; replaces nothing."""
    from dockyard.commands import allow

    if remove and not who:
        raise typer.BadParameter("--remove closes a CIDR, or me: which?")
    allow.run(project(), lab, who, remove=remove, yes=yes)


def kubeconfig(lab: Lab) -> None:
    """Write the kubeconfig of a lab's cluster to a file of yours alone."""
    from dockyard.commands import products

    products.run_kubeconfig(project(), lab)


def registry_login(lab: Lab) -> None:
    """Log your own Docker in to a lab's registry."""
    from dockyard.commands import products

    products.run_registry_login(project(), lab)
