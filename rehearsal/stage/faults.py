"""Puts chosen faults on the stage: into the inventory, into machines, into the trainer's day."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from dockyard.errors import DockyardError
from dockyard.files import write_whole
from rehearsal import clouds, serve
from rehearsal.catalogue import machine
from rehearsal.http.manners import Desk
from rehearsal.machines import docker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.catalogue.entry import Chosen, Entry
    from rehearsal.machines.journal import Event
    from rehearsal.stage.folder import Folder

HOST_ACTS = "acts.json"


def put(folder: Folder, target: str, chosen: Sequence[Chosen]) -> None:
    """Before the day begins."""
    acts = []
    for one in chosen:
        if one.entry.plans:
            _plan(folder, target, one)
        elif one.entry.host:
            acts += [{"host": host, "act": one.entry.host} for host in one.hosts]
        elif one.entry.family == "machine" and not one.entry.after:
            for host in one.hosts:
                _into(folder, host, one)
    write_whole(folder.path / HOST_ACTS, json.dumps(acts))


def _plan(folder: Folder, target: str, chosen: Chosen) -> None:
    assert chosen.entry.plans is not None  # noqa: S101 - asked before
    planned = chosen.entry.plans(chosen, target)
    inventory = serve.opened(target, folder.inventory)
    for fault in planned.faults:
        inventory.plan(fault)
    inventory.set(**planned.settings)
    inventory.close()


def calm(folder: Folder) -> None:
    """The cloud is well again."""
    inventory = serve.opened(folder.plan().cloud, folder.inventory)
    inventory.calm()
    inventory.close()


def _into(folder: Folder, host: str, chosen: Chosen) -> None:
    place = folder.path / "machines" / host / "faults"
    place.mkdir(parents=True, exist_ok=True)
    name = chosen.entry.name
    text = machine.script(chosen.entry)
    (place / f"{name}.sh").write_text(text, encoding="ascii")
    if chosen.value:
        # what stands behind the colon is the script's one argument
        call = f'set -- {shlex.quote(chosen.value)}\n. "${{0%.sh}}.in"\n'
        (place / f"{name}.in").write_text(text, encoding="ascii")
        (place / f"{name}.sh").write_text(call, encoding="ascii")


def after(folder: Folder, chosen: Sequence[Chosen]) -> list[str]:
    """When the machines should be ready: breaks what is to be broken then. What happened, and
    what did not, and why.
    """
    told = _missed(folder, chosen)
    for one in (one for one in chosen if one.entry.after):
        for host in one.hosts:
            problem = _strike(folder, host, machine.script(one.entry))
            if problem:
                told.append(f"{host}: {_NOT.format(one.entry.title)}: {problem}")
            else:
                folder.journal.add(_STRUCK, host, one.entry.name)
                told.append(f"{host}: {one.entry.title}")
    return told


_STRUCK = "struck"
_NOT = "it did not happen that {}"


def _missed(folder: Folder, chosen: Sequence[Chosen]) -> list[str]:
    """What was to happen in the middle of an installation that had no middle, as a baked one."""
    events = list(folder.journal.read())
    return [
        f"{host}: {_NOT.format(one.entry.title)}: no installation was seen, or it was over too soon"
        for one in chosen
        if one.entry.host
        for host in one.hosts
        if not _struck(one.entry, host, events)
    ]


def _strike(folder: Folder, host: str, script: str) -> str:
    """Why it could not; empty: it happened."""
    running = docker.running(folder.path, host)
    try:
        for container in running:
            docker.run("exec", container, "sh", "-c", script)
    except DockyardError as error:  # one that is not ready has not what is to be broken
        return str(error)
    return "" if running else "the machine does not run"


def happened(folder: Folder, chosen: Sequence[Chosen]) -> list[str]:
    """Which machines each fault struck, and which it did not after all."""
    events = list(folder.journal.read())
    told = []
    for one in chosen:
        for so, title in ((True, one.entry.title), (False, _NOT.format(one.entry.title))):
            hosts = [host for host in one.hosts if _struck(one.entry, host, events) is so]
            if hosts:
                told.append(f"{', '.join(hosts)}: {title}")
    return told


def _struck(entry: Entry, host: str, events: Sequence[Event]) -> bool:
    """Whether it happened to a machine, by the journal; what a cloud or a trainer does, did."""
    if entry.family != "machine":
        return True
    seen = [one for one in events if one.name == host]
    if entry.after:
        return any((one.what, one.more) == (_STRUCK, entry.name) for one in seen)
    # a script is there from the first boot on
    return any(one.what == (entry.host or "running") for one in seen)


def delete(folder: Folder, host: str) -> None:
    """A machine is deleted by a person who does not tell the engine; its disk goes along."""
    plan = folder.plan()
    inventory = serve.opened(plan.cloud, folder.inventory)
    desk = Desk(clouds.load(plan.cloud), inventory, serve.Documentation())
    for record in inventory.all():
        if record.name == host and record.kind.lower().endswith(("instance", "virtualmachine")):
            desk.delete(record)
    inventory.close()
    if plan.images:
        for container in docker.running(folder.path, host):
            docker.run("rm", "--force", "--volumes", container)
