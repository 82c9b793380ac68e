"""The folder of one rehearsal: a clone, states, a passphrase, the cloud's inventory, all its own.

The person's checkout, states, accounts and credentials are neither read nor written.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from dockyard import clock
from dockyard.errors import DockyardError
from dockyard.files import write_whole
from dockyard.project import Project
from rehearsal.machines.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

PROJECT = "rehearsal"
"""what Google Cloud is told"""
_PARTS = ("Pulumi.yaml", "__main__.py", "Makefile", "pyproject.toml", "dockyard", "policy",
          "provision", "rights", "stacks", "tools", "vagrant",
          *(f"requirements{cloud}.txt" for cloud in ("", "-aws", "-azure", "-gcp")))  # fmt: skip
_NOT = shutil.ignore_patterns("__pycache__", "out", ".vagrant", ".dockyard")
_CREDENTIALS = ("AWS_", "ARM_", "AZURE_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "PULUMI_", "GIT_",
                "DOCKYARD_ALLOW")  # fmt: skip
"""variables that lead to an account, or to another stack"""
_PATIENCE = 0.5
"""seconds in which somebody looks, and goes on"""


@dataclass(frozen=True)
class Plan:
    """What the keeper must know. `images` by system; no machines: the cloud's interface alone."""

    stack: str
    cloud: str
    network: str = ""
    block: str = ""
    images: Mapping[str, str] | None = None
    resolver: str = ""
    parent: int = 0
    usher: str = ""


@dataclass(frozen=True)
class Folder:
    """One rehearsal's; there is one of a stack at a time."""

    path: Path

    @classmethod
    def of(cls, project: Project, stack: str) -> Folder:
        return cls(project.root / ".dockyard" / "rehearsal" / stack)

    @property
    def stack(self) -> str:
        return self.path.name

    @property
    def clone(self) -> Project:
        return Project(self.path / "clone")

    @property
    def inventory(self) -> Path:
        return self.path / "inventory"

    @property
    def journal(self) -> Journal:
        return Journal(self.path / "journal.jsonl")

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    # --- whose it is ----------------------------------------------------------------------------

    @property
    def _lock(self) -> Path:
        """Beside it, for the folder itself is made anew; in it is the process that has it."""
        return self.path.with_name(f"{self.stack}.lock")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else rehearses the stack, or sweeps it, meanwhile; also not when we are killed.

        Raises DockyardError when somebody does.
        """
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("a+", encoding="ascii") as lock:
            if not _taken(lock, _PATIENCE):
                raise self.taken()
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            yield

    def taken(self) -> DockyardError:
        return DockyardError(
            f"{self.stack} is being rehearsed already.",
            f"Look: dockyard rehearse inventory {self.stack}. "
            f"End it: dockyard rehearse stop {self.stack}",
        )

    @property
    def rehearser(self) -> int:
        """The process that rehearses, from its first moment to its last; 0: none."""
        if not self._lock.exists():
            return 0
        with self._lock.open("r", encoding="ascii") as lock:
            return 0 if _taken(lock, 0, fcntl.LOCK_SH) else int(lock.read() or 0)

    def processes(self) -> list[int]:
        """What was typed in this rehearsal, and lives."""
        mine = f"PULUMI_HOME={self.path / 'pulumi'}".encode()
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has just ended
                if mine in (place / "environ").read_bytes().split(b"\0"):
                    found.append(int(place.name))
        return found

    # --- made, and gone -------------------------------------------------------------------------

    def make(self, project: Project) -> None:
        """Fresh; what a rehearsal of before left is removed, but for the students' keys."""
        self.remove()
        (self.path / "state").mkdir(parents=True, mode=0o700)
        self.path.chmod(0o700)
        self.inventory.mkdir()
        self.set_clock(0.0)
        for name in _PARTS:
            source, target = project.root / name, self.clone.root / name
            if source.is_dir():
                _copy(source, target)
            elif source.exists():
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(source, target)
        (self.clone.root / ".venv").symlink_to(project.root / ".venv")
        write_whole(self.path / "passphrase", secrets.token_urlsafe(32) + "\n", 0o600)

    def describe(self, document: object) -> None:
        """Puts another description into the private clone."""
        path = self.clone.description(self.stack)
        write_whole(path, yaml.safe_dump(document, sort_keys=False, allow_unicode=True))

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def tidy(self) -> None:
        """What nobody needs once the machines are gone; the report and its sources stay."""
        for name in ("clone", "state", "pulumi", "machines", "inventory", "passphrase", "kept",
                     "clock", "keeper.json", "served.json"):  # fmt: skip
            place = self.path / name
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)

    def set_clock(self, ahead: float) -> None:
        """By how many seconds the trainer's clock, too, goes ahead of this computer's."""
        write_whole(self.path / "clock", f"{ahead}\n")

    # --- the keeper -----------------------------------------------------------------------------

    def write_plan(self, plan: Plan) -> None:
        write_whole(self.path / "plan.json", json.dumps(asdict(plan)))

    def plan(self) -> Plan:
        return Plan(**json.loads((self.path / "plan.json").read_text("utf-8")))

    @property
    def served(self) -> dict[str, str] | None:
        """What the engine must be told; None: nothing is served."""
        file = self.path / "served.json"
        found: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
        return found or None

    @property
    def keeper(self) -> int:
        """The process that plays the cloud; 0: there is none (any more)."""
        file = self.path / "keeper.json"
        if not file.exists():
            return 0
        found = json.loads(file.read_text("utf-8"))
        return int(found["pid"]) if started(found["pid"]) == found["started"] else 0

    def write_keeper(self, pid: int) -> None:
        write_whole(self.path / "keeper.json", json.dumps({"pid": pid, "started": started(pid)}))

    @property
    def kept(self) -> bool:
        return (self.path / "kept").exists()

    def keep(self) -> None:
        (self.path / "kept").touch()

    # --- what is typed against it ---------------------------------------------------------------

    def variables(self) -> dict[str, str]:
        """What a shell needs for `pulumi` and `dockyard` to speak with the rehearsal."""
        here = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1", "localhost")))
        return {
            **(self.served or {}),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), here),
            clock.AHEAD: str(self.path / "clock"),
            "PULUMI_BACKEND_URL": f"file://{self.path / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.path / "passphrase"),
            "PULUMI_HOME": str(self.path / "pulumi"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "GIT_CEILING_DIRECTORIES": str(self.path),
        }

    def environment(self) -> dict[str, str]:
        """That of this process, without its credentials."""
        return {**nobodys(), **self.variables()}

    def forgotten(self) -> list[str]:
        """Variables of this shell that would lead elsewhere."""
        return sorted(name for name in os.environ if name.startswith(_CREDENTIALS))


