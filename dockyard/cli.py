"""The `dockyard` command. Each command imports what it needs when it runs, not before."""

import gc
import io
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dockyard.errors import EXIT_INTERRUPTED, DockyardError, Terminated

if TYPE_CHECKING:
    from dockyard.project import Project

app = typer.Typer(
    name="dockyard",
    help="The machines of a Docker course, described once, made anywhere.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

registry = typer.Typer(help="The registry of a lab.", no_args_is_help=True)
app.add_typer(registry, name="registry")

Lab = Annotated[str, typer.Argument(metavar="LAB", help="`local`, or a stack's name")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask")]

_folder = Path()


def _project() -> "Project":
    from dockyard import project

    return project.find(_folder)


def _version(value: bool) -> None:  # noqa: FBT001 - typer's callback
    if value:
        from dockyard import __version__

        typer.echo(f"dockyard {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    folder: Annotated[
        Path, typer.Option("-C", metavar="DIR", help="the clone; by default found upward from here")
    ] = Path(),
    *,
    version: Annotated[  # noqa: ARG001 - typer's callback acts on it
        bool, typer.Option("--version", help="print the version", callback=_version, is_eager=True)
    ] = False,
) -> None:
    global _folder  # noqa: PLW0603 - one process, one folder
    _folder = folder


@app.command()
def doctor(
    *,
    fix: Annotated[bool, typer.Option("--fix", help="install what is missing")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Say what this computer can do, and how to mend what it can't."""
    from dockyard.commands import doctor

    doctor.run(_project(), fix=fix, yes=yes, as_json=as_json)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="`local`, or a name for a stack")],
    example: Annotated[str, typer.Option("--from", metavar="EXAMPLE", help="what to start from")],
) -> None:
    """Make an own description from an example."""
    from dockyard.commands import labs

    labs.run_new(_project(), name, example)


@app.command("list")
def list_labs(*, as_json: Json = False) -> None:
    """List the labs that are described here."""
    from dockyard.commands import labs

    labs.run_list(_project(), as_json=as_json)


@app.command()
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

        plan_live.run(_project(), lab, as_json=as_json)
        return
    if diff:
        from dockyard.commands import plan_diff

        plan_diff.run(_project(), lab, as_json=as_json)
        return
    from dockyard.commands import plan

    plan.run(_project(), lab, as_json=as_json)


@app.command()
def up(  # noqa: PLR0913 - options of a person
    lab: Lab = "local",
    *,
    yes: Yes = False,
    fix: Annotated[bool, typer.Option("--fix", help="install what is missing first")] = False,
    wait: Annotated[
        float, typer.Option(metavar="MINUTES", help="for machines in a cloud; 0: don't wait")
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
    up.run(_project(), lab, asked)


@app.command()
def status(lab: Lab = "local", *, as_json: Json = False) -> None:
    """Read what is there."""
    from dockyard.commands import look

    look.run_status(_project(), lab, as_json=as_json)


@app.command()
def check(
    lab: Lab = "local",
    *,
    full: Annotated[bool, typer.Option("--full", help="everything that must be so")] = False,
    as_json: Json = False,
) -> None:
    """Verify every machine again; changes nothing."""
    if full:
        from dockyard.commands import conform

        conform.run(_project(), lab, as_json=as_json)
        return
    from dockyard.commands import look

    look.run_check(_project(), lab, as_json=as_json)


@app.command()
def ssh(
    lab: Lab = "local",
    seat: Annotated[str, typer.Argument(help="1, seat01")] = "1",
    machine: Annotated[str, typer.Argument(help="node1; by default the first")] = "",
) -> None:
    """Enter a machine."""
    from dockyard.commands import enter

    enter.run_ssh(_project(), lab, seat, machine)


Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="SEAT|MACHINE", help="not on all: 1, seat01, seat01-node2"),
]
Seconds = Annotated[float, typer.Option(help="time limit for each machine")]


@app.command("exec", context_settings={"ignore_unknown_options": True})
def run_exec(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="`local`, or a stack's name")],
    command: Annotated[
        list[str], typer.Argument(help="what to run; after -- all of it is the command's")
    ],
    *,
    only: Only = None,
    seconds: Seconds = 300,
    as_json: Json = False,
) -> None:
    """Run a command on all machines at once; who is not reached is tried once more."""
    import shlex

    from dockyard.commands import enter

    text = command[0] if len(command) == 1 else shlex.join(command)
    enter.run_exec(_project(), lab, text, enter.Wanted(only or [], seconds, as_json))


@app.command()
def copy(  # noqa: PLR0913 - options of a person
    lab: Annotated[str, typer.Argument(metavar="LAB", help="`local`, or a stack's name")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="files and folders here")],
    place: Annotated[str, typer.Option("--to", metavar="PLACE", help="on the machine")] = ".",
    *,
    only: Only = None,
    seconds: Seconds = 300,
    as_json: Json = False,
) -> None:
    """Copy files to all machines at once, by default into the login's home."""
    from dockyard.commands import enter

    enter.run_copy(_project(), lab, files, place, enter.Wanted(only or [], seconds, as_json))


@app.command()
def down(
    lab: Lab = "local",
    *,
    wait: Annotated[
        float, typer.Option(metavar="MINUTES", help="for what is in use in a cloud to be let go")
    ] = 15,
    yes: Yes = False,
) -> None:
    """Destroy a lab's machines, then read back that nothing is left."""
    from dockyard.commands import down

    down.run(_project(), lab, minutes=wait, yes=yes)


