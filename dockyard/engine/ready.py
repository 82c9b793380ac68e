"""Everything that must be there before the first `pulumi up` of a stack. `make ready-aws` is

    .venv/bin/python -m dockyard.engine.ready aws

Each step looks first; a second run changes nothing and takes a second.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from dockyard import project as projects
from dockyard import show
from dockyard.description import read
from dockyard.engine import bring, committed, packages, settings
from dockyard.engine.cli import Engine
from dockyard.engine.command import Command
from dockyard.engine.locks import LockedError
from dockyard.errors import EXIT_INTERRUPTED, DockyardError, HostError, UsageError
from dockyard.problems import did_you_mean
from dockyard.project import LOCAL, Project


@dataclass(frozen=True)
class Ready:
    """A stack that exists, and the engine and settings to drive it with."""

    engine: Engine
    settings: settings.Settings

    def command(self, project: Project) -> Command:
        return Command(self.engine, project, self.settings.environment())


def ready(project: Project, stack: str) -> Ready:
    """Packages, engine, backend, passphrase, stack, a clean clone; says what it makes.

    Raises DockyardError with what is missing and what to type.
    """
    cloud = read(project.description(stack), ended=True).lab.target
    packages.ensure(project, cloud)
    engine = bring.ensure(project)
    decided = settings.decide(engine)
    settings.write_env_file(project, decided)
    found = Ready(engine, decided)
    _init(found.command(project), project, stack)
    committed.keep_clean(project, stack)
    return found


def _init(command: Command, project: Project, stack: str) -> None:
    """Makes the stack unless it is there; does not make it the current one."""
    if command.has(stack):
        return
    # left by a stack that is gone, it would ask for the passphrase of then
    committed.take_out(project, stack)
    try:
        command.run("stack", "init", "--no-select", stack)
    except DockyardError as error:
        if command.has(stack):  # another process has just made it
            return
        if isinstance(error, LockedError) and not (error.lock and error.lock.alive):
            # `pulumi cancel` wants a stack, and that one is gone
            file = error.lock.file if error.lock else ""
            taken = file.startswith("file:") and f"dockyard recover {stack} --take-over"
            error.hint = f"If that one is gone: {taken or f'delete its lock, {file}'}"
        raise
    show.say(f"Made the stack {stack}.")


def refuse_another_passphrase(found: Ready, project: Project, stack: str) -> None:
    """Has the engine lock a word as the state's secrets are locked, in a file that is soon gone.

    Raises HostError where the passphrase is another one: Pulumi would say so at `up`.
    """
    command = found.command(project)
    state = json.loads(command.run("stack", "export", stack=stack))
    lock = (state.get("deployment") or {}).get("secrets_providers") or {}
    if lock.get("type") != "passphrase":
        return
    with TemporaryDirectory() as folder:
        file = Path(folder, "word.yaml")
        file.write_text(f"encryptionsalt: {lock['state']['salt']}\n", "ascii")
        words = ("--config-file", str(file), "--secret", "dockyard:word", "any")
        try:
            command.run("config", "set", *words, stack=stack)
        except HostError as error:
            error.hint = settings.another_passphrase(stack)
            raise


def named(project: Project, word: str) -> str:
    """The stack of a word: `aws` means aws-lab, unless there is a stack `aws`.

    Raises UsageError when there is neither.
    """
    stacks = [lab for lab in project.labs() if lab != LOCAL]
    for name in (word, f"{word}-lab"):
        if name in stacks:
            return name
    raise UsageError(
        f"There is no stack `{word}`: {did_you_mean(word, stacks)}",
        "Make an own one: dockyard new NAME --from aws-lab",
    )


def _tell(stack: str, found: Ready) -> None:
    show.say(f"Ready: {stack}. {found.engine.why}; states in {found.settings.backend}.")
    show.say("In each shell, once:  . .dockyard/env")
    show.say(f"Then:                 pulumi up -s {stack}      (or: dockyard up {stack})")


def main(words: list[str]) -> int:
    try:
        project = projects.find(Path())
        for word in words:
            stack = named(project, word)
            found = ready(project, stack)
            refuse_another_passphrase(found, project, stack)
            _tell(stack, found)
    except DockyardError as error:
        show.say(f"✗ {error}")
        return error.exit_code
    except KeyboardInterrupt:
        show.say("Interrupted; what was done stays. Type the same again to go on.")
        return EXIT_INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
