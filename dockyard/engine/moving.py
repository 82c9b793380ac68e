"""States taken from one backend to another: copied, compared, and only then used from there.

What encrypts their secrets stays what it was: a state brings its own. A move that was cut off
goes on when it is typed again: until the login, the first backend is the one in use.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockyard.engine import committed, settings, states
from dockyard.engine.cli import Engine
from dockyard.engine.command import Command
from dockyard.engine.failures import UnreadableError
from dockyard.engine.ready import Ready
from dockyard.engine.workspace import Stack
from dockyard.errors import DockyardError
from dockyard.project import Project


@dataclass(frozen=True)
class Backend:
    """One place of states, with an engine that looks into it."""

    project: Project
    engine: Engine
    settings: settings.Settings

    @classmethod
    def at(cls, project: Project, engine: Engine, url: str) -> "Backend":
        """The one at a URL; nothing is made."""
        return cls(project, engine, settings.decide(engine).at(url))

    @property
    def command(self) -> Command:
        return Command(self.engine, self.project, self.settings.environment())

    def stacks(self) -> dict[str, int]:
        """Each stack of this project, and how many things it has; nobody counts what is empty.

        Raises UnreadableError for one that can't be read: Pulumi then lists none of them.
        """
        broken = states.broken(states.made(self.settings.backend))
        if broken:
            said, typed = map(states.sentence, broken), map(states.remedy, broken)
            raise UnreadableError(
                f"In {self.settings.backend} {', '.join(said)}.", "Type: " + "; ".join(typed)
            )
        listed = json.loads(self.command.run("stack", "ls", "--json"))
        return {one["name"]: int(one.get("resourceCount") or 0) for one in listed}

    def state(self, name: str) -> dict[str, Any]:
        """The whole state of a stack, its secrets encrypted."""
        found: dict[str, Any] = json.loads(self.command.run("stack", "export", stack=name))
        return found

    def use(self) -> None:
        """From now on, for plain `pulumi` too."""
        self.command.run("login", self.settings.backend)


def copy(old: Backend, new: Backend, told: Callable[[str], None]) -> list[str]:
    """Copies every stack, and reads it back; the names.

    Raises DockyardError, with the old ones as they were, for a stack that is worked on or was cut
    off, and for one that the new backend has otherwise.
    """
    names = sorted(old.stacks())
    for name in names:
        Stack(old.project, name, Ready(old.engine, old.settings)).refuse_cut_off()
    there = new.stacks()
    for name in names:
        state = old.state(name)
        if name in there:
            _refuse_another(new, name, state)
        else:
            _init(new, name)
        _import(new, name, state)
        told(name)
    return names


def _init(new: Backend, name: str) -> None:
    keeps = ("--secrets-provider", "passphrase", "--no-select")
    new.command.run("stack", "init", *keeps, name)
    committed.keep_clean(new.project, name)


def _import(new: Backend, name: str, state: dict[str, Any]) -> None:
    new.command.write_state(name, state)
    if _things(new.state(name)) != _things(state):
        raise DockyardError(
            f"The state of {name} in {new.settings.backend} is not what was written there.",
            f"It is still used from where it was. Look: pulumi stack export -s {name}",
        )


def _things(state: dict[str, Any]) -> list[tuple[object, ...]]:
    """What is there under which id, and what was cut off. Its values the engine writes anew:
    secrets are locked once more.
    """
    found = state.get("deployment") or {}
    cut_off = [one["resource"] for one in found.get("pending_operations") or ()]
    things = [*(found.get("resources") or ()), *cut_off]
    return [tuple(one.get(key) for key in _KEPT) for one in things]


_KEPT = ("urn", "id", "parent", "provider", "dependencies", "delete", "external")


def _refuse_another(new: Backend, name: str, state: dict[str, Any]) -> None:
    """One that was copied before is the same one; an empty one is in nobody's way."""
    there = _things(new.state(name))
    if there and there != _things(state):
        raise DockyardError(
            f"{new.settings.backend} has another state of {name}. Nothing was changed.",
            "One lab must have one state. Look which is the right one, and remove the other: "
            f"pulumi stack rm --force --preserve-config -s {name}",
        )


def the_same(old: Backend, new: Backend, names: list[str]) -> list[str]:
    """Those of which both have the very same state: a move was cut off after the login."""
    there = new.stacks() if names else {}
    return [
        name
        for name in names
        if name in there and _things(new.state(name)) == _things(old.state(name))
    ]


def retire(old: Backend, names: list[str]) -> Path | None:
    """Takes the copied stacks out of the old backend; the folder where files of them are kept."""
    folder = states.folder(old.settings.backend)
    if folder is None:
        for name in names:
            old.command.forget(name)
        return None
    return states.put_aside(folder, names)
