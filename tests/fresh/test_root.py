"""The README's words, in its order, as root; at the end the computer is as it was.

The tests are one story: each goes on where the one before stopped.
"""

import re
from collections.abc import Callable

import pytest

from fresh.computer import ROOT, Computer

pytestmark = [pytest.mark.machine, pytest.mark.slow]

HELLO = r"""\
{ echo bin/echo; ldd /bin/echo | grep -o '/[^ ]*'; } | tar -C / -chPf - -T - |
	docker import - hello >/dev/null
docker run --rm hello /bin/echo a container spoke
"""
READS = (
    "doctor",
    "list",
    "plan local",
    "status local",
    "check local",
    "exec local docker ps",
)


def block(page: str) -> list[str]:
    """The lines of a page's first block of commands, without comments."""
    text = (ROOT / page).read_text(encoding="utf-8").partition("```sh\n")[2].partition("```")[0]
    return [re.sub(r"\s+#.*", "", line) for line in text.splitlines()]


FIRST, LAB, ENTER = block("README.md")


@pytest.fixture(scope="module")
def computer(new_computer: Callable[[str], Computer]) -> Computer:
    return new_computer("root")


def state(computer: Computer) -> dict[str, set[str]]:
    """What must be the same before and after."""
    return {
        "packages": computer.packages(),
        "files": computer.files(),
        "groups": set(computer.type("cat /etc/group").splitlines()),
        "networks": set(computer.type("ls /sys/class/net").split()),
        # a pipe would show its own programs, now and then
        "processes": {one for one in computer.type("ps -eo comm=").split() if "kworker" not in one},
    }


@pytest.fixture(scope="module")
def before(computer: Computer) -> dict[str, set[str]]:
    """The computer after the README's first line, which is the person's own act."""
    computer.type(FIRST)
    return state(computer)


def test_the_french_readme_has_the_same_commands() -> None:
    assert block("README.fr.md") == [FIRST, LAB, ENTER]


def test_make_lab_ends_with_a_machine_and_says_how_to_enter(
    computer: Computer, before: dict[str, set[str]]
) -> None:
    assert before["packages"]
    said = computer.type(LAB)
    assert "✓ ready  seat01-node1" in said
    assert "Get in:    dockyard ssh local" in said


def test_a_container_runs_in_the_machine_that_one_enters(computer: Computer) -> None:
    computer.machine.write("/tmp/hello", HELLO)
    assert "\na container spoke\n" in computer.type(f"{ENTER} </tmp/hello")


def test_a_second_make_lab_has_nothing_to_do(computer: Computer) -> None:
    assert "Nothing to do: every machine is there and ready." in computer.type(LAB)


@pytest.mark.parametrize("words", READS)
def test_the_words_of_the_readme_that_read(words: str, computer: Computer) -> None:
    assert f"`dockyard {words}`" in (ROOT / "README.md").read_text(encoding="utf-8")
    computer.type(f".venv/bin/dockyard {words}")


def test_down_leaves_no_machine_and_no_network(computer: Computer) -> None:
    assert "has no machine left" in computer.type(".venv/bin/dockyard down local --yes")
    assert computer.type("docker ps --all --quiet") == ""
    assert "dockyard" not in computer.type("docker network ls")


def test_vagrant_alone_makes_the_same_machine(computer: Computer) -> None:
    computer.type("vagrant up", folder="dockyard/vagrant")
    assert "CONTAINER ID" in computer.type("vagrant ssh -c 'docker ps'", folder="dockyard/vagrant")
    computer.type("vagrant destroy -f", folder="dockyard/vagrant")


def test_make_undo_leaves_the_computer_as_it_was(
    computer: Computer, before: dict[str, set[str]]
) -> None:
    computer.type("make undo")
    after = state(computer)
    gone = {what: sorted(before[what] - after[what]) for what in before}
    left = {what: sorted(after[what] - before[what]) for what in before}
    nothing: dict[str, list[str]] = {what: [] for what in before}
    assert (gone, left) == (nothing, nothing)
