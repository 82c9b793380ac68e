"""What tests build once: kept outside the clone, and built anew when its script changes."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import IO

from rehearsal.machines import images

HERE = Path(__file__).parent
BOX = images.BOX
SYSTEMS = images.SYSTEMS


def cache() -> Path:
    """The folder that outlives a run; XDG_CACHE_HOME is honoured."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "dockyard-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def mirror() -> Path:
    """The stand-in for download.docker.com (mirror.sh says what is in it)."""
    script = HERE / "mirror.sh"
    wanted = cache() / f"mirror-{images.key_of(script)}"
    with images.alone(cache() / "mirror.lock"):
        if not wanted.exists():
            for old in cache().glob("mirror-*"):
                shutil.rmtree(old)
            half = cache() / "making-mirror"
            shutil.rmtree(half, ignore_errors=True)
            run(str(script), str(half))
            half.rename(wanted)
    return wanted


def machine_image(system: str) -> str:
    """The Docker image of a machine with cloud-init, `system` as a description names it."""
    return images.ensure(system, print)


def run(*command: str, timeout: float = 600) -> "subprocess.CompletedProcess[str]":
    """A command that must succeed; its output is in the error when it does not."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode:
        said = f"{done.stdout}{done.stderr}".strip()
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
    return done


def companion(*command: str, log: int | IO[bytes]) -> "subprocess.Popen[bytes]":
    """A process that ends with this run, even with one that is killed by -9."""
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", "--", *command], stdout=log, stderr=subprocess.STDOUT
    )
