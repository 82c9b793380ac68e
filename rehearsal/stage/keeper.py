"""The process that plays the cloud for one rehearsal, until it is told to end.

It ends by itself, and takes the machines along, when who started it is gone and did not say that
the rehearsal stays.
"""

from __future__ import annotations

import ipaddress
import json
import os
import signal
import sys
import threading
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dockyard.files import write_whole
from rehearsal import clouds, http, operations, serve
from rehearsal.http.server import serving
from rehearsal.machines import docker
from rehearsal.machines.acts import Acts
from rehearsal.machines.bound import Bound
from rehearsal.machines.machine import Place
from rehearsal.machines.power import Watch
from rehearsal.stage.faults import HOST_ACTS
from rehearsal.stage.folder import PROJECT, Folder, started

if TYPE_CHECKING:
    from rehearsal.scene import Hooks
    from rehearsal.stage.folder import Plan

_LOOK = 0.5
"""seconds between looks at what is due"""


def keep(folder: Folder) -> None:
    plan = folder.plan()
    parent = started(plan.parent)  # empty when it is gone already
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    folder.write_keeper(os.getpid())
    bound = _bound(folder, plan) if plan.images else None
    hooks: Hooks = bound or serve.Documentation()
    with (
        serve.running(plan.cloud, folder=folder.inventory, hooks=hooks) as served,
        ExitStack() as beside,
    ):
        if bound:
            bound.inventory = served.inventory[plan.cloud]
            beside.callback(Watch(bound).end)
            Acts(bound, served.desks[plan.cloud], folder.path / HOST_ACTS)
            face = http.metadata_face(plan.cloud, bound.inventory)
            if face:
                where = beside.enter_context(serving(face, address=_gateway(plan)))
                bound.place = replace(bound.place, metadata=where.removeprefix("http://"))
        told = {**served.environment, **_identity(plan)}
        write_whole(folder.path / "served.json", json.dumps(told))
        while not ended.wait(_LOOK):
            operations.end_what_is_due(clouds.load(plan.cloud), served.inventory[plan.cloud], hooks)
            if not folder.kept and (not parent or started(plan.parent) != parent):
                break
    if not ended.is_set():
        _clear(folder, plan)


def _clear(folder: Folder, plan: Plan) -> None:
    """Who started it is gone; what that one typed goes on, and would write where nothing is."""
    for pid in folder.processes():
        if pid not in (os.getpid(), os.getppid()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    if plan.images:
        docker.sweep(folder.path)
    folder.tidy()


def _bound(folder: Folder, plan: Plan) -> Bound:
    place = Place(folder.path, plan.network, plan.resolver, plan.usher)
    block = ipaddress.IPv4Network(plan.block)
    return Bound(plan.cloud, place, block, plan.images or {}, folder.journal)


def _identity(plan: Plan) -> dict[str, str]:
    """Who the trainer is in the rehearsed cloud: nobody anywhere else."""
    gateway = _gateway(plan) if plan.block else "203.0.113.7"
    return {"DOCKYARD_ADDRESS": gateway, "GOOGLE_PROJECT": PROJECT}


def _gateway(plan: Plan) -> str:
    """The address of this computer on the machines' network."""
    return str(ipaddress.IPv4Network(plan.block)[1])


def main(path: str) -> int:
    keep(Folder(Path(path)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