def nobodys() -> dict[str, str]:
    """The variables of this process, without those that lead to an account."""
    return {k: v for k, v in os.environ.items() if not k.startswith(_CREDENTIALS)}


def _taken(lock: TextIO, seconds: float, how: int = fcntl.LOCK_EX) -> bool:
    """Takes a lock, if it is let go in time."""
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(_PATIENCE / 10)
        else:
            return True


def _copy(source: Path, target: Path) -> None:
    """Raises OSError with the first thing that went wrong: no room, for one."""
    try:
        shutil.copytree(source, target, ignore=_NOT, symlinks=True)
    except shutil.Error as error:
        _, place, why = error.args[0][0]
        # it has no number of its own, and says it as text: [Errno 28] No space left: 'a' -> 'b'
        raise OSError(None, str(why).rpartition("] ")[2].partition(":")[0], place) from None


def started(pid: int) -> str:
    """When a process began, in the kernel's own count: with it a number means one process.

    Empty for one that is gone; or that ended, and whose parent has not looked yet.
    """
    try:
        told = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return ""
    state, *rest = told.rpartition(")")[2].split()
    return "" if state == "Z" else rest[18]


def person(project: Project) -> Project:
    """The person's own clone, also for who stands in a rehearsal's, as its shell does."""
    folder = Folder(project.root.parent)
    if len(project.root.parents) > 3:  # noqa: PLR2004 - CLONE/.dockyard/rehearsal/STACK/clone
        own = Project(project.root.parents[3])
        if Folder.of(own, folder.stack).clone == project:
            return own
    return project


def all_of(project: Project) -> list[Folder]:
    """The rehearsals of this clone that something is left of."""
    found = sorted((project.root / ".dockyard" / "rehearsal").glob("*/clone"))
    return [Folder(one.parent) for one in found]


def may_look(path: Path) -> bool:
    """Whether it is this account's to look at; what is gone is."""
    try:
        path.joinpath("plan.json").exists()
    except PermissionError:
        return False
    return True


def of_others(project: Project) -> list[str]:
    """Those of this clone that this account may not look into."""
    found = (project.root / ".dockyard" / "rehearsal").glob("*/")
    return sorted(one.name for one in found if not may_look(one))
