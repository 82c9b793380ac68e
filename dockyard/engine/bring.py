"""Brings a Pulumi CLI: the official download, or, where that is not reached, a build.

Both are made in a folder beside their place and appear there complete, in one step. One
process at a time does so; what a killed one left is swept away by the next.
"""

import fcntl
import importlib.metadata
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dockyard import show
from dockyard.engine import cli, versions
from dockyard.errors import HostError, reason
from dockyard.project import Project

_MODULE = Path(__file__).with_name("go")
_TIED = Path(__file__).with_name("tied.sh")
_PACKAGE = "github.com/pulumi/pulumi/pkg/v3"
_GO = (1, 25, 0)
_GB = 1_000_000_000
_ROOM_FOR_BUILD = 4 * _GB
_PATIENCE = 20
"""Seconds without an answer after which the official download counts as not reached."""
_TOLD = 20
"""Seconds between signs of life of a build."""


@dataclass(frozen=True)
class Way:
    """One way to a CLI: the version it gives, and what makes it in a folder."""

    version: str
    make: Callable[[Path], None]


def ensure(project: Project) -> cli.Engine:
    """The engine; brought when there is none, after saying so.

    Raises HostError, with every way's reason, when none can be brought.
    """
    choice = cli.look(project)
    if choice.engine:
        return choice.engine
    for sentence in choice.passed_over:
        show.say(sentence)
    with _alone():
        return cli.brought(cli.wanted(project)) or _bring(cli.wanted(project))


def _bring(range_: str) -> cli.Engine:
    hint = ""
    reasons = []
    for way in (official(), built()):
        if not versions.fits(way.version, range_):
            reasons.append(f"Pulumi {way.version} is not what the project needs ({range_}).")
            continue
        try:
            _made(way)
        except HostError as error:
            reasons.append(error.message)
            hint = error.hint
            show.say(error.message)
            continue
        engine = cli.brought(range_)
        if engine:
            return engine
    raise HostError("\n  ".join(["There is no Pulumi here:", *reasons]), hint)


@contextmanager
def _alone() -> Iterator[None]:
    """Waits for another process that brings an engine."""
    cli.cache().mkdir(parents=True, exist_ok=True)
    with (cli.cache() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            show.say("Another process is bringing Pulumi; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for half in cli.cache().glob("*.half"):
            shutil.rmtree(half)
        yield


def _made(way: Way) -> None:
    half = cli.cache() / f"{way.version}.half"
    try:
        way.make(half)
        half.rename(cli.cache() / way.version)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def official() -> Way:
    """The version that belongs to the installed SDK, from get.pulumi.com."""
    from pulumi.automation import PulumiCommand

    sdk_version = importlib.metadata.version("pulumi")

    def make(folder: Path) -> None:
        show.say(f"Downloading Pulumi {sdk_version} from get.pulumi.com, about 150 MB.")
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(_PATIENCE)
        try:
            PulumiCommand.install(root=str(folder))
        except subprocess.CalledProcessError as error:
            said = (error.output or b"").decode("utf-8", "replace").strip().splitlines()[-3:]
            raise HostError(
                f"The official download of Pulumi {sdk_version} failed: {' '.join(said)}", _BY_HAND
            ) from None
        except OSError as error:  # URLError and timeouts are its children
            raise HostError(f"get.pulumi.com is not reached: {reason(error)}.", _BY_HAND) from None
        finally:
            socket.setdefaulttimeout(before)

    return Way(sdk_version, make)


_BY_HAND = "Install it by hand (https://www.pulumi.com/docs/iac/download-install/), then again."


def built() -> Way:
    """The version that go.mod pins, every module of it checked against go.sum."""
    pinned = re.search(rf"{_PACKAGE} v(\S+)", (_MODULE / "go.mod").read_text("ascii"))
    version = pinned[1] if pinned else "0.0.0"

    def make(folder: Path) -> None:
        _check_go()
        _check_room(folder.parent)
        show.say(f"Building Pulumi {version} from its Go module, for this user, once:")
        show.say(
            "  3 to 5 minutes, 3.5 GB in Go's caches (`go clean -cache -modcache` frees them)."
        )
        _go_build(folder / "bin" / "pulumi", version)
        (folder / cli.BUILT).touch()

    return Way(version, make)


def _check_go() -> None:
    need = versions.written(_GO)
    hint = "Install Go (https://go.dev/dl/) or the Pulumi CLI itself, then type the same again."
    if shutil.which("go") is None:
        raise HostError(f"To build Pulumi, Go {need} or newer is needed; there is none.", hint)
    said = subprocess.run(["go", "version"], capture_output=True, text=True, check=False).stdout
    found = versions.parse(said) if "go1." in said else (0, 0, 0)
    if found < _GO:
        have = versions.written(found)
        raise HostError(f"To build Pulumi, Go {need} or newer is needed; this is {have}.", hint)


def _check_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < _ROOM_FOR_BUILD:
        raise HostError(
            f"To build Pulumi, {_ROOM_FOR_BUILD / _GB:.0f} GB of disk are needed; "
            f"{folder} has {free / _GB:.1f} GB free.",
            "Make room, or install the Pulumi CLI, then type the same again.",
        )


def _go_build(target: Path, version: str) -> None:
    """Raises HostError with Go's own last words."""
    stamp = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}"
    build = ["go", "build", "-ldflags", f"-s -w {stamp}", "-o", str(target)]
    # readonly: a module that go.sum does not know, or knows otherwise, ends the build
    env = {**os.environ, "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    tie, held = os.pipe()  # its other end is closed when this process ends, killed or not
    try:
        process = subprocess.Popen(
            ["/bin/sh", str(_TIED), *build, f"{_PACKAGE}/cmd/pulumi"],
            cwd=_MODULE,
            env=env,
            stdin=tie,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # its compilers end with it
        )
        os.close(tie)
        said = _followed(process)
    finally:
        os.close(held)
    if process.returncode:
        raise HostError(
            "Go could not build Pulumi. It said last: " + " ".join(said.strip().splitlines()[-3:]),
            "No network? A mirror of Go's modules is set by GOPROXY. Then type the same again.",
        )


def _followed(process: "subprocess.Popen[str]") -> str:
    """Waits, with a sign of life now and then; what is interrupted is ended."""
    start = time.monotonic()
    try:
        while True:
            try:
                return process.communicate(timeout=_TOLD)[1]
            except subprocess.TimeoutExpired:
                show.say(f"  {time.monotonic() - start:5.0f} s  building")
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
