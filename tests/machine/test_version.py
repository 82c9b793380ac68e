"""The version that a lab asks for: that one, kept, or a failure that lists what there is."""

import pytest

from standin.labs import Labs
from standin.machines import Machine, Machines, Stories
from standin.served import Mirror

pytestmark = pytest.mark.machine


@pytest.fixture(scope="module")
def told(machines: Machines, labs: Labs, mirror: Mirror) -> Stories:
    older = mirror.versions[-2]

    def start(system: str, version: str, state: str) -> Machine:
        text = labs.user_data(docker=mirror.docker(version=version))
        machine = machines.start(system, user_data=text)
        machine.wait_for_mark(state)
        return machine

    def exact() -> Machine:
        return start("debian-12", older, "ready")

    def series() -> Machine:
        return start("debian-13", older.rpartition(".")[0], "ready")

    def unknown() -> Machine:
        return start("debian-12", "27.9", "failed")

    return machines.begin(exact, series, unknown)


@pytest.mark.parametrize("asked", ["exact", "series"])
def test_an_older_version_is_installed_and_kept(asked: str, told: Stories, mirror: Mirror) -> None:
    machine = told[asked].result()
    assert machine.mark()["docker"].startswith(mirror.versions[-2])
    would = machine.output("apt-get -qq --simulate dist-upgrade")
    assert "docker-ce" not in would


def test_an_unknown_version_fails_with_those_there_are(told: Stories, mirror: Mirror) -> None:
    machine = told["unknown"].result()
    mark = machine.mark()
    assert mark["step"] == "docker"
    assert "27.9" in mark["reason"]
    said = f"{mark['reason']} {mark['hint']}"
    assert [version for version in mirror.versions if version not in said] == []
    assert machine.run("command -v dockerd").stdout == ""


def test_the_mended_version_makes_the_same_machine_ready(
    told: Stories, labs: Labs, mirror: Mirror
) -> None:
    machine = told["unknown"].result()
    machine.write("/root/mended", labs.user_data(docker=mirror.docker()))
    machine.output("sh /root/mended")
    assert machine.mark()["docker"].startswith(mirror.newest)
