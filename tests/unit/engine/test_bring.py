"""Bringing a CLI: the reasons when it can't be done, and nothing half when it was cut off."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dockyard.engine import bring, cli
from dockyard.errors import HostError
from dockyard.project import Project

Put = Callable[[str, str], Path]

BUILDS = """
case $1 in
version) echo 'go version go1.26.8 linux/amd64' ;;
build)
	while [ "$1" != -o ]; do shift; done
	mkdir -p "$(dirname "$2")"
	echo "$GOFLAGS" >"$2"
	;;
esac
"""


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer that does not reach the official download."""

    def make(_: Path) -> None:
        raise HostError("get.pulumi.com is not reached: no route.", "Install it by hand.")

    monkeypatch.setattr(bring, "official", lambda: bring.Way("3.272.0", make))


def test_without_download_and_without_go_both_are_said(project: Project, put: Put) -> None:
    put("other", "")
    with pytest.raises(HostError) as error:
        bring.ensure(project)
    assert error.value.message == (
        "There is no Pulumi here:\n"
        "  get.pulumi.com is not reached: no route.\n"
        "  To build Pulumi, Go 1.25.0 or newer is needed; there is none."
    )
    assert "https://go.dev/dl/" in error.value.hint


def test_an_old_go(project: Project, put: Put) -> None:
    put("go", "echo go version go1.22.3 linux/amd64")
    with pytest.raises(HostError, match=r"Go 1\.25\.0 or newer is needed; this is 1\.22\.3\."):
        bring.ensure(project)


def test_a_build_is_checked_against_go_sum_and_found_the_next_time(
    project: Project, put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    put("go", BUILDS)
    engine = bring.ensure(project)
    assert engine.version == bring.built().version
    assert engine.command.read_text() == "-mod=readonly\n"
    assert "3 to 5 minutes, 3.5 GB" in capsys.readouterr().err
    assert bring.ensure(project) == engine
    assert capsys.readouterr().err == ""


def test_a_failed_build_says_gos_last_words_and_leaves_nothing(project: Project, put: Put) -> None:
    put(
        "go", BUILDS.replace("mkdir", "echo 'SECURITY ERROR: checksum mismatch' >&2; exit 1; mkdir")
    )
    with pytest.raises(HostError, match="SECURITY ERROR: checksum mismatch"):
        bring.ensure(project)
    assert [path.name for path in cli.cache().iterdir()] == ["lock"]


def test_an_interrupted_build_ends_its_compilers_and_leaves_nothing(
    project: Project, put: Put, tmp_path: Path
) -> None:
    mark = tmp_path / "compiler"
    put("go", BUILDS.replace('echo "$GOFLAGS"', f"sleep 60 & echo $! >{mark}; wait; echo"))

    def press() -> None:
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        bring.ensure(project)
    assert [path.name for path in cli.cache().iterdir()] == ["lock"]
    compiler = Path("/proc", mark.read_text().strip(), "cmdline")
    assert not compiler.exists() or compiler.read_text() == ""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_build_ends_its_compilers(
    number: signal.Signals, project: Project, put: Put, tmp_path: Path
) -> None:
    mark = tmp_path / "compiler"
    put("go", BUILDS.replace('echo "$GOFLAGS"', f"sleep 60 & echo $! $$ >{mark}; wait; echo"))
    code = (
        "import sys; from pathlib import Path; from dockyard.engine import bring\n"
        "bring.built().make(Path(sys.argv[1]))"
    )
    cli.cache().mkdir(parents=True)
    builder = subprocess.Popen(
        [sys.executable, "-c", code, str(cli.cache() / "3.1.0.half")], cwd=project.root
    )
    while not (mark.exists() and mark.read_text().endswith("\n")):
        time.sleep(0.02)
    builder.send_signal(number)
    builder.wait()
    for pid in mark.read_text().split():
        wait_for_end(int(pid))


def wait_for_end(pid: int) -> None:
    """One whom nobody waits for any more stays as a name, without a command line."""
    line = Path("/proc", str(pid), "cmdline")
    end = time.monotonic() + 10
    while line.exists() and line.read_bytes():
        assert time.monotonic() < end, f"{pid} still runs: {line.read_bytes()!r}"
        time.sleep(0.02)


def test_what_a_killed_one_left_is_swept_away(project: Project, put: Put) -> None:
    put("go", BUILDS)
    half = cli.cache() / "3.1.0.half"
    half.mkdir(parents=True)
    bring.ensure(project)
    assert not half.exists()


def test_no_room(project: Project, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put("go", BUILDS)
    monkeypatch.setattr(bring, "_ROOM_FOR_BUILD", 10**18)
    with pytest.raises(HostError, match="GB of disk are needed"):
        bring.ensure(project)
