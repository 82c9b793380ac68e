"""Folders served to machines by serve.py, one process each."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from standin import built
from standin.docker_host import bridge_address


@dataclass(frozen=True)
class Mirror:
    """A served stand-in for download.docker.com; `versions` of the engine, oldest first."""

    address: str
    key: str
    versions: tuple[str, ...]

    @property
    def newest(self) -> str:
        """What a lab gets that asks for no version."""
        return self.versions[-1]

    def docker(self, **more: object) -> dict[str, object]:
        """The `docker:` of a description that installs from here."""
        return {"source": "docker", "mirror": self.address, "mirror_key": self.key, **more}


class Served:
    """What is served; `end` ends it."""

    def __init__(self) -> None:
        self._address = bridge_address()
        self._running: list[subprocess.Popen[bytes]] = []

    def end(self) -> None:
        """End every process that was started here."""
        for process in self._running:
            process.terminate()
            process.communicate(timeout=10)

    def folder(self, folder: Path) -> str:
        """The address at which a folder is served from now on."""
        script = str(built.HERE / "serve.py")
        process = built.companion(
            sys.executable, script, str(folder), self._address, log=subprocess.PIPE
        )
        self._running.append(process)
        assert process.stdout is not None
        return f"http://{self._address}:{int(process.stdout.readline())}"

    def mirror(self, folder: Path | None = None, **fault: object) -> Mirror:
        """The mirror; with a fault (serve.py) it is one of its own, linked into `folder`."""
        whole = built.mirror()
        if folder is not None:
            (folder / "linux").symlink_to(whole / "linux")
            (folder / "fault.json").write_text(json.dumps(fault))
        return Mirror(
            address=self.folder(folder if folder is not None else whole),
            key=(whole / "fingerprint").read_text().strip(),
            versions=tuple((whole / "versions").read_text().split()),
        )