@app.command()
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

    recover.run(_project(), lab, recover.Asked(yes, take_over, rebuild))


@app.command()
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
        backend.run_move(_project(), where, yes=yes)
    else:
        backend.run_show(_project(), as_json=as_json)


@app.command("receipt")
def show_receipt(lab: Lab, *, as_json: Json = False) -> None:
    """Show what the last `down` of a stack wrote down."""
    from dockyard.commands import receipt

    receipt.run(_project(), lab, as_json=as_json)


@app.command()
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
        float, typer.Option(metavar="MINUTES", help="for what is in use to be let go")
    ] = 15,
    as_json: Json = False,
) -> None:
    """Find labs in the clouds by their tags alone, and with --yes delete them."""
    from dockyard.commands import sweep

    several = (tuple(words or ()) for words in (cloud, confirm, protected))
    clouds, accounts, labs = several
    sweep.run(sweep.Asked(clouds, lab, owner, expired, yes, accounts, labs, as_json, wait))


@app.command()
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
    allow.run(_project(), lab, who, remove=remove, yes=yes)


@app.command()
def extend(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="local, or a stack's name")],
    more: Annotated[str, typer.Argument(metavar="TIME", help="2h, 90m, 1h30")],
) -> None:
    """Let a lab live longer; moves every deadline, restarts nothing."""
    from dockyard.commands import extend

    extend.run(_project(), lab, more)


@app.command()
def price(
    lab: Lab = "local",
    *,
    live: Annotated[bool, typer.Option("--live", help="beside the prices of today")] = False,
    as_json: Json = False,
) -> None:
    """Show what a lab costs, item by item, and where the figures come from."""
    from dockyard.commands import price

    price.run(_project(), lab, live=live, as_json=as_json)


@app.command()
def kubeconfig(lab: Lab) -> None:
    """Write the kubeconfig of a lab's cluster to a file of yours alone."""
    from dockyard.commands import products

    products.run_kubeconfig(_project(), lab)


@registry.command("login")
def registry_login(lab: Lab) -> None:
    """Log your own Docker in to a lab's registry."""
    from dockyard.commands import products

    products.run_registry_login(_project(), lab)


@app.command("install")
def install_docker(
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
        _project(), install.Wanted(words[:first], listed, key, tuple(words[first:]), as_json)
    )


@app.command()
def images(
    folder: Annotated[Path, typer.Argument(metavar="DIR")], *, as_json: Json = False
) -> None:
    """List the images that a course's Dockerfiles and Compose files need."""
    from dockyard.commands import images

    images.run(folder, as_json=as_json)


@app.command()
def keys(lab: Lab = "local") -> None:
    """Make the students' key pairs that are missing."""
    from dockyard.commands import keys

    keys.run(_project(), lab)


@app.command(context_settings={"ignore_unknown_options": True})
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
        bool, typer.Option("--no-machines", help="the cloud's interface alone; seconds, no root")
    ] = False,
    wait: Annotated[float, typer.Option(metavar="MINUTES", help="for the machines")] = 15,
) -> None:
    """Rehearse a lab on this computer: stand-in cloud, real machines, no account, a report."""
    from dockyard.commands import rehearse

    options = {"--keep": keep, "--baked": baked, "--no-machines": no_machines}
    more = [name for name, on in options.items() if on]
    more += ["--students", str(students)] if students is not None else []
    more += [word for one in fault or [] for word in ("--fault", one)]
    more += [word for one in change or [] for word in ("--set", one)]
    more += ["--wait", f"{wait:g}"] if words[0] not in rehearse.VERBS else []
    rehearse.run(_project(), [*words, *more])


@app.command()
def schema() -> None:
    """Print the JSON Schema of a description."""
    from dockyard.commands import labs

    labs.run_schema()


@app.command()
def undo(*, yes: Yes = False) -> None:
    """Take back all that `make lab` put on this computer."""
    from dockyard.commands import doctor

    doctor.run_undo(_project(), yes=yes)


def _terminated(*_: object) -> None:
    raise Terminated


def _said(error: DockyardError | OSError | KeyboardInterrupt) -> int:
    """An error as a sentence; the exit code that means it."""
    if isinstance(error, DockyardError):
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        sys.stderr.write(
            "\nInterrupted. What was made stays as it is.\n"
            "  Go on: type the same again. See: dockyard status LAB. Take down: dockyard down LAB\n"
        )
        return EXIT_INTERRUPTED
    if isinstance(error, BrokenPipeError):
        # the reader went away (`| head`): nothing to say to anybody
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    where = f": {error.filename}" if error.filename else ""
    sys.stderr.write(f"{error.strerror}{where}\n  Mend that and type the same again.\n")
    return 1


def main() -> None:
    """Runs the command; the one place where an error becomes a sentence and an exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    # what is imported stays; looking through it again and again takes a fifth of a command
    gc.set_threshold(100_000)
    if sys.stdout is None:  # closed by the shell: `>&-`
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no ticks
    try:
        app()
    except (DockyardError, OSError, KeyboardInterrupt) as error:
        sys.exit(_said(error))
    except SystemExit as end:
        if end.code == EXIT_INTERRUPTED:  # typer has caught Ctrl-C itself
            _said(KeyboardInterrupt())
        raise


if __name__ == "__main__":
    main()
