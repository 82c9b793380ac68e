"""What fails says so in the mark: at which step, why, and what to do; and it can be mended."""

from collections.abc import Callable
from pathlib import Path

import pytest

from standin.built import run
from standin.labs import Labs
from standin.machines import Machine, Machines, Stories
from standin.served import Mirror, Served

pytestmark = pytest.mark.machine


@pytest.fixture(scope="module")
def broken(served: Served, tmp_path_factory: pytest.TempPathFactory) -> tuple[Mirror, Path]:
    """A mirror that answers 503 until its fault.json is removed."""
    folder = tmp_path_factory.mktemp("broken")
    return served.mirror(folder, match="^/linux/", status=503), folder / "fault.json"


@pytest.fixture(scope="module")
def told(machines: Machines, labs: Labs, mirror: Mirror, broken: tuple[Mirror, Path]) -> Stories:
    def fails(name: str, system: str, *flags: str, **docker: object) -> Callable[[], Machine]:
        text = labs.user_data(docker=mirror.docker(**docker))

        def story() -> Machine:
            machine = machines.start(system, *flags, user_data=text)
            machine.wait_for_mark("failed")
            return machine

        story.__name__ = name
        return story

    return machines.begin(
        fails("mirror_down", "debian-13", mirror=broken[0].address),
        fails("wrong_key", "debian-12", mirror_key="0" * 40),
        fails("no_room_for_packages", "debian-12", "--tmpfs", "/var/cache/apt:size=60m"),
        fails("no_room_for_images", "debian-13", "--tmpfs", "/var/lib/docker:size=1m,exec"),
        fails("daemon_refuses", "debian-12", daemon={"no-such-key": True}),
        # a folder stands where the link to these files is to be
        fails("cannot_settle", "debian-12", "--tmpfs", "/var/lib/dockyard/provision"),
    )


REASONS = {
    "mirror_down": ("docker", ("503", "http://")),
    "wrong_key": ("docker", ("0" * 40, "http://")),
    "no_room_for_packages": ("docker", ("/var/cache/apt", "60", "MB")),
    "no_room_for_images": ("verify", ("no space left on device",)),
    "daemon_refuses": ("daemon", ("no-such-key",)),
    "cannot_settle": ("settle", ()),
}


@pytest.mark.parametrize("fault", REASONS)
def test_the_mark_says_step_reason_and_remedy(fault: str, told: Stories) -> None:
    step, words = REASONS[fault]
    mark = told[fault].result().mark()
    assert mark["step"] == step, mark
    assert [word for word in words if word not in mark["reason"]] == [], mark
    assert mark["hint"]


@pytest.mark.parametrize("fault", ["wrong_key", "no_room_for_packages"])
def test_a_fault_found_early_leaves_no_docker_behind(fault: str, told: Stories) -> None:
    machine = told[fault].result()
    assert machine.run("command -v dockerd").stdout == ""
    assert machine.output("dpkg --audit") == ""


def test_a_failed_machine_mends_itself_at_the_next_boot(
    told: Stories, broken: tuple[Mirror, Path], mirror: Mirror
) -> None:
    machine = told["mirror_down"].result()
    failed = machine.mark()
    assert machine.run("cloud-init status").stdout.split() == ["status:", "error"]
    broken[1].unlink()
    machine.reboot()
    mark = machine.wait_for_mark("ready", after=failed)
    assert mark["docker"].startswith(mirror.newest)


def test_a_failed_machine_is_ready_once_there_is_room(told: Stories) -> None:
    machine = told["no_room_for_packages"].result()
    machine.output("mount -o remount,size=1g /var/cache/apt")
    machine.output("sh /var/lib/cloud/instance/user-data.txt")
    assert machine.mark()["state"] == "ready"


def test_a_daemon_that_refuses_its_settings_is_left_running_without_them(told: Stories) -> None:
    machine = told["daemon_refuses"].result()
    assert machine.run("test -e /etc/docker/daemon.json").returncode == 1
    machine.output("docker version")


def test_a_machine_that_fails_at_its_first_steps_still_lets_the_trainer_in(
    told: Stories, labs: Labs
) -> None:
    machine = told["cannot_settle"].result()
    log_in = (
        f"ssh -i {labs.key} -o BatchMode=yes -o StrictHostKeyChecking=no "
        f"-o UserKnownHostsFile=/dev/null student@{machine.address}"
    )
    said = run(*log_in.split(), "id -nG; sudo -n id -un; cat /var/lib/dockyard/result.json").stdout
    groups, root, mark = said.splitlines()
    assert "docker" in groups.split()
    assert root == "root"
    assert '"state":"failed","step":"settle"' in mark
