"""A lab in a cloud: its stack makes the machines, their own marks say what they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dockyard import clouds, sizes
from dockyard.description import Description
from dockyard.engine import cli, made, peek, rebuilt, settings
from dockyard.engine.events import Event, Step, name_of
from dockyard.engine.failures import UnreadableError
from dockyard.engine.ready import Ready
from dockyard.engine.workspace import Stack, open_stack
from dockyard.errors import DockyardError, HostError
from dockyard.files import write_whole
from dockyard.project import Project
from dockyard.results import Reachable
from dockyard.seats import SEAT_TYPE, machines
from dockyard.spec import Access, LabSpec
from dockyard.stack_result import StackResult, stack_result

_NOT_CHANGES = ("same", "read", "read-replacement", "refresh")
_OWN_TYPES = (rebuilt.STACK, "pulumi:providers:", SEAT_TYPE)


@dataclass(frozen=True)
class Change:
    """One resource that an `up` would create, update, replace or delete."""

    operation: str
    step: Step
    machine: bool

    @property
    def sentence(self) -> str:
        """`replace Instance seat01-node1`."""
        return f"{self.operation} {self.step.kind} {self.step.name}"


class StackLab:
    """The machines, cluster and registry of one stack."""

    def __init__(self, project: Project, name: str, description: Description | None) -> None:
        """Without a description, for its file can't be read, the state alone says what it is."""
        self.name = name
        self.kept = project.kept(name)
        self._project = project
        self._description = description

    @property
    def is_described(self) -> bool:
        """Whether its description can be read."""
        return self._description is not None

    @property
    def described(self) -> LabSpec:
        """The description; without one, what was made as one."""
        return self._description.lab if self._description else _as_made(self.need_result())

    @cached_property
    def lab(self) -> LabSpec:
        """What is described, with the sizes that were taken."""
        lab = self.described
        if sizes.is_settled(lab):
            return lab
        made = self.result()
        return sizes.settled(lab, made.taken) if made else lab

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The machines that are described; without a description, that were made."""
        if self._description:
            return tuple(machine.host for machine in machines(self.lab))
        found = self.result()
        return tuple(one.host for one in found.machines) if found else ()

    @cached_property
    def stack(self) -> Stack:
        """The stack, made ready first, which says what it makes."""
        if self._description:
            return open_stack(self._project, self.name)
        settings_file = self.kept / "no-description.yaml"
        write_whole(settings_file, "")
        return Stack(self._project, self.name, self._need_found(), settings_file)

    @property
    def log(self) -> Path:
        """Pulumi's log, as seen from the clone."""
        return (self.kept / "pulumi.log").relative_to(self._project.root)

    def there(self) -> bool:
        """Whether the stack was made, readable or not; looks, and makes nothing."""
        if "stack" in vars(self):
            return True
        found = self._found()
        try:
            return found is not None and found.command(self._project).has(self.name)
        except UnreadableError:
            return True

    def _found(self) -> Ready | None:
        engine = cli.look(self._project).engine
        return Ready(engine, settings.decide(engine)) if engine else None

    def _need_found(self) -> Ready:
        found = self._found()
        if found is None:
            raise HostError("There is no Pulumi here.", "Type: make ready-aws")
        return found

    def stack_backend(self) -> str:
        """Where the states are."""
        return self._need_found().settings.backend

    def result(self) -> StackResult | None:
        """What the stack says it made; None when it made nothing."""
        exported = self._peeked
        if exported is None and self.there():
            exported = self._exported.get("lab")
        return stack_result(exported) if exported else None

    @cached_property
    def _peeked(self) -> dict[str, Any] | None:
        """The exported `lab`, where no engine is needed to read it."""
        return peek.exported(settings.backend(), self.name, "lab")

    @cached_property
    def _exported(self) -> dict[str, Any]:
        """All that the stack exports, read once until it is changed."""
        return self.stack.outputs()

    def _changed(self) -> None:
        for name in ("_exported", "_peeked", "lab"):
            vars(self).pop(name, None)

    def kubeconfig(self) -> str:
        """The cluster's, a secret; shown to nobody but whom it is for."""
        return str(self._exported["kubeconfig"])

    def reachable(self, hosts: Sequence[str]) -> tuple[Reachable, ...]:
        """The way into each machine of `hosts` that was made."""
        found = self.result()
        if not found:
            return ()
        keys = self.lab.access.keys if found.keys is None else found.keys
        return made.reachable(found, hosts, keys)

    def addresses(self) -> dict[str, str]:
        """The public address of each machine."""
        found = self.result()
        return {one.host: one.address for one in found.machines} if found else {}

    def changes(
        self, more: Mapping[str, str] | None = None, anew: Sequence[str] = ()
    ) -> list[Change]:
        """What `up` would do, by the engine's own preview; `anew` are hosts to be replaced."""
        found: dict[tuple[str, str], Change] = {}
        machine = clouds.load(self.lab.target).machine

        def seen(event: Event) -> None:
            if not isinstance(event, Step) or event.phase != "begins":
                return
            if event.operation not in _NOT_CHANGES and not event.type.startswith(_OWN_TYPES):
                operation = "replace" if "replace" in event.operation else event.operation
                change = Change(operation, event, event.type == machine)
                found[event.type, event.name] = change

        self.stack.preview(seen, more, self._urns(anew))
        return list(found.values())

    def up(
        self,
        seen: Callable[[str, str], None],
        more: Mapping[str, str] | None = None,
        anew: Sequence[str] = (),
    ) -> None:
        """Makes what is described; `seen` gets the name of a thing and what happened to it."""
        try:
            self.stack.up(lambda event: _tell(event, seen), more, self._urns(anew))
        finally:
            self._changed()

    def _urns(self, hosts: Sequence[str]) -> list[str]:
        """The engine's names of machines that are there."""
        if not hosts:
            return []
        urns = self.made_hosts()
        missing = [host for host in hosts if host not in urns]
        if missing:
            raise DockyardError(
                f"Not made yet: {', '.join(missing)}.", f"Type: dockyard up {self.name}"
            )
        return [urns[host] for host in hosts]

    def resources(self) -> list[Mapping[str, Any]]:
        """What the state knows, as the engine writes it."""
        return (self.stack.export().get("deployment") or {}).get("resources") or []

    def things(self) -> list[Mapping[str, Any]]:
        """Of that, what a cloud made: not the engine's own, no parent of others, nothing that was
        only read back.
        """
        return [
            one
            for one in self.resources()
            if one.get("id") and not one["type"].startswith("pulumi:") and not one.get("external")
        ]

    def made_hosts(self) -> dict[str, str]:
        """The machines that the state knows: host and URN; of an earlier target, too."""
        kinds = {clouds.load(target).machine for target in clouds.NAMES}
        return {name_of(one["urn"]): one["urn"] for one in self.resources() if one["type"] in kinds}

    def rebuild(
        self,
        steps: Sequence[Mapping[str, Any]],
        ids: Mapping[str, str],
        outputs: Mapping[str, Any],
    ) -> None:
        """Takes of the steps that `up` would do what has an id, by URN, for made, and reads what
        it is like; `outputs` are what the stack is to say of itself, beside what it says.
        """
        self.stack.rebuild(steps, ids, outputs)
        try:
            self.stack.refresh(lambda _: None)
        finally:
            self._changed()

    def exports(self, more: Mapping[str, str]) -> dict[str, Any]:
        """The `lab` that the program would export of what is there, by a preview: None in place of
        what is known only when it is made.

        Raises DockyardError when it would export none.
        """
        found: dict[str, Any] = {}

        def seen(event: Event) -> None:
            if isinstance(event, Step) and event.phase == "done" and event.type == rebuilt.STACK:
                found.update(event.says.get("lab") or {})

        self.stack.preview(seen, more)
        if not found:
            raise DockyardError("The program exports nothing.", f"See {self.log}")
        return dict(rebuilt.without_unknown(found))

    def tell(self, lab: Mapping[str, Any]) -> None:
        """Has the stack export this `lab`, without making anything."""
        try:
            self.stack.tell({"lab": lab})
        finally:
            self._changed()

    def down(self, seen: Callable[[str, str], None]) -> None:
        """Destroys all that the state knows."""
        try:
            self.stack.destroy(lambda event: _tell(event, seen))
        finally:
            self._changed()

    def leftovers(self) -> list[str]:
        """What the state still has, read back: empty when nothing is left."""
        named = (name_of(one["urn"]) for one in self.resources())
        pending = [f"{one.type} {one.name} (cut off)" for one in self.stack.pending()]
        return [*named, *pending]

    def need_result(self) -> StackResult:
        """What the stack made.

        Raises DockyardError when it made nothing.
        """
        found = self.result()
        if found is None:
            raise DockyardError(f"{self.name} {self.unmade()}.", f"Type: dockyard up {self.name}")
        return found

    def unmade(self) -> str:
        """How far a lab came that has no result: not at all, or a plain `pulumi up` failed."""
        left = len(self.leftovers()) if self.there() else 0
        return f"was begun and not finished ({left} things are there)" if left else _NOT_YET


def _as_made(made: StackResult) -> LabSpec:
    """What must be known of a lab to reach it and to take it down."""
    return LabSpec(
        name=made.name,
        target=made.target,
        owner=made.owner,
        students=max((one.seat for one in made.machines), default=0),
        hours=1,
        access=Access(cidrs=()),
    )


_NOT_YET = "was not made yet"
_DONE = {"create": "created", "update": "updated", "delete": "deleted"}


def _tell(event: Event, seen: Callable[[str, str], None]) -> None:
    """One line for each thing that is done, by its name."""
    if not isinstance(event, Step) or event.phase == "begins":
        return
    done = "failed" if event.phase == "failed" else _DONE.get(event.operation.partition("-")[0])
    if done and not event.type.startswith(_OWN_TYPES):
        seen(event.name, f"{event.kind} {done}")
