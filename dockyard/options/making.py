"""A lab planned, priced and made."""

from pathlib import Path
from typing import Annotated

import typer

from dockyard.options.shared import Json, Lab, Yes, project, time


def plan(
    lab: Lab = "local",
    *,
    diff: Annotated[
        bool, typer.Option("--diff", help="ask the engine what `up` would change (a stack)")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="ask the cloud what would fail (a stack)")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what a lab would be, and cost. Asks nobody but with --diff or --live."""
    if live:
        from dockyard.commands import plan_live

        plan_live.run(project(), lab, as_json=as_json)
        return
    if diff:
        from dockyard.commands import plan_diff

        plan_diff.run(project(), lab, as_json=as_json)
        return
    from dockyard.commands import plan

    plan.run(project(), lab, as_json=as_json)


def price(
    lab: Lab = "local",
    *,
    live: Annotated[bool, typer.Option("--live", help="beside the prices of today")] = False,
    as_json: Json = False,
) -> None:
    """Show what a lab costs, item by item, and where the figures come from."""
    from dockyard.commands import price

    price.run(project(), lab, live=live, as_json=as_json)


def up(  # noqa: PLR0913 - options of a person
    lab: Lab = "local",
    *,
    yes: Yes = False,
    fix: Annotated[bool, typer.Option("--fix", help="install what is missing first")] = False,
    wait: Annotated[
        float,
        typer.Option(
            metavar="MINUTES", callback=time, help="for machines in a cloud; 0: don't wait"
        ),
    ] = 15,
    replace: Annotated[
        list[str] | None,
        typer.Option(metavar="SEAT|MACHINE", help="make these of a stack anew: 1, seat01-node2"),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live/--no-live", help="ask the cloud first what would fail")
    ] = True,
) -> None:
    """Make what is missing of a lab, and wait until every machine is ready."""
    from dockyard.commands import up, up_stack

    asked = up_stack.Asked(yes=yes, fix=fix, minutes=wait, replace=replace or (), live=live)
    up.run(project(), lab, asked)


def install(
    hosts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[HOST...] [-- OPTION...]", help="[USER@]HOST[:PORT], by ssh"),
    ] = None,
    *,
    listed: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="hosts, one a line")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="private key; by default ssh's own")] = None,
    as_json: Json = False,
) -> None:
    """Install Docker on machines that somebody else made; what follows -- the installer is told."""
    from dockyard.commands import install

    words = hosts or []
    first = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    install.run(
        project(), install.Wanted(words[:first], listed, key, tuple(words[first:]), as_json)
    )
