"""A lab's day on this computer, before its cloud."""

from typing import Annotated

import typer

from dockyard.options.shared import project, time


def rehearse(  # noqa: PLR0913 - options of a person
    words: Annotated[
        list[str],
        typer.Argument(metavar="STACK|WORD", help="or: stop, inventory, clock +9h, env, faults"),
    ],
    *,
    students: Annotated[int | None, typer.Option(help="so many, whatever is described")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="let it stay, to be looked at")] = False,
    fault: Annotated[
        list[str] | None, typer.Option("--fault", metavar="NAME[@SEAT]", help="what goes wrong")
    ] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="of the description")
    ] = None,
    baked: Annotated[bool, typer.Option("--baked", help="Docker is in the image")] = False,
    no_machines: Annotated[
        bool, typer.Option("--no-machines", help="the cloud's interface alone; seconds, no Docker")
    ] = False,
    wait: Annotated[
        float,
        typer.Option(metavar="MINUTES", callback=time, help="for the machines"),
    ] = 15,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON (inventory, faults)")] = False,
) -> None:
    """Rehearse a lab on this computer: stand-in cloud, real machines, no account, a report."""
    from dockyard.commands import rehearse

    options = {"--keep": keep, "--baked": baked, "--no-machines": no_machines, "--json": as_json}
    more = [name for name, on in options.items() if on]
    more += ["--students", str(students)] if students is not None else []
    more += [word for one in fault or [] for word in ("--fault", one)]
    more += [word for one in change or [] for word in ("--set", one)]
    more += ["--wait", f"{wait:g}"] if words[0] not in rehearse.VERBS else []
    rehearse.run(project(), [*words, *more])
