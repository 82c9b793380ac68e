"""The command on real machines: two seats of three machines, by Vagrant's docker provider.

One lab serves the tests in their order: made, looked at, entered, broken, mended, gone.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dockyard.errors import EXIT_INTERRUPTED
from standin.served import Mirror

pytestmark = pytest.mark.machine

ROOT = Path(__file__).parents[2]
DOCKYARD = str(Path(sys.executable).parent / "dockyard")
LAB = """\
lab:
  name: twoseats
  target: local
  students: 2
  machines: [{{count: 3, image: debian-12}}]
  docker: {{mirror: '{address}', mirror_key: {key}}}
  access: {{per_student_keys: true}}
  local: {{provider: docker}}
"""
HOSTS = [f"seat0{seat}-node{node}" for seat in (1, 2) for node in (1, 2, 3)]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Path]:
    """The project's files in a folder of their own, with this lab; its machines go at the end."""
    root = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    text = LAB.format(address=mirror.address, key=mirror.key)
    (root / "vagrant/lab.own.yaml").write_text(text, encoding="ascii")
    yield root
    subprocess.run([DOCKYARD, "-C", str(root), "down", "--yes"], check=True)


@pytest.fixture(scope="module")
def dockyard(clone: Path) -> Run:
    """Types `dockyard …` in the clone."""

    def typed(*words: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [DOCKYARD, "-C", str(clone), *words],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=570,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return typed


def test_up_makes_every_machine_and_says_how_to_get_in(dockyard: Run) -> None:
    seen = dockyard("up")
    assert [line.split()[2] for line in seen.stdout.splitlines()[1:]] == HOSTS
    assert all(line.startswith("✓ ready") for line in seen.stdout.splitlines()[1:])
    assert "seat02-node3: booting" in seen.stderr
    assert "Get in:    dockyard ssh local SEAT" in seen.stderr


def test_a_second_up_has_nothing_to_do(dockyard: Run) -> None:
    begun = dockyard("exec", "local", "systemctl show -p ActiveEnterTimestamp docker")
    start = time.monotonic()
    assert "Nothing to do: every machine is there and ready." in dockyard("up").stderr
    assert time.monotonic() - start < 30
    again = dockyard("exec", "local", "systemctl show -p ActiveEnterTimestamp docker")
    assert sorted(again.stdout.splitlines()) == sorted(begun.stdout.splitlines())


def test_docker_runs_for_the_student_without_sudo(dockyard: Run) -> None:
    probe = (
        "tar -C / -ch bin/echo $(ldd /bin/echo | grep -o '/[^ ]*' | cut -c2-)"
        " | docker import - hello >/dev/null && docker run --rm hello /bin/echo it runs"
    )
    command = f"sudo su - student -c {shlex.quote(probe)}"
    seen = dockyard("exec", "local", "--only", "1", command)
    # as they answer, not in the order of their names
    assert sorted(seen.stdout.splitlines()) == [f"seat01-node{node}: it runs" for node in (1, 2, 3)]


def test_names_resolve_inside_a_seat_and_seats_are_apart(dockyard: Run) -> None:
    inside = dockyard("exec", "local", "--only", "seat02-node1", "ping -c1 -W2 node3")
    assert "10.77.0.38" in inside.stdout
    other = "ping -c1 -W2 10.77.0.20 >/dev/null; echo $?"
    assert dockyard("exec", "local", "--only", "seat02-node1", other).stdout == "seat02-node1: 1\n"


def test_a_students_own_key_opens_the_own_seat_only(dockyard: Run, clone: Path) -> None:
    keys = clone / ".dockyard/local/twoseats/keys"
    kept = dockyard("exec", "local", "sudo cat /home/student/.ssh/authorized_keys").stdout
    one, two = ((keys / f"seat0{n}.pub").read_text().split()[1] for n in (1, 2))
    lines = [line for line in kept.splitlines() if " ssh-ed25519 " in line]
    assert len(lines) == 6
    for line in lines:
        assert (one in line) == line.startswith("seat01")
        assert (two in line) == line.startswith("seat02")


def test_ssh_enters_with_the_labs_own_known_hosts(clone: Path) -> None:
    done = subprocess.run(
        [DOCKYARD, "-C", str(clone), "ssh", "local", "2", "node3"],
        input="hostname; exit\n", capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "seat02-node3" in done.stdout
    assert "seat02-node3-" in (clone / ".dockyard/local/twoseats/known_hosts").read_text()


def test_a_changed_host_key_is_refused(dockyard: Run, clone: Path) -> None:
    file = clone / ".dockyard/local/twoseats/known_hosts"
    before = file.read_text()
    lines = [line.split() for line in before.splitlines()]
    file.write_text("".join(f"{line[0]} {line[1]} {lines[-1][2]}\n" for line in lines))
    seen = dockyard("exec", "local", "true", code=5)
    assert "its host key is not the one in" in seen.stderr
    file.write_text(before)


def test_status_and_check_read(dockyard: Run) -> None:
    found = json.loads(dockyard("status", "--json").stdout)
    assert [(m["machine"], m["state"]) for m in found["machines"]] == [
        (h, "running") for h in HOSTS
    ]
    assert {m["mark"]["state"] for m in found["machines"]} == {"ready"}
    assert len(json.loads(dockyard("check", "--json").stdout)) == 6


def test_the_full_check_finds_all_as_it_must_be(dockyard: Run) -> None:
    seen = dockyard("check", "local", "--full")
    assert "checks on 6 machines: all as it must be." in seen.stderr


def test_check_sees_what_broke_and_up_mends_it(dockyard: Run) -> None:
    dockyard("exec", "local", "--only", "seat01-node2", "sudo systemctl stop docker.socket docker")
    seen = dockyard("check", code=5)
    assert "1 of 6 machines not ready: seat01-node2" in seen.stderr
    assert sum(line.startswith("✓") for line in seen.stdout.splitlines()) == 5
    mended = dockyard("up")
    assert "Nothing to do" not in mended.stderr
    assert all(line.startswith("✓ ready") for line in mended.stdout.splitlines()[1:])


def test_an_unreachable_machine_does_not_hold_up_the_others(dockyard: Run) -> None:
    stop = "sudo systemctl stop ssh.socket ssh.service; sudo systemctl kill ssh"
    dockyard(
        "exec",
        "local",
        "--only",
        "seat02-node2",
        f"nohup sh -c 'sleep 1; {stop}' >/dev/null 2>&1 &",
    )
    time.sleep(3)
    seen = dockyard("check", code=5)
    assert "1 of 6 machines not ready: seat02-node2" in seen.stderr
    assert "seat02-node2" in [
        line.split()[2] for line in seen.stdout.splitlines() if "unreachable" in line
    ]


def test_a_removed_machine_is_made_again(dockyard: Run) -> None:
    listed = subprocess.run(
        ["docker", "ps", "--format", "{{.Names}}"], capture_output=True, text=True, check=True
    )
    gone = next(name for name in listed.stdout.splitlines() if name.endswith("seat02-node2"))
    subprocess.run(["docker", "rm", "-fv", gone], check=True, capture_output=True)
    seen = dockyard("up")
    assert all(line.startswith("✓ ready") for line in seen.stdout.splitlines()[1:])


def test_fewer_students_take_their_machines_away(dockyard: Run, clone: Path) -> None:
    file = clone / "vagrant/lab.own.yaml"
    text = file.read_text()
    file.write_text(text.replace("students: 2", "students: 1"))
    assert "No longer described: seat02-node1" in dockyard("up", code=7).stderr
    assert len(dockyard("up", "--yes").stdout.splitlines()) == 4
    file.write_text(text)


def _assert_nothing_left() -> None:
    for kind, name in ((["ps", "-a"], "{{.Names}}"), (["network", "ls"], "{{.Name}}")):
        command = ["docker", *kind, "--format", name]
        listed = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "twoseats" not in listed.stdout


def test_down_asks_and_then_leaves_nothing(dockyard: Run, clone: Path) -> None:
    """Even where the description has become wrong: what was made of it is known."""
    assert "Nothing was destroyed." in dockyard("down", code=7).stderr
    file = clone / "vagrant/lab.own.yaml"
    text = file.read_text()
    file.write_text(text.replace("students: 2", "studnets: 2").replace("twoseats", "no name"))
    assert "did you mean `students`?" in dockyard("plan", code=3).stderr
    seen = dockyard("down", "--yes")
    file.write_text(text)
    assert "What is taken down is what Vagrant has" in seen.stderr
    assert "Vagrant was asked again and has no machine left." in seen.stderr
    _assert_nothing_left()
    kept = clone / ".dockyard/local/twoseats"
    assert [path.name for path in kept.iterdir()] == ["keys"]
    assert "Nothing to do: local has no machines." in dockyard("down").stderr


def _wait_for_vagrant(clone: Path) -> None:
    """Until the Vagrant that outlived its caller has ended."""
    for _ in range(240):
        listed = subprocess.run(
            ["pgrep", "-f", f"vagrant up|{clone}/vagrant"], capture_output=True, check=False
        )
        if listed.returncode:
            return
        time.sleep(0.5)


def _interrupted(clone: Path, end: signal.Signals) -> None:
    """An `up` that is ended while a machine is provisioned."""
    started = subprocess.Popen(
        [DOCKYARD, "-C", str(clone), "up"],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        text=True, start_new_session=True,
    )  # fmt: skip
    assert started.stderr is not None
    with started.stderr as stderr:
        for line in stderr:
            if "docker: " in line:
                break
        if end == signal.SIGINT:
            os.killpg(started.pid, end)
        else:
            started.kill()
        said = stderr.read()
    code = started.wait(timeout=120)
    assert code == (EXIT_INTERRUPTED if end == signal.SIGINT else -end), said
    assert "Traceback" not in said
    assert ("Interrupted. What is done stays as it is." in said) == (end == signal.SIGINT)
    _wait_for_vagrant(clone)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_an_up_that_was_ended_goes_on(dockyard: Run, clone: Path, end: signal.Signals) -> None:
    file = clone / "vagrant/lab.own.yaml"
    text = file.read_text()
    file.write_text(text.replace("students: 2", "students: 1").replace("count: 3", "count: 1"))
    _interrupted(clone, end)
    seen = dockyard("up")
    assert seen.stdout.splitlines()[1].startswith("✓ ready")
    # Vagrant forgets it; the machine itself says whose it is
    shutil.rmtree(clone / "vagrant/.vagrant")
    assert "dockyard-twoseats-seat01-node1" in dockyard("down", "--yes").stderr
    assert "Nothing to do" in dockyard("down").stderr
    _assert_nothing_left()
    file.write_text(text)
