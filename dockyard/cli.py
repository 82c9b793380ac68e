"""The `dockyard` command. Each command imports what it needs when it runs, not before."""

import atexit
import gc
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from dockyard import at_once
from dockyard.errors import EXIT_INTERRUPTED, DockyardError, Terminated
from dockyard.options import (
    computer,
    describing,
    ending,
    entering,
    looking,
    making,
    rehearsing,
    shared,
)

# as a course goes: `dockyard --help` lists them so
COMMANDS: dict[str, Callable[..., None]] = {
    "doctor": computer.doctor,
    "new": describing.new,
    "list": describing.list_labs,
    "plan": making.plan,
    "up": making.up,
    "status": looking.status,
    "check": looking.check,
    "ssh": entering.ssh,
    "exec": entering.run_exec,
    "copy": entering.copy,
    "down": ending.down,
    "recover": ending.recover,
    "backend": computer.backend,
    "receipt": looking.receipt,
    "sweep": ending.sweep,
    "allow": entering.allow,
    "extend": ending.extend,
    "price": making.price,
    "kubeconfig": entering.kubeconfig,
    "install": making.install,
    "images": describing.images,
    "keys": describing.keys,
    "rehearse": rehearsing.rehearse,
    "schema": describing.schema,
    "undo": computer.undo,
}
# among their words may be options that are not ours, or what looks like one: -2h
PASS_ON = {"exec", "rehearse", "extend"}

app = typer.Typer(
    name="dockyard",
    help="The machines of a Docker course, described once, made anywhere.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _name, _command in COMMANDS.items():
    app.command(_name, context_settings={"ignore_unknown_options": _name in PASS_ON})(_command)

registry = typer.Typer(help="The registry of a lab.", no_args_is_help=True)
registry.command("login")(entering.registry_login)
app.add_typer(registry, name="registry")


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
    shared.act_in(folder)


def _terminated(number: int, _: object) -> None:
    if number == signal.SIGHUP:
        _leave_terminal()
    raise Terminated


def _leave_terminal() -> None:
    """What is said to a terminal that is gone would be an error, and hide what is to be done."""
    for stream in (sys.stdout, sys.stderr):
        try:
            os.write(stream.fileno(), b"")
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _leave(code: int) -> NoReturn:
    """Ends with this code; at once when calls go on for which nobody waits."""
    if at_once.is_abandoned():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def said(error: DockyardError | OSError | KeyboardInterrupt) -> int:
    """An error as a sentence; the exit code that means it."""
    if isinstance(error, DockyardError):
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        sys.stderr.write(
            "\nInterrupted. What is done stays as it is.\n"
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
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # by `nohup`
        signal.signal(signal.SIGHUP, _terminated)
    # what is imported stays; looking through it again and again takes a fifth of a command
    gc.set_threshold(100_000)
    if sys.stdout is None:  # closed by the shell: `>&-`
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no ticks
    # nor is it looked through once more at the end
    atexit.register(gc.freeze)
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # a reader that went away is met here, not when Python ends
    except (DockyardError, OSError, KeyboardInterrupt) as error:
        _leave(said(error))
    except SystemExit as end:
        if end.code == EXIT_INTERRUPTED:  # typer has caught Ctrl-C itself
            _leave(said(KeyboardInterrupt()))
        raise


if __name__ == "__main__":
    main()
