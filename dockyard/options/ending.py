"""A lab's end: put off, brought about, mended where it was cut off, found by its tags alone."""

from typing import Annotated

import typer

from dockyard.options.shared import Json, Lab, Yes, project, time


def extend(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="local, or a stack's name")],
    more: Annotated[
        list[str],
        typer.Argument(
            metavar="TIME", help="2h, 90m, 1 day; or until when: 18:00, 2026-12-05 18:00"
        ),
    ],
) -> None:
    """Let a lab live longer; moves every deadline, restarts nothing."""
    from dockyard.commands import extend

    extend.run(project(), lab, " ".join(more))


def down(
    lab: Lab = "local",
    *,
    wait: Annotated[
        float,
        typer.Option(
            metavar="MINUTES", callback=time, help="for what is in use in a cloud to be let go"
        ),
    ] = 15,
    yes: Yes = False,
) -> None:
    """Destroy a lab's machines, then read back that nothing is left."""
    from dockyard.commands import down

    down.run(project(), lab, minutes=wait, yes=yes)


def recover(
    lab: Lab,
    *,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="unlock it, though another computer has it")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="put the state aside; make one of what is there")
    ] = False,
    yes: Yes = False,
) -> None:
    """Make state and cloud agree again: after a kill, a lock left behind, a lost state."""
    from dockyard.commands import recover

    recover.run(project(), lab, recover.Asked(yes, take_over, rebuild))


def sweep(  # noqa: PLR0913 - typer's: each is an option
    *,
    cloud: Annotated[
        list[str] | None, typer.Option("--cloud", help="aws, azure, gcp; by default all")
    ] = None,
    lab: Annotated[str, typer.Option(help="only labs of this name")] = "",
    owner: Annotated[str, typer.Option(help="only labs of this owner")] = "",
    expired: Annotated[bool, typer.Option("--expired", help="only those past a deadline")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="delete; without it this is a look")] = False,
    confirm: Annotated[
        list[str] | None,
        typer.Option(metavar="ACCOUNT", help="this account may be swept, now and later"),
    ] = None,
    protected: Annotated[
        list[str] | None, typer.Option(metavar="LAB", help="this protected lab may go")
    ] = None,
    wait: Annotated[
        float,
        typer.Option(metavar="MINUTES", callback=time, help="for what is in use to be let go"),
    ] = 15,
    as_json: Json = False,
) -> None:
    """Find labs in the clouds by their tags alone, and with --yes delete them."""
    from dockyard.commands import sweep

    several = (tuple(words or ()) for words in (cloud, confirm, protected))
    clouds, accounts, labs = several
    sweep.run(sweep.Asked(clouds, lab, owner, expired, yes, accounts, labs, as_json, wait))
