"""python-vagrant, mended where it is broken (research: version 1.0.0, dormant since 2023).

- it hides what Vagrant says: here all output goes to a log, and a failure carries its end;
- `env=` replaces the environment: here it is added to it;
- `status` breaks on lines with commas in them, `conf()` merges all machines into one;
- a killed caller broke Vagrant's pipe in the middle of its work: here Vagrant writes to
  the log file itself, and we read along.
"""

import logging
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockyard import show
from dockyard.errors import DockyardError, HostError, Terminated

# at its import it says on stderr that there is no Vagrant; we say it, when it is wanted
logging.getLogger("vagrant").addHandler(logging.NullHandler())

import vagrant  # noqa: E402

_END = 25


class VagrantError(DockyardError):
    """Vagrant failed; the message is what it said last, in its own words."""


@dataclass(frozen=True)
class Status:
    """Vagrant's own words: `running`, `stopped`, `not_created`…"""

    state: str
    provider: str


class BusyError(VagrantError):
    """Another Vagrant is at work on these machines."""


class Driver(vagrant.Vagrant):
    """Vagrant in one folder, with one description."""

    patience = 600.0
    """Seconds for another Vagrant to end, as one whose `dockyard` was killed."""

    def __init__(self, folder: Path, env: Mapping[str, str], log: Path) -> None:
        super().__init__(root=str(folder), env={**os.environ, **env})
        self.log = log

    def _make_vagrant_command(self, args: Sequence[str | None]) -> list[str]:
        try:
            made: list[str] = super()._make_vagrant_command(args)
        except RuntimeError:
            raise HostError(
                "Vagrant is not installed.", "Type `dockyard doctor --fix`, or `make lab`."
            ) from None
        return made

    def _run_vagrant_command(self, args: Sequence[str | None]) -> str:
        command = self._make_vagrant_command(args)
        done = subprocess.run(
            command, cwd=self.root, env=self.env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise self._failed(command, done.stdout + done.stderr)
        return done.stdout

    def follow(self, args: Sequence[str | None], seen: Callable[[str], None]) -> None:
        """Runs a command, after any other Vagrant that is at work on these machines.

        Its lines are seen too: both write to the log.
        """
        deadline = time.monotonic() + self.patience
        told = False
        while True:
            try:
                self._follow(args, seen)
            except BusyError:
                if time.monotonic() > deadline:
                    raise
                if not told:
                    show.say("Another `vagrant` is at work on these machines; waiting for it.")
                told = True
                time.sleep(2)
            else:
                return

    def _follow(self, args: Sequence[str | None], seen: Callable[[str], None]) -> None:
        """Runs a command; `seen` gets every line that it writes to the log.

        Raises VagrantError when it fails. Ctrl-C reaches Vagrant too, which stops in order;
        a second one ends it.
        """
        command = self._make_vagrant_command(args)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as out:
            process = subprocess.Popen(
                command, cwd=self.root, env=self.env, stdout=out, stderr=subprocess.STDOUT
            )
        try:
            for line in _lines(self.log, start, process):
                seen(line)
        except KeyboardInterrupt as interrupt:
            if isinstance(interrupt, Terminated):
                process.send_signal(signal.SIGINT)
            _let_end(process)
            raise
        if process.returncode:
            with self.log.open("rb") as file:
                file.seek(start)
                said = file.read().decode("utf-8", "replace")
            raise self._failed(command, said)

    def _failed(self, command: Sequence[str], said: str) -> VagrantError:
        hint = f"All that Vagrant said: {self.log}"
        lines = [line.strip() for line in said.replace("\r", "\n").splitlines() if line.strip()]
        if any("already executing" in line for line in lines):
            return BusyError(
                "Another `vagrant` is at work on these machines; let it end, then type this again.",
                hint,
            )
        failed = f"`{' '.join(command)}` failed"
        if not lines:
            return VagrantError(f"{failed} without a word. Is there room? {self._room()}", hint)
        shown = "\n".join(f"  | {line}" for line in lines[-_END:])
        return VagrantError(f"{failed}. It said last:\n{shown}", hint)

    def _room(self) -> str:
        """On the disk of the log: a full one takes no word of Vagrant's."""
        folder = self.log.parent
        return f"{shutil.disk_usage(folder).free // 1_000_000} MB are free in {folder}"

    def states(self) -> dict[str, Status]:
        """Every machine of the description, and every one that Vagrant still has."""
        found: dict[str, dict[str, str]] = {}
        for line in self._run_vagrant_command(["status", "--machine-readable"]).splitlines():
            fields = line.split(",")
            if len(fields) >= 4 and fields[1]:  # noqa: PLR2004 - time, machine, kind, value
                found.setdefault(fields[1], {})[fields[2]] = _decoded(fields[3])
        return {
            name: Status(facts["state"], facts.get("provider-name", ""))
            for name, facts in found.items()
            if "state" in facts
        }

    def ssh_configs(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """How Vagrant reaches each of the running machines named."""
        text = self._run_vagrant_command(["ssh-config", *names])
        blocks = text.split("Host ")[1:]
        return {block.split(maxsplit=1)[0]: self._parse_config("Host " + block) for block in blocks}


def _lines(log: Path, start: int, process: "subprocess.Popen[bytes]") -> Iterator[str]:
    """Lines of the log from `start` on, until the process has ended and all is read."""
    with log.open("rb") as file:
        file.seek(start)
        rest = b""
        while True:
            ended = process.poll() is not None
            *whole, rest = (rest + file.read()).replace(b"\r", b"\n").split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in whole)
            if ended:
                return
            time.sleep(0.1)


def _let_end(process: "subprocess.Popen[bytes]") -> None:
    """Vagrant ends in order, which may take as long as its step; a second Ctrl-C kills it."""
    show.say("Waiting for Vagrant to end its step; Ctrl-C again kills it.")
    try:
        process.wait()
    except KeyboardInterrupt:
        process.kill()
        process.wait()


def _decoded(value: str) -> str:
    return value.replace("%!(VAGRANT_COMMA)", ",").replace("\\n", "\n")
