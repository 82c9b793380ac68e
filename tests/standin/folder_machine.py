"""A machine made of folders: provision/ runs in it, in three shells, with only what it is given.

PATH holds stubs and a few named tools, so that nothing of this computer leaks in. What runs
is what a machine is given: the packed files, without comments and indentation.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHELLS = {"dash": ["dash"], "busybox": ["busybox", "sh"], "bash": ["bash", "--posix"]}
TOOLS = (
    *("awk", "base64", "cat", "chmod", "cmp", "cp", "cut", "date", "dirname", "find", "flock"),
    *("grep", "gzip", "head", "ln", "ls", "mkdir", "mktemp", "mv", "od", "readlink", "rm", "sed"),
    *("sha1sum", "sha256sum", "sort", "tail", "touch", "tr", "uniq", "wc", "xargs"),
)
STUB = """#!/bin/sh
echo "{name}${{*:+ $*}}" >>{calls}
{body}
"""
OS_RELEASE = """\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
"""


@dataclass
class Done:
    """How a run ended."""

    code: int
    out: str
    err: str
    calls: list[str]


@dataclass
class FolderMachine:
    """Folders that stand for a machine, and the stubs on its PATH."""

    folder: Path
    shell: list[str]
    here: Path
    settings: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def state(self) -> Path:
        return self.root / "var/lib/dockyard"

    def stub(self, name: str, body: str = "") -> None:
        """A command that only writes down how it was called, then runs `body`."""
        path = self.folder / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text(STUB.format(name=name, calls=self.folder / "calls", body=body))
        path.chmod(0o755)

    def file(self, path: str, text: str = "") -> Path:
        """A file of the machine."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def text(self, path: str) -> str:
        return (self.root / path.lstrip("/")).read_text(encoding="utf-8")

    def mark(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text("var/lib/dockyard/result.json"))
        return found

    def write_settings(self) -> Path:
        lines = "".join(f"{key}={value}\n" for key, value in sorted(self.settings.items()))
        path = self.folder / "settings"
        path.write_text(lines, encoding="utf-8")
        return path

    def call(self, code: str) -> Done:
        """Shell code after main.sh was sourced and the settings were read, as a step sees it."""
        setup = (
            f"DOCKYARD_MAIN=noop; HERE={self.here}; . {self.here}/main.sh; find_system; "
            f"identify {self.write_settings()}; read_settings {self.folder}/settings; "
            f"MARKING=yes MODE=\nmkdir -p $STATE\n"
        )
        return self.run(["-c", self._functions() + setup + code])

    def main(self, *options: str) -> Done:
        """The entry, as a machine runs it."""
        words = " ".join([*options, str(self.write_settings())])
        code = f"HERE={self.here}; set -- {words}\n. {self.here}/main.sh"
        return self.run(["-c", self._functions() + code])

    def run(self, words: list[str]) -> Done:
        calls = self.folder / "calls"
        calls.write_text("")
        done = subprocess.run(
            [shutil.which(self.shell[0]) or self.shell[0], *self.shell[1:], *words],
            env={"PATH": str(self.folder / "bin"), "ROOT": str(self.root), **self.environment},
            cwd=self.folder, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr, calls.read_text().splitlines())

    def _functions(self) -> str:
        """For busybox, which prefers its own applets to PATH: a function goes before both."""
        if self.shell[0] != "busybox":
            return ""
        stubs = [path for path in (self.folder / "bin").iterdir() if not path.is_symlink()]
        names = [path for path in stubs if path.name.isidentifier()]
        return "".join(f'{path.name}() {{ {path} "$@"; }}\n' for path in names)


def blank_machine(folder: Path, shell: list[str], here: Path) -> FolderMachine:
    """Debian 12 with systemd and apt, root at the keyboard, nothing of Docker."""
    machine = FolderMachine(folder, shell, here)
    (folder / "bin").mkdir(parents=True)
    for tool in TOOLS:
        (folder / "bin" / tool).symlink_to(str(shutil.which(tool)))
    (folder / "bin/sh").symlink_to("/bin/sh")
    for path in (
        "run/systemd/system",
        "usr",
        "var/lib/dpkg/updates",
        "var/log",
        "etc/systemd/system",
    ):
        (machine.root / path).mkdir(parents=True)
    for path in ("etc/apt/sources.list.d", "etc/sudoers.d", "var/cache/apt", "var/lib/dockyard"):
        (machine.root / path).mkdir(parents=True)
    machine.file("etc/os-release", OS_RELEASE)
    machine.file("etc/hostname", "seat01-node1\n")
    machine.file("etc/hosts", "127.0.0.1 localhost\n")
    for name in ("sync", "sleep", "systemctl", "chown", "apt-mark", "journalctl"):
        machine.stub(name)
    machine.stub("hostname", f"[ $# -gt 0 ] || cat {machine.root}/etc/hostname")
    machine.stub("id", "case $1 in -u) echo 0 ;; *) echo users docker ;; esac")
    machine.stub("df", "printf 'x\\nx x x 9000000 x x\\n'")
    machine.stub("dpkg", "case $1 in --print-architecture) echo amd64 ;; esac")
    machine.stub("dpkg-query", "exit 1")
    machine.stub("systemd-detect-virt", "exit 1")
    # busybox's leaves a watcher behind, which holds the lock for another second
    machine.stub("timeout", '[ "$1" != --foreground ] || shift\nshift; "$@"')
    return machine
