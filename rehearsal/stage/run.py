"""Sets the stage for a rehearsal, and takes it down again, also one that was cut off."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dockyard import show
from dockyard.description import read
from dockyard.errors import EXIT_INTERRUPTED, DockyardError
from dockyard.seats import machines
from rehearsal.catalogue import chosen
from rehearsal.machines import docker, images
from rehearsal.stage import faults
from rehearsal.stage.day import go_through
from rehearsal.stage.folder import Folder, Plan
from rehearsal.stage.rehearsal import Asked, Rehearsal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockyard.project import Project
    from dockyard.spec import LabSpec

_SERVED_SECONDS = 60.0


def rehearse(project: Project, asked: Asked) -> int:
    """The whole of it; the exit code is that of the first command that failed.

    Raises DockyardError, with nothing left, when the stage can't be set.
    """
    keep = False
    folder = Folder.of(project, asked.stack)
    _refuse_second(folder)
    try:
        code = go_through(set_up(project, asked))
        keep = asked.keep
    except KeyboardInterrupt:
        show.say("Interrupted: the rehearsal is taken down.")
        code = EXIT_INTERRUPTED
    finally:
        if not keep:
            stop(folder)
    return code


def set_up(project: Project, asked: Asked) -> Rehearsal:
    """A rehearsal whose cloud is played, and empty; `stop` ends it."""
    if asked.real:
        docker.demand()
    sweep()
    folder = Folder.of(project, asked.stack)
    _refuse_second(folder)
    folder.make(project)
    rehearsal = Rehearsal(folder, asked)
    _set_stage(rehearsal)
    return rehearsal


def _refuse_second(folder: Folder) -> None:
    if folder.keeper:
        raise DockyardError(
            f"{folder.stack} is being rehearsed already.",
            f"Look: dockyard rehearse inventory {folder.stack}. "
            f"End it: dockyard rehearse stop {folder.stack}",
        )


def _set_stage(rehearsal: Rehearsal) -> None:
    folder, asked = rehearsal.folder, rehearsal.asked
    changes: dict[str, object] = dict(asked.changes)
    if asked.students is not None:
        changes["students"] = asked.students
    if asked.baked:
        changes["docker.source"] = "distribution"
    folder.describe(**changes)
    lab = read(folder.clone.description(asked.stack)).lab
    plan = Plan(asked.stack, lab.target, parent=os.getpid())
    if asked.real and lab.machines:
        plan = _with_machines(folder, plan, lab, baked=asked.baked)
    folder.write_plan(plan)
    hosts = [machine.host for machine in machines(lab)]
    rehearsal.chosen = [chosen(words, lab.target, hosts) for words in asked.faults]
    faults.put(folder, lab.target, rehearsal.chosen)
    for one in rehearsal.chosen:
        show.say(f"! {', '.join(one.hosts)}: {one.entry.title} ({one.entry.name})")
    _start_keeper(folder)
    show.say(f"Rehearsing {asked.stack}: {lab.target} is a stand-in, all is in {folder.path}.")


def _with_machines(folder: Folder, plan: Plan, lab: LabSpec, *, baked: bool) -> Plan:
    docker.demand_inotify(len(machines(lab)))
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
    return Plan(plan.stack, plan.cloud, network, str(block), found, resolver + "\n", plan.parent)


def _start_keeper(folder: Folder) -> None:
    log = folder.path / "keeper.log"
    with log.open("ab") as out:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "rehearsal.stage.keeper", str(folder.path)],
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
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + 15
        while folder.keeper and time.monotonic() < end:
            time.sleep(0.05)
        if folder.keeper:
            os.kill(pid, signal.SIGKILL)
    plan = folder.path / "plan.json"
    count = docker.sweep(folder.path) if plan.exists() and folder.plan().images else 0
    folder.tidy()
    return count


def sweep() -> None:
    """Machines of rehearsals that were killed: nobody keeps them any more."""
    try:
        owners: Sequence[str] = sorted(docker.owners())
    except (DockyardError, OSError):
        return  # no Docker, no machines
    for owner in owners:
        folder = Folder(Path(owner))
        if not folder.keeper:
            count = docker.sweep(owner)
            if folder.path.exists():
                folder.tidy()
            show.say(f"Removed {show.count(count, 'machine')} of a rehearsal that was cut off.")
