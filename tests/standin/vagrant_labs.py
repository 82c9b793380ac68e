"""`vagrant` as a person types it inside vagrant/, with an own description and own state."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from standin.built import cache, companion, run

ROOT = Path(__file__).parents[2]

VIRSH = ("virsh", "--quiet", "--connect", "qemu:///system")


@dataclass
class VagrantLab:
    """One lab; `times` are the seconds of every command, shown when a test fails."""

    folder: Path
    provider: str
    times: list[str] = field(default_factory=list)

    @property
    def description(self) -> Path:
        return self.folder / "lab.yaml"

    def type(self, *words: str, code: int = 0) -> str:
        """Types `vagrant WORD…`; returns all that it says."""
        env = os.environ | {
            "DOCKYARD_DESCRIPTION": str(self.description),
            "VAGRANT_DOTFILE_PATH": str(self.folder / "state"),
            "VAGRANT_HOME": str(self.folder / "home"),
            "VAGRANT_DEFAULT_PROVIDER": self.provider,
        }
        start = time.monotonic()
        done = subprocess.run(
            ["vagrant", *words],
            cwd=ROOT / "vagrant", env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=1500,
        )  # fmt: skip
        self.times.append(f"{time.monotonic() - start:6.1f} s  vagrant {' '.join(words)}"[:100])
        sys.stdout.write(f"{self.times[-1]}\n")
        assert done.returncode == code, done.stdout
        return done.stdout

    def inside(self, command: str, machine: str = "") -> str:
        """What a command prints in a machine."""
        return self.type("ssh", *filter(None, [machine]), "--command", command)


@contextmanager
def vagrant_lab(folder: Path, provider: str, text: str) -> Iterator[VagrantLab]:
    """A lab of `text`; at the end its machines are destroyed."""
    lab = VagrantLab(folder, provider)
    lab.description.write_text(text, encoding="ascii")
    try:
        yield lab
    finally:
        lab.type("destroy", "--force")
        name = text.split("name: ", 1)[1].split("\n", 1)[0]
        shutil.rmtree(ROOT / ".dockyard" / "local" / name, ignore_errors=True)


@contextmanager
def libvirt_host() -> Iterator[None]:
    """That libvirt answers: where it did not, its two daemons run for as long as the tests."""
    asked = subprocess.run(
        ["virsh", "--connect", "qemu:///system", "version"], capture_output=True, check=False
    )
    if asked.returncode == 0:
        yield
        return
    with _kvm_as_udev_would_have_it(), (cache() / "libvirt.log").open("wb") as log:
        daemons = [companion(name, log=log) for name in ("virtlogd", "libvirtd")]
        try:
            ask = "until virsh --connect qemu:///system version; do sleep 0.2; done"
            run("sh", "-c", ask, timeout=60)
            yield
        finally:
            for daemon in reversed(daemons):
                daemon.terminate()
                daemon.wait(timeout=30)


@contextmanager
def libvirt_lab(folder: Path, text: str) -> Iterator[VagrantLab]:
    """A lab of virtual machines from the box that has Docker in it."""
    run("sh", str(ROOT / "vagrant/box/build.sh"), "libvirt", "debian-13", "--docker-inside")
    with libvirt_host(), vagrant_lab(folder, "libvirt", text) as lab:
        yield lab


@contextmanager
def _kvm_as_udev_would_have_it() -> Iterator[None]:
    """Without udev /dev/kvm is root's alone: libvirt then probes its emulator anew, for seconds,
    at every step (180 s in place of 50 for one `vagrant up`).
    """
    device = Path("/dev/kvm")
    if not device.exists():
        yield
        return
    before = device.stat()
    shutil.chown(device, group="kvm")
    device.chmod(0o660)
    try:
        yield
    finally:
        os.chown(device, before.st_uid, before.st_gid)
        device.chmod(before.st_mode & 0o777)
