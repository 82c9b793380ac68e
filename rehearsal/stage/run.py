"""The straight line through a lab's day: made, waited for, verified, looked at, taken down."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dockyard import show
from dockyard.description import read
from dockyard.errors import EXIT_INTERRUPTED, DockyardError, LeftoverError
from dockyard.seats import machines
from rehearsal import clouds, serve
from rehearsal.catalogue import chosen
from rehearsal.machines import docker, images
from rehearsal.report import page, timeline
from rehearsal.stage import faults
from rehearsal.stage.folder import PROJECT, Folder, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dockyard.project import Project
    from dockyard.spec import LabSpec
    from rehearsal.catalogue.entry import Chosen

EMPTY = "The rehearsed cloud was read back: it has nothing left."
_PROGRESS = re.compile(r"\s+\d+ s  ([\w-]+): (.*)")
_SERVED_SECONDS = 60.0
_KILLED = 128
"""and the signal's number: what a shell says of a killed command"""


@dataclass(frozen=True)
class Asked:
    """What a person asked for. `changes` of the description, by place."""

    stack: str
    students: int | None = None
    keep: bool = False
    minutes: float = 15.0
    baked: bool = False
    real: bool = True
    changes: Mapping[str, object] = field(default_factory=dict)
    faults: Sequence[str] = ()


When = tuple[str, "Callable[[subprocess.Popen[str]], object]"]
"""Words that are waited for in what is said, and what then happens, once."""


