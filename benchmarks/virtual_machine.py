"""One emulated virtual machine with Docker in its box: `dockyard up` beside a Vagrantfile by hand.

usage: PYTHONPATH=tests python benchmarks/virtual_machine.py [ROUNDS]      seconds, and their ratio

Needs root, libvirt, and the box: vagrant/box/build.sh libvirt debian-13 --docker-inside.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lab import DOCKYARD, ROOT, clone, report, seconds

from standin.vagrant_labs import libvirt_host

LAB = """\
lab: {name: bench, target: local, docker: {source: distribution}, local: {provider: libvirt}}
"""
BOX = ROOT / "vagrant/box/out/libvirt/debian-13-distribution"
IMAGES = Path("/var/lib/libvirt/images")


def bare(folder: Path) -> dict[str, str]:
    """Kernel and initrd where the emulator may read them; the rest as a person sets it."""
    shutil.copytree(ROOT / "benchmarks/bare_vm", folder / "bare")
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", key], check=True)
    for name in ("vmlinuz", "initrd.img"):
        shutil.copy(BOX / name, IMAGES / f"bench-{name}")
    return {
        **os.environ,
        "BARE_KEY": str(key),
        "BARE_BOX": str(BOX),
        "BARE_KERNEL": str(IMAGES / "bench-vmlinuz"),
        "BARE_INITRD": str(IMAGES / "bench-initrd.img"),
        "VAGRANT_HOME": str(folder / "home"),
    }


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    taken: dict[str, list[float]] = {"by hand": [], "dockyard up": []}
    with tempfile.TemporaryDirectory() as name, libvirt_host():
        folder = Path(name)
        root = clone(folder)
        (root / "vagrant/lab.own.yaml").write_text(LAB, encoding="ascii")
        shutil.copytree(BOX, root / BOX.relative_to(ROOT))
        env = bare(folder)
        hand, up = folder / "bare", ["vagrant", "up", "--provider", "libvirt"]
        # the first of each uploads its box; it is not counted
        for counted in (False, *[True] * rounds):
            by_hand = seconds(up, hand, env)
            seconds(["vagrant", "destroy", "-f"], hand, env)
            ours = seconds([DOCKYARD, "up"], root, env)
            seconds([DOCKYARD, "down", "--yes"], root, env)
            if counted:
                taken["by hand"].append(by_hand)
                taken["dockyard up"].append(ours)
    report(taken, "dockyard up", "by hand")


if __name__ == "__main__":
    main()
