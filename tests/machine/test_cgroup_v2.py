"""The container machine on the kind of computer that users have: cgroup v2, systemd's driver.

The computer is an emulated virtual machine with Docker in it; the machine in it gets the
very arguments that `vagrant up` passes, and the same user data.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from standin.built import BOX, HERE, run
from standin.machines import MARK, Machine
from standin.vms import VirtualMachine, virtual_machine

pytestmark = [pytest.mark.machine, pytest.mark.slow]

LAB = """\
lab:
  name: cgroup-v2
  target: local
  docker: {source: distribution}
"""


@pytest.fixture(scope="module")
def computer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualMachine]:
    folder = tmp_path_factory.mktemp("computer")
    key = folder / "id_ed25519"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key))
    with virtual_machine(folder, key) as machine:
        yield machine


@contextmanager
def docker_of(computer: VirtualMachine, folder: Path) -> Iterator[None]:
    """The `docker` and the Ruby of this computer speak to the other one's Docker."""
    computer.output("usermod -aG docker vagrant")
    here = folder / "docker.sock"
    tunnel = subprocess.Popen([*computer.ssh, "-nNT", "-L", f"{here}:/run/docker.sock"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", f"unix://{here}")
        try:
            run("sh", "-c", "until docker version; do sleep 0.2; done", timeout=60)
            yield
        finally:
            tunnel.terminate()
            tunnel.wait(timeout=10)


def as_vagrant_would(folder: Path) -> dict[str, Any]:
    """What container_machine.rb finds out."""
    description = folder / "lab.yaml"
    description.write_text(LAB)
    ruby = ["ruby", str(HERE / "container_machine.rb")]
    environment = {**os.environ, "DOCKYARD_DESCRIPTION": str(description)}
    said = subprocess.run(ruby, env=environment, capture_output=True, text=True, check=False)
    assert not said.returncode, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return found


@pytest.fixture(scope="module")
def machine(
    computer: VirtualMachine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("tunnel")
    image = folder / "image.tar"
    run(str(BOX / "build.sh"), "docker", "debian-13")
    run("docker", "save", "--output", str(image), "dockyard-machine:debian-13")
    with docker_of(computer, folder):
        run("docker", "load", "--input", str(image))
        given = as_vagrant_would(folder)
        kept = Path(given["kept"])
        try:
            # the file that is mounted must be on the computer that Docker is on
            resolver = next(kept.glob("resolv.conf-*"))
            with resolver.open("rb") as file:
                computer.output(f"mkdir -p {kept}; cat >{resolver}", stdin=file)
            started = run("docker", "run", "--detach", *given["arguments"], given["image"])
            machine = Machine(started.stdout.strip())
            machine.wait_for_boot()
            machine.write("/root/user-data", given["user_data"])
            yield machine
        finally:
            shutil.rmtree(kept)


def test_a_container_machine_becomes_ready_and_stays_so(
    machine: Machine, computer: VirtualMachine
) -> None:
    assert (
        computer.output("docker info --format {{.CgroupVersion}}/{{.CgroupDriver}}") == "2/systemd"
    )
    machine.output("sh /root/user-data", timeout=600)
    assert machine.mark()["state"] == "ready"
    assert machine.says_hello("student") == "hello"
    assert machine.output("docker info --format '{{.CgroupVersion}}'", "student") == "2"

    marked = machine.output(f"cat {MARK}")
    machine.reboot()
    machine.wait_until("docker version")
    assert machine.output("docker run --rm hello /bin/echo again", "student") == "again"
    assert machine.output(f"cat {MARK}") == marked