@dataclass
class Rehearsal:
    """One rehearsal that goes on. `codes` are the exit codes of what was typed, in order."""

    folder: Folder
    asked: Asked
    chosen: Sequence[Chosen] = ()
    codes: list[int] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)
    """variables that the trainer's shell has now"""

    @property
    def stack(self) -> str:
        return self.asked.stack

    @property
    def minutes(self) -> str:
        """How long `up` waits for machines; there may be none."""
        return f"{self.asked.minutes:g}" if self.folder.plan().images else "0"

    def advance(self, **duration: float) -> None:
        """Moves the cloud's clock."""
        inventory = serve.opened(self.folder.plan().cloud, self.folder.inventory)
        inventory.advance(**duration)
        inventory.close()

    def delete(self, host: str) -> None:
        faults.delete(self.folder, host)

    def engines(self) -> list[int]:
        """The processes of this rehearsal's engine that live."""
        mine = f"PULUMI_HOME={self.folder.variables()['PULUMI_HOME']}".encode()
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if (place / "comm").read_text().strip() == "pulumi" and mine in (
                    place / "environ"
                ).read_bytes().split(b"\0"):
                    found.append(int(place.name))
            except OSError:
                continue  # it has just ended
        return found

    def type(self, *words: str, when: When | None = None) -> int:
        """Types `dockyard WORD…` as the trainer would; each line it says is in the journal."""
        show.say(f"$ dockyard {' '.join(words)}")
        self.folder.journal.add("typed", more=" ".join(words))
        process = subprocess.Popen(
            [sys.executable, "-m", "dockyard.cli", *words],
            cwd=self.folder.clone.root,
            env={**self.folder.environment(), **self.more, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            for line in process.stdout:
                self._heard(line.rstrip("\n"))
                if when and when[0] in line:
                    act, when = when[1], None
                    act(process)
        except KeyboardInterrupt:
            # in a terminal the command heard of it, too, and ends in order
            for line in process.stdout:
                self._heard(line.rstrip("\n"))
            process.wait()
            raise
        code = process.wait()
        code = code if code >= 0 else _KILLED - code
        self.codes.append(code)
        self.folder.journal.add("ended", more=f"{words[0]} {code}")
        return code

    def _heard(self, line: str) -> None:
        show.say(f"  {line}")
        found = _PROGRESS.fullmatch(line)
        if found:
            self.folder.journal.add("seen", found[1], found[2])
        else:
            self.folder.journal.add("said", more=line)


def rehearse(project: Project, asked: Asked) -> int:
    """The whole of it; the exit code is that of the first command that failed.

    Raises DockyardError, with nothing left, when the stage can't be set.
    """
    if asked.real:
        docker.demand()
    sweep()
    folder = Folder.of(project, asked.stack)
    _refuse_second(folder)
    folder.make(project)
    rehearsal = Rehearsal(folder, asked)
    try:
        _set_stage(rehearsal)
        return _day(rehearsal)
    except KeyboardInterrupt:
        show.say("Interrupted: the rehearsal is taken down.")
        asked = rehearsal.asked = Asked(asked.stack)
        return EXIT_INTERRUPTED
    finally:
        if not asked.keep:
            stop(folder)


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


def _day(rehearsal: Rehearsal) -> int:
    stack, real = rehearsal.stack, bool(rehearsal.folder.plan().images)
    _make(rehearsal)
    if real:
        for sentence in faults.after(rehearsal.folder, rehearsal.chosen):
            show.say(f"! {sentence}")
        rehearsal.type("check", stack)
        rehearsal.type("check", stack, "--full")
        rehearsal.type("status", stack)
    marks = _marks(rehearsal) if real else {}
    left: list[str] = []
    if rehearsal.asked.keep:
        rehearsal.folder.keep()
        _say_kept(stack)
    else:
        left = _take_down(rehearsal)
    _report(rehearsal, marks, left)
    return next((code for code in rehearsal.codes if code), 0)


def _make(rehearsal: Rehearsal) -> None:
    """`up`, with what happens around it; and once more where that is the remedy."""
    up = ("up", rehearsal.stack, "--yes", "--wait", rehearsal.minutes)
    acts = [one for one in rehearsal.chosen if one.entry.acts]
    for one in acts:
        assert one.entry.acts is not None  # noqa: S101 - those were chosen
        one.entry.acts(rehearsal, one)
    if not acts:
        rehearsal.type(*up)
    if any(rehearsal.codes) and any(one.entry.again for one in rehearsal.chosen):
        rehearsal.type(*up)


def _marks(rehearsal: Rehearsal) -> dict[str, dict[str, object]]:
    """What each machine says of itself, asked once more for the report."""
    done = subprocess.run(
        [sys.executable, "-m", "dockyard.cli", "status", rehearsal.stack, "--json"],
        cwd=rehearsal.folder.clone.root,
        env={**rehearsal.folder.environment(), **rehearsal.more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, dict[str, object]] = json.loads(done.stdout or "{}").get("marks") or {}
    return found


def _report(rehearsal: Rehearsal, marks: dict[str, dict[str, object]], left: Sequence[str]) -> None:
    folder = rehearsal.folder
    events = list(folder.journal.read())
    lab = read(folder.clone.description(rehearsal.stack), ended=True).lab
    real = bool(folder.plan().images)
    hosts = [machine.host for machine in machines(lab)] if real else []
    day = timeline.Day(
        stack=rehearsal.stack,
        cloud=lab.target,
        began=events[0].at,
        seconds=time.time() - events[0].at,
        seats=timeline.seats(events, hosts, marks),
        commands=timeline.commands(events),
        faults=tuple(f"{', '.join(one.hosts)}: {one.entry.title}" for one in rehearsal.chosen),
        left=tuple(left),
    )
    page.write(day, folder.report)
    show.say(f"Report: {folder.report}")


def _take_down(rehearsal: Rehearsal) -> list[str]:
    """`down`, and what the cloud then has; a cloud that refused it is asked again when well."""
    down = ("down", rehearsal.stack, "--yes")
    code = rehearsal.type(*down)
    if code and any(one.entry.down for one in rehearsal.chosen):
        show.say("! The cloud is well again.")
        faults.calm(rehearsal.folder)
        rehearsal.type(*down)
    left = leftovers(rehearsal.folder)
    if left:
        show.say(f"! {len(left)} left in the cloud: {', '.join(left)}. What has no state is swept.")
        plan = rehearsal.folder.plan()
        sweep_ = ("sweep", "--cloud", plan.cloud, "--yes", "--confirm", account(rehearsal.folder))
        rehearsal.type(*sweep_)
        left = leftovers(rehearsal.folder)
    if left:
        show.say(str(LeftoverError(f"{len(left)} left in the cloud: {', '.join(left)}")))
        rehearsal.codes.append(LeftoverError.exit_code)
    else:
        show.say(EMPTY)
    return left


def _say_kept(stack: str) -> None:
    show.say("It stays. In this shell, `dockyard` and `pulumi` speak with it after:")
    show.say(f'  eval "$(dockyard rehearse env {stack})"')
    show.say(f"End it: dockyard rehearse stop {stack}")


def leftovers(folder: Folder) -> list[str]:
    """What the cloud still has, by kind and name."""
    plan = folder.plan()
    inventory = serve.opened(plan.cloud, folder.inventory)
    try:
        return [f"{one.kind.rpartition(':')[2]} {one.name}" for one in inventory.all()]
    finally:
        inventory.close()


def account(folder: Folder) -> str:
    """By which name the rehearsed cloud's account is swept."""
    plan = folder.plan()
    inventory = serve.opened(plan.cloud, folder.inventory)
    settings = clouds.load(plan.cloud).settings
    name = {"aws": "account", "azure": "subscription"}.get(plan.cloud, "")
    try:
        return str(inventory.setting(name, settings[name])) if name else PROJECT
    finally:
        inventory.close()


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
