"""`vagrant up` to `docker run` to `vagrant destroy`, with the docker provider alone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from standin.built import run
from standin.docker_host import docker_host
from standin.vagrant_labs import ROOT, VagrantLab, vagrant_lab

pytestmark = pytest.mark.machine

HOST = "seat01-node1"
LAB = """\
lab:
  name: vgdocker
  target: local
  docker: {source: distribution}
  access: {ports: [8080]}
"""
RUNS = (
    "tar -C / -ch bin/echo $(ldd /bin/echo | grep -o '/[^ ]*' | cut -c2-)"
    " | docker import - hello >/dev/null && docker run --rm hello /bin/echo it runs"
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VagrantLab]:
    with docker_host():
        run("sh", str(ROOT / "vagrant/box/build.sh"), "docker", "debian-13")
        with vagrant_lab(tmp_path_factory.mktemp("vagrant"), "docker", LAB) as made:
            yield made


def container() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        run("docker", "inspect", f"dockyard-vgdocker-{HOST}").stdout
    )[0]
    return found


def test_up_makes_provisions_and_verifies(lab: VagrantLab) -> None:
    said = lab.type("up")
    assert f"Lab vgdocker: 1 machine(s), described in {lab.description}" in said
    assert "Provider docker. Container machines share this computer's kernel" in said
    assert "no security border" in said
    assert "verify: ready: Docker" in said
    assert lab.inside(RUNS) == "it runs\n"


def test_the_machine_has_few_rights_and_its_size(lab: VagrantLab) -> None:
    given = container()["HostConfig"]
    assert given["Privileged"] is False
    rights = sorted(name.removeprefix("CAP_") for name in given["CapAdd"])
    assert rights == ["NET_ADMIN", "SYS_ADMIN"]
    assert given["Memory"] == 1024 * 2**20
    assert lab.inside("findmnt -no OPTIONS /proc/sys").startswith("ro,")
    assert lab.inside("systemctl is-system-running") == "running\n"


def test_only_this_computer_reaches_it(lab: VagrantLab) -> None:
    ports = container()["HostConfig"]["PortBindings"]
    assert sorted(ports) == ["22/tcp", "8080/tcp"]
    assert {binding["HostIp"] for bindings in ports.values() for binding in bindings} == {
        "127.0.0.1"
    }
    assert "nothing to do" in lab.type("provision")


def test_a_container_inside_resolves_names_as_the_machine_does(lab: VagrantLab) -> None:
    inside = lab.inside("docker run --rm -v /etc:/x hello /bin/echo; cat /etc/resolv.conf")
    assert "127.0.0.11" not in inside


def test_no_key_and_no_password_that_others_know(lab: VagrantLab) -> None:
    own = (ROOT / ".dockyard/vagrant_key.pub").read_text(encoding="ascii").split()[:2]
    assert lab.inside("cat ~/.ssh/authorized_keys").split() == own
    assert (ROOT / ".dockyard/vagrant_key").stat().st_mode & 0o777 == 0o600
    assert lab.inside("sudo grep -c '^[^:]*:[$]' /etc/shadow; true") == "0\n"


def test_halt_and_reload_keep_what_is_on_it(lab: VagrantLab) -> None:
    lab.type("halt")
    assert "stopped (docker)" in lab.type("status")
    assert "nothing to do" in lab.type("up")
    assert "nothing to do" in lab.type("reload")
    assert lab.inside("docker run --rm hello /bin/echo it runs") == "it runs\n"


def test_a_provisioning_that_failed_is_tried_again(lab: VagrantLab) -> None:
    stop = "systemctl stop docker.socket docker; chmod a-x /usr/sbin/dockerd"
    lab.inside(f"sudo sh -c 'rm /var/lib/dockyard/result.json; {stop}'")
    assert "dockyard: " in lab.type("up", code=1)
    lab.type("up", code=1)
    lab.inside("sudo chmod a+x /usr/sbin/dockerd; sudo systemctl reset-failed docker")
    assert "ready: Docker" in lab.type("up")


def test_destroy_leaves_nothing_even_of_a_machine_no_longer_described(lab: VagrantLab) -> None:
    volumes = [mount["Name"] for mount in container()["Mounts"] if mount["Type"] == "volume"]
    assert len(volumes) == 2
    lab.description.write_text(
        LAB.replace("target: local", "target: local\n  machines: [{name: other}]")
    )
    assert HOST in lab.type("status")
    lab.type("destroy", "--force")
    left = run("docker", "volume", "ls", "--quiet").stdout.split()
    assert not set(volumes) & set(left)
    for kind in (["ps", "--all"], ["network", "ls"]):
        listed = run("docker", *kind, "--quiet", "--filter", "label=dockyard.lab=vgdocker")
        assert listed.stdout == ""
    assert "not created" in lab.type("status")
