"""`vagrant up` to `docker run` to `vagrant destroy`, with libvirt; emulated where need be."""

from collections.abc import Iterator

import pytest

from standin.built import run
from standin.vagrant_labs import ROOT, VIRSH, VagrantLab, libvirt_lab

pytestmark = pytest.mark.machine

LAB = """\
lab:
  name: vglibvirt
  target: local
  docker: {source: distribution}
"""
RUNS = (
    "tar -C / -ch bin/echo $(ldd /bin/echo | grep -o '/[^ ]*' | cut -c2-)"
    " | docker import - hello >/dev/null && docker run --rm hello /bin/echo it runs"
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VagrantLab]:
    with libvirt_lab(tmp_path_factory.mktemp("vagrant"), LAB) as made:
        yield made


def test_up_makes_provisions_and_verifies(lab: VagrantLab) -> None:
    said = lab.type("up")
    assert "SSH address: 10.77.0.20:22" in said
    assert "verify: ready: Docker" in said
    assert lab.inside(RUNS) == "it runs\n"
    assert lab.inside("hostname; df --output=size -BG / | tail -1").split() == [
        "seat01-node1",
        "20G",
    ]


def test_a_virtual_machine_has_a_kernel_of_its_own(lab: VagrantLab) -> None:
    assert lab.inside("stat -fc %T /sys/fs/cgroup") == "cgroup2fs\n"
    assert lab.inside("systemctl is-system-running") == "running\n"
    own = (ROOT / ".dockyard/vagrant_key.pub").read_text(encoding="ascii").split()[:2]
    assert lab.inside("cat ~/.ssh/authorized_keys").split() == own


def test_reload_keeps_what_is_on_it(lab: VagrantLab) -> None:
    assert "nothing to do" in lab.type("reload")
    assert lab.inside("docker run --rm hello /bin/echo it runs") == "it runs\n"


def test_destroy_leaves_nothing_of_the_lab(lab: VagrantLab) -> None:
    lab.type("destroy", "--force")
    assert "vglibvirt" not in run(*VIRSH, "list", "--all").stdout
    assert "vglibvirt" not in run(*VIRSH, "net-list", "--all").stdout
    assert "vglibvirt" not in run(*VIRSH, "vol-list", "default").stdout
