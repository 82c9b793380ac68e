"""Two seats of two virtual machines each, with libvirt; emulated where need be: minutes."""

from collections.abc import Iterator

import pytest

from standin.built import run
from standin.vagrant_labs import VIRSH, VagrantLab, libvirt_lab

pytestmark = [pytest.mark.machine, pytest.mark.slow]

LAB = """\
lab:
  name: vgseats
  target: local
  students: 2
  machines: [{count: 2}]
  docker: {source: distribution}
"""
ADDRESSES = {
    "seat01-node1": "10.77.0.20",
    "seat01-node2": "10.77.0.21",
    "seat02-node1": "10.77.0.36",
    "seat02-node2": "10.77.0.37",
}
REACHES = "timeout 10 bash -c '</dev/tcp/{}/22' 2>/dev/null && echo reached || echo not reached"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VagrantLab]:
    with libvirt_lab(tmp_path_factory.mktemp("vagrant"), LAB) as made:
        yield made


def test_all_are_made_provisioned_and_verified(lab: VagrantLab) -> None:
    said = lab.type("up")
    for host, address in ADDRESSES.items():
        assert f"{host}: SSH address: {address}:22" in said
        assert f"{host}: dockyard: verify: ready: Docker" in said


@pytest.mark.parametrize("host", ADDRESSES)
def test_each_is_entered_by_its_name(lab: VagrantLab, host: str) -> None:
    assert lab.inside("hostname; docker info --format '{{.Name}}'", host).split() == [host, host]


@pytest.mark.parametrize("seat", ["seat01", "seat02"])
def test_names_lead_to_the_machines_of_the_seat(lab: VagrantLab, seat: str) -> None:
    for name in ("node2", f"{seat}-node2"):
        found = lab.inside(f"getent hosts {name}", f"{seat}-node1").split()
        assert found[0] == ADDRESSES[f"{seat}-node2"]
    assert lab.inside(REACHES.format("node2"), f"{seat}-node1") == "reached\n"


def test_no_seat_reaches_another(lab: VagrantLab) -> None:
    for own, other in (("seat01-node1", "seat02-node1"), ("seat02-node2", "seat01-node2")):
        assert lab.inside(REACHES.format(ADDRESSES[other]), own) == "not reached\n"
        assert lab.inside(f"getent hosts {other} || echo unknown", own) == "unknown\n"


def test_one_of_them_is_destroyed_alone(lab: VagrantLab) -> None:
    lab.type("destroy", "--force", "seat02-node2")
    assert lab.inside(REACHES.format("node2"), "seat01-node1") == "reached\n"
    assert lab.inside("hostname", "seat02-node1") == "seat02-node1\n"


def test_destroy_leaves_nothing_of_the_lab(lab: VagrantLab) -> None:
    lab.type("destroy", "--force")
    for kind in (("list", "--all"), ("net-list", "--all"), ("vol-list", "default")):
        assert "vgseats" not in run(*VIRSH, *kind).stdout
