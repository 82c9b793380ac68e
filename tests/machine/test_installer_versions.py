"""install-docker.sh and versions: pinned, newer, older, unknown; and Docker from elsewhere.

The first line of each docstring is a row of docs/installer-situations.md.
"""

from concurrent.futures import Future

import pytest

from standin.installer import Computer, Ended
from standin.machines import Machines
from standin.served import Mirror

pytestmark = [pytest.mark.machine, pytest.mark.slow]

Story = tuple[Computer, dict[str, Ended], dict[str, str]]
"""A machine, the runs on it by name, and what was seen after each."""
Told = dict[str, Future[Story]]


@pytest.fixture(scope="module")
def told(machines: Machines, mirror: Mirror) -> Told:
    def note(computer: Computer, seen: dict[str, str], name: str) -> None:
        seen[name] = computer.packages()
        seen[f"{name} daemon"] = computer.daemon()

    def versions() -> Story:
        computer = Computer(machines.start("debian-12"), mirror)
        runs, seen = {}, {}
        for name, options in STEPS.items():
            runs[name] = computer.install(*options)
            note(computer, seen, name)
        return computer, runs, seen

    def unknown() -> Story:
        computer = Computer(machines.start("debian-12"), mirror)
        before = {"": computer.packages() + computer.traces()}
        return computer, {"": computer.install("--version", "27.9.9")}, before

    def channel() -> Story:
        computer = Computer(machines.start("debian-13"), mirror)
        return computer, {"": computer.install("--channel", "test", "--lean")}, {}

    def from_debian() -> Story:
        computer = Computer(machines.start("debian-12"), mirror)
        apt = "DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120"
        computer.machine.output(f"{apt} update; {apt} install docker.io", timeout=400)
        computer.machine.says_hello("root")
        unknown = computer.install("--version", "27.9.9")
        left = {"unknown": computer.traces(), "daemon": computer.daemon()}
        return computer, {"unknown": unknown, "": computer.install()}, left

    stories = (versions, unknown, channel, from_debian)
    return {story.__name__: machines.pool.submit(story) for story in stories}


STEPS = {
    "short": ("--version", "20.10", "--lean"),
    "satisfied": (),
    "upgrade": ("--upgrade",),
    "upgrade again": ("--upgrade",),
    "older": ("--version", "26.1.5"),
    "older on request": ("--version", "26.1.5", "--downgrade"),
}


def test_a_short_version(told: Told) -> None:
    """7. `--version 20.10` | the newest of that series, not a substring elsewhere"""
    computer, runs, seen = told["versions"].result()
    assert runs["short"].code == 0, runs["short"].said
    assert "docker-ce 5:20.10.24" in seen["short"]
    assert computer.is_whole()


def test_an_older_docker_that_works_satisfies(told: Told) -> None:
    """39. an older Docker works, nothing is asked | nothing fetched, nothing changed"""
    _, runs, seen = told["versions"].result()
    assert runs["satisfied"].code == 0
    assert "nothing to do: Docker 20.10.24" in runs["satisfied"].out
    assert seen["satisfied"] == seen["short"]


def test_an_upgrade(told: Told, mirror: Mirror) -> None:
    """4. older engine there, newest asked (`--upgrade`) | upgraded, says from and to"""
    _, runs, seen = told["versions"].result()
    assert runs["upgrade"].code == 0, runs["upgrade"].said
    assert "docker-ce: from 5:20.10.24" in runs["upgrade"].out
    assert f"to 5:{mirror.newest}" in runs["upgrade"].out
    assert seen["upgrade daemon"].startswith(mirror.newest)


def test_an_upgrade_of_the_newest(told: Told) -> None:
    """40. `--upgrade` where the newest is | index fetched, nothing changed, says so"""
    _, runs, seen = told["versions"].result()
    assert runs["upgrade again"].code == 0
    assert "is the newest there is" in runs["upgrade again"].out
    assert seen["upgrade again"] == seen["upgrade"]


def test_a_downgrade_that_was_not_asked_for(told: Told) -> None:
    """5. newer there, older asked | refused before any change, names the option"""
    _, runs, seen = told["versions"].result()
    assert runs["older"].code == 6
    assert "newer than 5:26.1.5" in runs["older"].err
    assert "--downgrade" in runs["older"].err
    assert seen["older"] == seen["upgrade"]


def test_a_downgrade_on_request(told: Told) -> None:
    """6. exact version, `--version 26.1.5 --downgrade` | engine and client at it, and held"""
    _, runs, seen = told["versions"].result()
    assert runs["older on request"].code == 0, runs["older on request"].said
    packages = seen["older on request"]
    assert "docker-ce 5:26.1.5" in packages
    assert "docker-ce-cli 5:26.1.5" in packages
    assert packages.splitlines()[-2:] == ["docker-ce", "docker-ce-cli"]
    assert seen["older on request daemon"].startswith("26.1.5")


def test_an_unknown_version(told: Told, mirror: Mirror) -> None:
    """8. `--version 27.9.9` | lists what exists; no package, key or source came"""
    computer, runs, before = told["unknown"].result()
    assert runs[""].code == 6
    assert [version for version in mirror.versions if version not in runs[""].err] == []
    assert computer.packages() + computer.traces() == before[""]


def test_the_channel_test(told: Told) -> None:
    """9. `--channel test` | installed, and says which channel"""
    computer, runs, _ = told["channel"].result()
    assert runs[""].code == 0, runs[""].said
    assert "the channel test" in runs[""].out
    assert "Components: test" in computer.machine.output(
        "cat /etc/apt/sources.list.d/docker.sources"
    )


def test_an_unknown_version_beside_another_docker(told: Told) -> None:
    """61. `--version 27.9.9` beside Debian's docker.io | no key, no source; that Docker runs on"""
    _, runs, left = told["from_debian"].result()
    assert runs["unknown"].code == 6
    assert "sources.list.d" not in left["unknown"]
    assert "docker.gpg" not in left["unknown"]
    assert left["daemon"].startswith("20.10.24")


def test_debian_s_docker_is_replaced(told: Told) -> None:
    """10. Debian's docker.io there | says what is removed; images kept"""
    computer, runs, _ = told["from_debian"].result()
    assert runs[""].code == 0, runs[""].said
    assert "removing, data kept: " in runs[""].out
    assert "docker.io" in runs[""].out
    assert computer.machine.output("docker run --rm hello /bin/echo again") == "again"
    assert computer.version_of("docker-ce").startswith("5:28")
