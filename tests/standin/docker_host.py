"""The Docker that test machines run in: the one that is there, or an own one for the run."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from standin.built import cache, companion, run

LABEL = "dockyard.test"
INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH_INOTIFY = 1024
"""A machine with Docker holds 8 instances; with too few, systemd hangs without a word."""


@contextmanager
def docker_host() -> Iterator[None]:
    """Docker answers, and no machine of this run or of a dead one is left at the end."""
    if int(INOTIFY.read_text()) < ENOUGH_INOTIFY:
        INOTIFY.write_text(str(ENOUGH_INOTIFY))
    own = None if _answers() else _start()
    try:
        remove_leftovers()
        yield
    finally:
        remove_machines(os.getpid())
        if own is not None:
            own.terminate()
            own.wait(timeout=60)


def bridge_address() -> str:
    """The address at which machines reach this computer."""
    template = "{{(index .IPAM.Config 0).Gateway}}"
    found = run("docker", "network", "inspect", "bridge", "--format", template).stdout.strip()
    if found:
        return found
    # dockerd 20.10 leaves the gateway out until a container used the network
    line = run("ip", "-4", "-brief", "address", "show", "docker0").stdout
    return line.split()[2].partition("/")[0]


def remove_leftovers() -> None:
    """Machines whose run is gone: killed with -9, it could not remove them."""
    listed = run("docker", "ps", "--all", "--format", f'{{{{.Label "{LABEL}"}}}}').stdout
    for owner in {int(word) for word in listed.split()}:
        if not Path(f"/proc/{owner}").exists():
            remove_machines(owner)


def remove_machines(owner: int) -> None:
    """The machines that a run of the tests, `owner` its process, has made."""
    listed = run("docker", "ps", "--all", "--quiet", "--filter", f"label={LABEL}={owner}")
    if names := listed.stdout.split():
        run("docker", "rm", "--force", "--volumes", *names)


def _answers() -> bool:
    asked = subprocess.run(["docker", "version"], capture_output=True, timeout=30, check=False)
    return asked.returncode == 0


def _start() -> "subprocess.Popen[bytes]":
    folder = cache() / "dockerd"
    folder.mkdir(exist_ok=True)
    with (folder / "log").open("wb") as log:
        # the data outlive the run, so that images need not be made again
        own = companion(
            *("dockerd", "--data-root", f"{folder}/data", "--pidfile", f"{folder}/pid"), log=log
        )
    deadline = time.monotonic() + 60
    while not _answers():
        if own.poll() is not None or time.monotonic() > deadline:
            own.kill()
            raise AssertionError(f"dockerd does not start here; it says why in {folder}/log")
        time.sleep(0.5)
    return own
