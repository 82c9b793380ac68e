"""A person who may use sudo and is not in the group docker, as on a laptop.

The tests are one story: each goes on where the one before stopped. `make lab` is killed twice
on the way.
"""

import shlex
from collections.abc import Callable

import pytest

from dockyard.engine import bring
from dockyard.project import Project
from fresh.computer import CLONE, ROOT, Computer
from standin.built import run

pytestmark = [pytest.mark.machine, pytest.mark.slow]

PERSON = "vagrant"
# as a session that was opened before the group docker was there
OLD_SESSION = (
    f"setpriv --reuid {PERSON} --regid {PERSON} --clear-groups env HOME=/home/{PERSON} sh -c "
)


@pytest.fixture(scope="module")
def computer(new_computer: Callable[[str], Computer]) -> Computer:
    return new_computer(PERSON)


@pytest.fixture(scope="module")
def before(computer: Computer) -> set[str]:
    """The packages after the README's first line."""
    computer.type("sudo apt-get install git make python3-venv")
    return computer.packages()


def killed_lab(computer: Computer, moment: str) -> None:
    """`make lab`, whose `dockyard` gets no word before it is gone at that moment."""
    computer.type(
        f"make lab >../lab.log 2>&1 & for _ in $(seq 600); do {moment} && break; sleep 0.1; done;"
        # the brackets keep the pattern from fitting the shell that holds it
        " pkill -9 -f 'dockyard up loca[l]'; wait; cat ../lab.log; grep -q Killed ../lab.log"
    )


def test_make_lab_killed_twice_goes_on(computer: Computer, before: set[str]) -> None:
    assert before
    killed_lab(computer, "pgrep -f '^/usr/bin/dpk[g] .*--unpack' >/dev/null")
    killed_lab(computer, "grep -qs ' provisioning' ../lab.log")
    assert "✓ ready  seat01-node1" in computer.type("make lab")


@pytest.mark.parametrize("words", ["check local", "exec local docker ps", "ssh local </dev/null"])
def test_a_session_older_than_the_group_docker_works(words: str, computer: Computer) -> None:
    line = f"cd ~/{CLONE} && id -nG && .venv/bin/dockyard {words}"
    said = computer.root(OLD_SESSION + shlex.quote(line))
    assert said.splitlines()[0] == PERSON


def test_a_class_is_rehearsed_without_sudo(computer: Computer) -> None:
    """Machines in machines: the cloud's firewall there is set by who may use Docker, no more."""
    engine = bring.ensure(Project(ROOT))
    there = f"/home/{PERSON}/.cache/dockyard/engine"
    computer.root(f"mkdir -p {there}")
    run("docker", "cp", str(engine.command.parents[1]), f"{computer.machine.id}:{there}")
    computer.root(f"chown -R {PERSON}: /home/{PERSON}/.cache; ssh-keygen -A")
    computer.type("make ready-aws && ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519")
    words = "--students 1 --set docker.source=distribution"
    said = computer.type(f".venv/bin/dockyard rehearse aws-lab {words}", seconds=580)
    assert "19 checks on 1 machine: all as it must be." in said
    assert "it has nothing left" in said
    assert computer.type("docker ps --all --quiet --filter label=dockyard.rehearsal") == ""


def test_make_undo_in_an_old_session_takes_all_back(computer: Computer, before: set[str]) -> None:
    computer.root(OLD_SESSION + shlex.quote(f"cd ~/{CLONE} && make undo"))
    assert computer.packages() == before
    computer.type("! ls -d ~/.vagrant.d .venv .dockyard vagrant/.vagrant /etc/docker 2>/dev/null")
    assert not {"dockerd", "containerd"} & set(computer.type("ps -eo comm=").split())
