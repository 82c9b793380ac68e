"""One stack, driven: make, look, refresh, destroy, and what it leaves. Plain results come out.

The CLI itself finds the stack's file (`stackConfigDir`), which Pulumi's Automation API for Python
does not; so the CLI is what we drive, and its event log is what we read.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from dockyard import show
from dockyard.engine import committed, events, rebuilt, states
from dockyard.engine.command import Command
from dockyard.engine.locks import Lock, LockedError
from dockyard.engine.pending import Pending
from dockyard.engine.ready import Ready, ready
from dockyard.errors import DockyardError
from dockyard.files import write_whole
from dockyard.project import Project

OnEvent = Callable[[events.Event], None]
_GO_ON = ("--yes", "--skip-preview")


class PendingError(DockyardError):
    """A killed engine left operations open; making more now could make things twice."""

    def __init__(self, stack: str, pending: tuple[Pending, ...]) -> None:
        self.pending = pending
        listed = "\n".join(f"  {one.operation} {one.type} {one.name}" for one in pending)
        super().__init__(
            f"An earlier operation on {stack} was cut off. What became of these, only the cloud "
            f"knows; nothing was made:\n{listed}",
            f"Have them looked for in the cloud: dockyard recover {stack}",
        )


def open_stack(project: Project, name: str) -> "Stack":
    """The stack, made ready first: see ready.py.

    Raises DockyardError with what is missing and what to type.
    """
    return Stack(project, name, ready(project, name))


def lock_of(backend: str, stack: str) -> Lock | None:
    """Who has a stack; read without an engine. One that was cut off says nobody: states.halves."""
    for file in states.locks(backend, stack):
        try:
            found = json.loads(file.read_text("utf-8"))
            since = datetime.fromisoformat(found["timestamp"])
            return Lock(found["username"], found["hostname"], int(found["pid"]), since)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def put_aside(project: Project, name: str, backend: str) -> Path:
    """Takes a stack out of use, its state kept; in a folder here, though no engine can read it.

    Its description stays, as it was before Pulumi wrote into it. Where its state is now.
    Raises LockedError while an operation has it, or may have it.
    """
    lock = lock_of(backend, name)
    if lock and lock.alive is not False:
        raise LockedError(name, lock)
    folder = states.folder(backend)
    if folder:
        aside = states.put_aside(folder, [name])
    else:
        stack = open_stack(project, name)
        aside = project.kept(name) / f"state-{time.strftime('%Y%m%dT%H%M%S')}.json"
        write_whole(aside, json.dumps(stack.export()), 0o600)
        stack.command.forget(name)
    committed.restore(project, name)
    return aside


@dataclass(frozen=True)
class Stack:
    """A stack that is ready. Every failure is a DockyardError; never a traceback.

    `settings` is a file in place of the stack's own, which can't be read.
    """

    project: Project
    name: str
    ready: Ready
    settings: Path | None = None

    @property
    def command(self) -> Command:
        return self.ready.command(self.project)

    def up(
        self,
        on_event: OnEvent,
        more: Mapping[str, str] | None = None,
        anew: Sequence[str] = (),
    ) -> events.Summary:
        """Makes what is described. `more` is added to the program's environment; what `anew`
        names, by URN, is made anew.

        Raises PendingError, with nothing made, when an earlier operation was cut off.
        """
        self.refuse_cut_off()
        words = ["up", *_GO_ON, "--continue-on-error", *_replace(anew)]
        return self._follow(words, on_event, more)

    def preview(
        self,
        on_event: OnEvent,
        more: Mapping[str, str] | None = None,
        anew: Sequence[str] = (),
    ) -> events.Summary:
        """What `up` would do."""
        return self._follow(["preview", *_replace(anew)], on_event, more)

    def refresh(self, on_event: OnEvent, *, forget_pending: bool = False) -> events.Summary:
        """Reads what is there into the state. `forget_pending`: creations that were cut off are
        taken for never made; only right when the cloud was looked at.
        """
        words = ["refresh", *_GO_ON]
        if forget_pending:
            words.append("--clear-pending-creates")
        self.refuse_cut_off(despite_pending=forget_pending)
        return self._follow(words, on_event)

    def adopt(self, found: Mapping[str, str]) -> None:
        """Takes what was being made, by URN, for made under these ids of the cloud.

        What it is like is read at the next refresh. The engine's own --import-pending-creates
        forgets it again when the program runs.
        """
        state = self.export()
        deployment = state["deployment"]
        cut_off = deployment.get("pending_operations") or []
        for one in cut_off:
            urn = one["resource"]["urn"]
            if urn in found:
                made = {**one["resource"], "id": found[urn]}
                deployment.setdefault("resources", []).append(made)
        deployment["pending_operations"] = [
            one for one in cut_off if one["resource"]["urn"] not in found
        ]
        self.command.write_state(self.name, state)

    def steps(self, more: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """What `up` would do, in the engine's own words; `more` is as for `up`."""
        told = replace(self.command, environment={**self.command.environment, **more})
        try:
            found = json.loads(told.run("preview", "--json", stack=self.name))
        except DockyardError:
            self.preview(lambda _: None, more)  # the same, and with what it says against it
            raise
        return list(found.get("steps") or ())

    def rebuild(
        self,
        steps: Sequence[Mapping[str, Any]],
        ids: Mapping[str, str],
        outputs: Mapping[str, Any],
    ) -> None:
        """Takes of the steps that `up` would do what has an id, by URN, for made: see rebuilt.py.

        What it is like is read at the next refresh.
        """
        urn = f"urn:pulumi:{self.name}::{states.PROJECT}::{rebuilt.STACK}::"
        stack = {"urn": f"{urn}{states.PROJECT}-{self.name}", "outputs": outputs}
        self.command.write_state(self.name, rebuilt.rebuilt(self.export(), steps, ids, stack))

    def tell(self, outputs: Mapping[str, Any]) -> None:
        """Has the stack say these outputs, without making anything."""
        self.command.write_state(self.name, rebuilt.told(self.export(), outputs))

    def destroy(self, on_event: OnEvent, *, despite_pending: bool = False) -> events.Summary:
        """Destroys what the state knows; the stack stays, empty."""
        self.refuse_cut_off(despite_pending=despite_pending)
        return self._follow(["destroy", *_GO_ON], on_event)

    def cancel(self) -> None:
        """Takes away the lock of an operation that was killed.

        Raises LockedError when that operation is alive on this computer: to remove its lock would
        let two work at once.
        """
        lock = self.lock()
        if lock and lock.alive:
            raise LockedError(self.name, lock)
        self.command.run("cancel", "--yes", stack=self.name)

    def outputs(self) -> dict[str, Any]:
        """What the program exported, secrets in plain text."""
        return self._json("stack", "output", "--json", "--show-secrets")

    def export(self) -> dict[str, Any]:
        """The state, its secrets still encrypted."""
        return self._json("stack", "export")

    def pending(self) -> tuple[Pending, ...]:
        """Operations that were cut off."""
        deployment = self.export().get("deployment") or {}
        return tuple(map(_pending, deployment.get("pending_operations") or ()))

    def lock(self) -> Lock | None:
        """Who has the stack, where states are files here; None too when the backend can't say."""
        return lock_of(self.ready.settings.backend, self.name)

    def remove(self) -> None:
        """Takes the empty stack away; its file stays, as it was before Pulumi wrote into it."""
        self.command.run("stack", "rm", "--yes", "--preserve-config", stack=self.name)
        committed.restore(self.project, self.name)

    def refuse_cut_off(self, *, despite_pending: bool = False) -> None:
        """Takes away the lock of a killed operation, then looks at what that one left open.

        Raises LockedError while another operation has the stack, or may have it on another
        computer; PendingError, with nothing changed, when the cloud must be looked at first.
        """
        lock = self.lock()
        if lock and lock.alive is False:
            self.cancel()
            show.say(f"! Unlocked {self.name}: it was {lock.whose}; that process is gone.")
        elif lock:
            raise LockedError(self.name, lock)
        pending = () if despite_pending else self.pending()
        if pending and self._in_progress():
            raise LockedError(self.name, None)
        if pending:
            raise PendingError(self.name, pending)

    def _follow(
        self, words: list[str], on_event: OnEvent, more: Mapping[str, str] | None = None
    ) -> events.Summary:
        if self.settings:
            words = [*words, "--config-file", str(self.settings)]
        try:
            return self.command.follow(words, self.name, on_event, more)
        finally:
            # the engine may have written its line anew into a file that a person took back
            if not self.settings:
                committed.keep_clean(self.project, self.name)

    def _in_progress(self) -> bool:
        """What Pulumi Cloud knows; an operation at work has open ones of its own."""
        if not self.ready.settings.in_cloud:
            return False
        listed = json.loads(self.command.run("stack", "ls", "--json"))
        return any(one["name"] == self.name and one.get("updateInProgress") for one in listed)

    def _json(self, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.command.run(*words, stack=self.name))
        return found


def _replace(urns: Sequence[str]) -> list[str]:
    return [word for urn in urns for word in ("--replace", urn)]


def _pending(found: Mapping[str, Any]) -> Pending:
    resource = found["resource"]
    urn = resource["urn"]
    return Pending(
        operation=found["type"],
        type=resource["type"],
        name=events.name_of(urn),
        urn=urn,
        inputs=resource.get("inputs") or {},
    )
