"""Sets the stage for a rehearsal, and takes it down again, also one that was cut off."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dockyard import show
from dockyard.description import refuse_keyless
from dockyard.errors import EXIT_INTERRUPTED, DockyardError
from dockyard.seats import machines
from rehearsal.catalogue import chosen, refuse_twice
from rehearsal.machines import docker, images
from rehearsal.stage import faults
from rehearsal.stage.day import go_through
from rehearsal.stage.described import described
from rehearsal.stage.folder import Folder, Plan, may_look, nobodys
from rehearsal.stage.rehearsal import Asked, Rehearsal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dockyard.project import Project
    from dockyard.spec import LabSpec
    from rehearsal.catalogue.entry import Chosen

_SERVED_SECONDS = 60.0
_KEPT_SECONDS = 15.0
_DAY_SECONDS = 120.0
"""in which an engine ends what it is at"""


def rehearse(project: Project, asked: Asked) -> int:
    """The whole of it; the exit code is that of the first command that failed.

    Raises DockyardError, with nothing left, when the stage can't be set.
    """
    keep = False
    folder = Folder.of(project, asked.stack)
    with folder.alone():
        planned = _planned(project, folder, asked)
        try:
            code = go_through(_set_up(project, folder, asked, planned))
            keep = asked.keep
            if not folder.keeper:
                show.say("! What played the cloud was ended meanwhile: this day proves nothing.")
                code = code or DockyardError.exit_code
        except KeyboardInterrupt:
            show.say("Interrupted: the rehearsal is taken down.")
            code = EXIT_INTERRUPTED
        finally:
            if not keep:
                stop(folder)
    return code


def set_up(project: Project, asked: Asked) -> Rehearsal:
    """A rehearsal whose cloud is played, and empty; `stop` ends it."""
    folder = Folder.of(project, asked.stack)
    return _set_up(project, folder, asked, _planned(project, folder, asked))


@dataclass(frozen=True)
class _Planned:
    """What will be rehearsed; nothing of it is there yet."""

    document: dict[str, object]
    lab: LabSpec
    chosen: Sequence[Chosen]


def _planned(project: Project, folder: Folder, asked: Asked) -> _Planned:
    """Raises DockyardError for what can't be, before what an earlier rehearsal left is touched."""
    docker.demand_linux()
    if folder.keeper:
        raise folder.taken()
    document, lab = described(project, asked)
    hosts = [machine.host for machine in machines(lab)]
    faults_ = [chosen(words, lab.target, hosts, machines=asked.real) for words in asked.faults]
    refuse_twice(faults_)
    refuse_keyless(lab)
    if asked.real:
        docker.demand()
        docker.demand_inotify(len(hosts))
    return _Planned(document, lab, faults_)


def _set_up(project: Project, folder: Folder, asked: Asked, planned: _Planned) -> Rehearsal:
    sweep(folder)
    folder.make(project)
    folder.describe(planned.document)
    plan = Plan(asked.stack, planned.lab.target, parent=os.getpid())
    if asked.real and planned.lab.machines:
        plan = _with_machines(folder, plan, planned.lab, baked=asked.baked)
    folder.write_plan(plan)
    faults.put(folder, plan.cloud, planned.chosen)
    for one in planned.chosen:
        show.say(f"! {', '.join(one.hosts)}: {one.entry.title} ({one.entry.name})")
    _start_keeper(folder)
    show.say(f"Rehearsing {asked.stack}: {plan.cloud} is a stand-in, all is in {folder.path}.")
    return Rehearsal(folder, asked, planned.chosen)


def _with_machines(folder: Folder, plan: Plan, lab: LabSpec, *, baked: bool) -> Plan:
    found: dict[str, str] = {}
    for kind in lab.machines:
        system = images.system(kind.image)
        if system != kind.image:
            show.say(f"! {kind.image} is rehearsed on {system}, which can be built here.")
        found[kind.image] = images.ensure(system, show.say, baked=baked)
    first = next(iter(found.values()))
    resolver = docker.run(
        "run", "--rm", "--network", "bridge", "--entrypoint", "cat", first, "/etc/resolv.conf"
    )
    network = f"dockyard-{plan.stack}-{hashlib.sha256(bytes(folder.path)).hexdigest()[:8]}"
    block = docker.make_network(network, folder.path)
    usher = docker.usher(network, folder.path, first)
    return replace(
        plan, network=network, block=str(block), images=found, resolver=resolver + "\n", usher=usher
    )


def _start_keeper(folder: Folder) -> None:
    log = folder.path / "keeper.log"
    with log.open("ab") as out:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "rehearsal.stage.keeper", str(folder.path)],
            env={**nobodys(), "AWS_CONFIG_FILE": os.devnull},  # it reads boto3's own models
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    end = time.monotonic() + _SERVED_SECONDS
    while folder.served is None:
        if keeper.poll() is not None or time.monotonic() > end:
            keeper.kill()
            raise DockyardError("The stand-in cloud did not start.", f"It says why in {log}")
        time.sleep(0.05)


# --- the end ------------------------------------------------------------------------------------


def stop(folder: Folder) -> int:
    """Ends a rehearsal; how many machines were removed."""
    pid = folder.keeper
    if pid:
        _end(pid, lambda: not folder.keeper, _KEPT_SECONDS)
    plan = folder.path / "plan.json"
    if not plan.exists():  # cut off before its plan was whole
        count = _sweep(folder)
    else:
        count = docker.sweep(folder.path) if folder.plan().images else 0
    folder.tidy()
    return count


def end(folder: Folder) -> int:
    """The same of one that goes on in another terminal: it is told to take itself down."""
    pid = folder.rehearser
    if pid:
        show.say(f"{folder.stack} is in the middle of its day, which is ended first.")
        _end(pid, lambda: not folder.rehearser, _DAY_SECONDS)
    with folder.alone():
        return stop(folder)


def _end(pid: int, ended: Callable[[], bool], seconds: float) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + seconds
    while not ended() and time.monotonic() < until:
        time.sleep(0.05)
    if not ended():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def sweep(mine: Folder | None = None) -> None:
    """Machines of rehearsals that were killed: nobody keeps them any more. `mine` is one that
    this process has to itself.
    """
    try:
        owners: Sequence[str] = sorted(docker.owners())
    except (DockyardError, OSError):
        return  # no Docker, no machines
    for owner in owners:
        folder = Folder(Path(owner))
        if not may_look(folder.path):
            continue
        if folder.keeper or (folder != mine and folder.rehearser):
            continue
        count = docker.sweep(owner)
        if folder.path.exists():
            folder.tidy()
        show.say(f"Removed {show.count(count, 'machine')} of a rehearsal that was cut off.")


def _sweep(folder: Folder) -> int:
    try:
        return docker.sweep(folder.path)
    except (DockyardError, OSError):
        return 0  # no Docker, no machines
