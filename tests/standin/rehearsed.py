"""A clone in which a person types `dockyard rehearse`."""

import json
import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dockyard.engine import bring
from dockyard.project import Project
from rehearsal import catalogue
from rehearsal.catalogue.entry import NOTHING
from rehearsal.machines import docker
from rehearsal.stage.day import EMPTY
from rehearsal.stage.folder import Folder
from standin.built import run
from standin.served import Mirror
from standin.stack_clone import ROOT, Said, StackClone


@dataclass(frozen=True)
class Rehearsed:
    """`docker` are the `--set` of a description that installs from the tests' own mirror."""

    clone: StackClone
    docker: tuple[str, ...]

    @classmethod
    def make(cls, folder: Path, mirror: Mirror | None = None) -> "Rehearsed":
        made = StackClone.make(folder, bring.ensure(Project(ROOT)), {})
        key = made.home / ".ssh" / "id_ed25519"
        key.with_suffix(".pub").unlink()
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
        fields = mirror.docker() if mirror else {}
        sets = tuple(w for name, v in fields.items() for w in ("--set", f"docker.{name}={v}"))
        return cls(made, sets)

    @classmethod
    @contextmanager
    def staying(
        cls, folder: Path, stack: str, *words: str, mirror: Mirror | None = None
    ) -> "Iterator[Rehearsed]":
        """A rehearsal of two students that stays; then it is stopped, and no machine is left."""
        made = cls.make(folder, mirror)
        made.type(stack, "--students", "2", "--keep", *words, *made.docker)
        yield made
        made.type("stop")
        assert docker.machines(made.folder(stack).path) == []

    def folder(self, stack: str) -> Folder:
        return Folder.of(Project(self.clone.root), stack)

    def type(self, *words: str, code: int = 0) -> str:
        """Types `dockyard rehearse WORD…`."""
        return self.clone.dockyard("rehearse", *words, code=code).out

    def proves(self, name: str, target: str) -> None:
        """A fault at the second seat, without machines: what the catalogue says of it is so: what
        is read, the exit code, what is left after `down` and named; that the same helps, typed
        again, where it is said to; in the end there is nothing.
        """
        entry = catalogue.ALL[name]
        words = (f"{target}-lab", "--students", "3", "--no-machines", "--fault", f"{name}@seat02")
        said = self.type(*words, code=entry.code)
        assert entry.seen(target).replace("{host}", "seat02-node1") in said
        leaves = entry.left != NOTHING
        assert (re.search(r"\d+ things? left:", said) is not None) is (leaves and entry.down)
        assert (" left in the cloud: " in said) is (leaves and not entry.down)
        assert EMPTY in said
        if entry.again:
            report = self.folder(f"{target}-lab").report.with_suffix(".json")
            typed = json.loads(report.read_text("utf-8"))["commands"]
            assert [one["code"] for one in typed if one["words"].startswith("up ")][-1] == 0

    def inside(self, stack: str, command: str, seconds: float = 240) -> Said:
        """A line typed in a shell that speaks with the rehearsal."""
        told = self.type("env", stack)
        done = subprocess.run(
            ["sh", "-c", f"{told}\n{command}"], cwd=self.clone.root, env=self.clone.environment,
            text=True, timeout=seconds, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        print(f"$ {command}\n{done.stdout}")  # noqa: T201 - for the message of a failed test
        return Said(done.returncode, done.stdout)

    def machine(self, stack: str, host: str) -> str:
        """The container of a machine."""
        return "".join(docker.machines(self.folder(stack).path, host))


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Waits; fails when it is not so in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


def dockyard(python: str) -> str:
    """The command, as a word of a shell."""
    return f"{shlex.quote(python)} -m dockyard.cli"


def without(tool: str, folder: Path) -> str:
    """A PATH on which a tool is not, and everything else is."""
    for place in os.environ["PATH"].split(os.pathsep):
        for path in Path(place).glob("*"):
            link = folder / path.name
            if path.name != tool and not link.exists():
                link.symlink_to(path)
    return str(folder)
