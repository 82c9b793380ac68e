"""The folder of one rehearsal: a clone, states, a passphrase, the cloud's inventory, all its own.

The person's checkout, states, accounts and credentials are neither read nor written.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from dockyard import clock, yaml_file
from dockyard.files import write_whole
from dockyard.project import Project
from rehearsal.machines.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = "rehearsal"
"""what Google Cloud is told"""
_PARTS = ("Pulumi.yaml", "__main__.py", "Makefile", "pyproject.toml", "dockyard", "provision",
          "rights", "stacks", "tools", "vagrant", *(f"requirements{cloud}.txt" for cloud in
                                          ("", "-aws", "-azure", "-gcp")))  # fmt: skip
_NOT = shutil.ignore_patterns("__pycache__", "out", ".vagrant", ".dockyard")
_CREDENTIALS = ("AWS_", "ARM_", "AZURE_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "PULUMI_", "GIT_",
                "DOCKYARD_ALLOW")  # fmt: skip
"""variables that lead to an account, or to another stack"""


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
                shutil.copytree(source, target, ignore=_NOT, symlinks=True)
            elif source.exists():
                target.parent.mkdir(exist_ok=True)
                shutil.copyfile(source, target)
        (self.clone.root / ".venv").symlink_to(project.root / ".venv")
        write_whole(self.path / "passphrase", secrets.token_urlsafe(32) + "\n", 0o600)

    def describe(self, **changes: object) -> None:
        """Changes the description, in the private clone: a key is a place as `docker.source`."""
        path = self.clone.description(self.stack)
        document = yaml_file.read(path).data
        lab = document["config"]["dockyard:lab"]
        for place, value in changes.items():
            *parents, last = place.split(".")
            below = lab
            for parent in parents:
                below = below.setdefault(parent, {})
            below[last] = value
        write_whole(path, yaml.safe_dump(document, sort_keys=False))

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
        return {
            **(self.served or {}),
            clock.AHEAD: str(self.path / "clock"),
            "PULUMI_BACKEND_URL": f"file://{self.path / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.path / "passphrase"),
            "PULUMI_HOME": str(self.path / "pulumi"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "GIT_CEILING_DIRECTORIES": str(self.path),
        }

    def environment(self) -> dict[str, str]:
        """That of this process, without its credentials."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_CREDENTIALS)}
        return {**kept, **self.variables()}

    def forgotten(self) -> list[str]:
        """Variables of this shell that would lead elsewhere."""
        return sorted(name for name in os.environ if name.startswith(_CREDENTIALS))


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


def all_of(project: Project) -> list[Folder]:
    """The rehearsals of this clone that something is left of."""
    found = sorted((project.root / ".dockyard" / "rehearsal").glob("*/plan.json"))
    return [Folder(one.parent) for one in found if (one.parent / "clone").exists()]
