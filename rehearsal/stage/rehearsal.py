"""One rehearsal that goes on: what is typed in it, and what its cloud has."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dockyard import show
from dockyard.errors import Terminated
from rehearsal import clouds, serve
from rehearsal.faults import Fault
from rehearsal.machines import real
from rehearsal.stage import faults
from rehearsal.stage.folder import PROJECT, Folder

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from rehearsal.catalogue.entry import Chosen

_PROGRESS = re.compile(r"\s+\d+ s  ([\w-]+): (.*)")
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


def advance(folder: Folder, **duration: float) -> dt.datetime:
    """Moves the cloud's clock, and with it the trainer's; what time it then is."""
    inventory = serve.opened(folder.plan().cloud, folder.inventory)
    folder.set_clock(inventory.advance(**duration))
    now = inventory.now()
    inventory.close()
    return now


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
        advance(self.folder, **duration)

    def slow(self, seconds: float) -> None:
        """From now on the cloud takes so long for a machine."""
        cloud = self.folder.plan().cloud
        inventory = serve.opened(cloud, self.folder.inventory)
        inventory.plan(Fault("create", real.load(cloud).MACHINE, delay=seconds, times=0))
        inventory.close()

    def delete(self, host: str) -> None:
        faults.delete(self.folder, host)

    def engines(self) -> list[int]:
        """The processes of this rehearsal's engine that live."""
        found = []
        for pid in self.folder.processes():
            with suppress(OSError):  # it has just ended
                if Path(f"/proc/{pid}/comm").read_text().strip() == "pulumi":
                    found.append(pid)
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
        except KeyboardInterrupt as interrupt:
            # in a terminal the command heard of it, too, and ends in order
            if isinstance(interrupt, Terminated):
                process.terminate()
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

    def leftovers(self) -> list[str]:
        """What the cloud still has, by kind and name."""
        inventory = serve.opened(self.folder.plan().cloud, self.folder.inventory)
        try:
            return [f"{one.kind.rpartition(':')[2]} {one.name}" for one in inventory.all()]
        finally:
            inventory.close()

    def account(self) -> str:
        """By which name the rehearsed cloud's account is swept."""
        cloud = self.folder.plan().cloud
        name = {"aws": "account", "azure": "subscription"}.get(cloud, "")
        inventory = serve.opened(cloud, self.folder.inventory)
        try:
            setting = inventory.setting(name, clouds.load(cloud).settings.get(name))
            return str(setting) if name else PROJECT
        finally:
            inventory.close()
