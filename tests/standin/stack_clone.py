"""A clone in which a person types `pulumi` and `dockyard` against the stand-in clouds."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from dockyard.engine.cli import Engine
from standin.built import run

ROOT = Path(__file__).parents[2]
PARTS = (
    *(
        "Pulumi.yaml",
        "__main__.py",
        ".gitignore",
        "Makefile",
        "pyproject.toml",
        "requirements*.txt",
    ),
    *("dockyard", "policy", "provision", "rights", "stacks", "tools", "vagrant"),
)
SECONDS = 480
"""for a command of a second, on a computer that is busy with much else"""
REHEARSAL_SECONDS = 540
"""of a whole day with machines that never get ready"""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBuEV0PGQlnu7H9Cb7rxMCcR0Dm0vAYBB6iLAqCpTz6k trainer\n"
ADDRESS = "203.0.113.7"


@dataclass(frozen=True)
class Said:
    """What a command printed, in order, and its exit code."""

    code: int
    out: str


@dataclass(frozen=True)
class StackClone:
    """`root` is the clone, `home` the person's own folder."""

    root: Path
    home: Path
    environment: Mapping[str, str] = field(repr=False)

    @classmethod
    def make(cls, folder: Path, engine: Engine, clouds: Mapping[str, str]) -> "StackClone":
        """A fresh clone of what is tracked here, and what is not committed yet."""
        root, home = folder / "clone", folder / "home"
        listed = run("git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", *PARTS)
        for name in filter(None, listed.stdout.splitlines()):
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes((ROOT / name).read_bytes())
        (root / ".venv").symlink_to(ROOT / ".venv")
        (home / ".ssh").mkdir(parents=True)
        (home / ".ssh" / "id_ed25519.pub").write_text(KEY)
        (folder / "state").mkdir()
        path = os.pathsep.join([*map(str, engine.folders), str(engine.command.parent), _PATH])
        environment = {
            **clouds,
            "PATH": path,
            "HOME": str(home),
            "PULUMI_HOME": str(home / ".pulumi"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "of the tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_ERROR_OUTPUT_STRING": "1",
            "GOOGLE_PROJECT": "course",
            "DOCKYARD_ADDRESS": ADDRESS,
        }
        clone = cls(root, home, environment)
        clone.git("init", "-q")
        clone.git("add", "-A", "-f")
        clone.git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "all")
        return clone

    def anew(self, clouds: Mapping[str, str]) -> "StackClone":
        """The same clone as if fresh, with nothing kept and no state, before other clouds."""
        self.git("checkout", "-q", "-f", "--", ".")
        for kept in (self.root / ".dockyard", self.home / ".config", self.root.parent / "state"):
            shutil.rmtree(kept, ignore_errors=True)
        (self.root.parent / "state").mkdir()
        return replace(self, environment={**self.environment, **clouds})

    def git(self, *words: str) -> str:
        return run("git", "-C", str(self.root), *words).stdout

    def pulumi(self, *words: str, code: int | None = 0, **more: str) -> Said:
        """Types `pulumi WORD…`; fails when the exit code is another."""
        return self._type("pulumi", "--non-interactive", *words, code=code, **more)

    def dockyard(self, *words: str, code: int | None = 0, **more: str) -> Said:
        """Types `dockyard WORD…`; its backend and passphrase are those of `pulumi` here."""
        return self._type(sys.executable, "-m", "dockyard.cli", *words, code=code, **more)

    def _type(self, *words: str, code: int | None, **more: str) -> Said:
        done = subprocess.run(
            words, cwd=self.root, env={**self.environment, **more}, text=True,
            timeout=REHEARSAL_SECONDS if "rehearse" in words else SECONDS,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        sys.stdout.write(f"$ {shlex.join(words)}\n{done.stdout}\n")
        if code is not None:  # None: whatever it is
            assert done.returncode == code, done.stdout
        assert "Traceback" not in done.stdout
        return Said(done.returncode, done.stdout)

    def up(self, stack: str, **more: str) -> dict[str, int]:
        """`pulumi up`; how many resources were created, updated, replaced or deleted."""
        return self._changes("up", "--yes", "--skip-preview", "-s", stack, **more)

    def destroy(self, stack: str) -> dict[str, int]:
        return self._changes("destroy", "--yes", "--skip-preview", "-s", stack)

    def _changes(self, *words: str, **more: str) -> dict[str, int]:
        self.pulumi(*words, "--suppress-outputs", "--suppress-progress", **more)
        history = self.pulumi("stack", "history", "--json", "--page-size", "1", "-s", words[-1])
        changes: dict[str, int] = json.loads(history.out)[0].get("resourceChanges", {})
        # `read` is the stack's look at what it said before
        return {kind: n for kind, n in changes.items() if kind not in ("same", "read")}

    def lab(self, stack: str) -> dict[str, Any]:
        """The exported `lab`."""
        found: dict[str, Any] = json.loads(
            self.pulumi("stack", "output", "lab", "--json", "-s", stack).out
        )
        return found

    def state(self, stack: str) -> dict[str, Any]:
        """The stack's state as the engine keeps it, secrets encrypted."""
        found: dict[str, Any] = json.loads(self.pulumi("stack", "export", "-s", stack).out)
        return found

    def describe(self, stack: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Edits the description of a stack as a person would."""
        path = self.root / "stacks" / f"Pulumi.{stack}.yaml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(document["config"]["dockyard:lab"])
        path.write_text(yaml.safe_dump(document), encoding="utf-8")


_PATH = os.environ.get("PATH", os.defpath)
