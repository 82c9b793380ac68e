"""A virtual machine for tests, from the box that `vagrant up` uses, with Docker in it.

It is emulated: a computer without hardware virtualisation, as CI's is, runs it too. Its
kernel is booted directly and has cgroup v2 alone, as the computers of most users.
"""

import os
import shlex
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from standin.built import BOX, companion, run

SYSTEM = "debian-13"
COMMAND_LINE = (
    "root=/dev/vda rw quiet console=ttyS0 net.ifnames=0 mitigations=off random.trust_cpu=on"
    " tsc=reliable systemd.show_status=no"
)
BOOT_SECONDS = 120


@dataclass(frozen=True)
class VirtualMachine:
    """A booted one, reached by ssh as `vagrant`, who may use sudo."""

    port: int
    key: Path

    @property
    def ssh(self) -> list[str]:
        """The command that logs in."""
        options = ("BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null")
        quiet = ("LogLevel=ERROR", "ConnectTimeout=10")
        words = [word for option in (*options, *quiet) for word in ("-o", option)]
        return ["ssh", *words, "-p", str(self.port), "-i", str(self.key), "vagrant@127.0.0.1"]

    def run(
        self, command: str, stdin: IO[bytes] | None = None, timeout: float = 300
    ) -> "subprocess.CompletedProcess[bytes]":
        """A shell command as root."""
        return subprocess.run(
            [*self.ssh, f"sudo sh -c {shlex.quote(command)}"],
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
        )

    def output(self, command: str, stdin: IO[bytes] | None = None, timeout: float = 300) -> str:
        """What a command that must succeed prints."""
        done = self.run(command, stdin, timeout)
        assert not done.returncode, f"{command}: {(done.stdout + done.stderr).decode()}"
        return done.stdout.decode().strip()


@contextmanager
def virtual_machine(folder: Path, key: Path) -> Iterator[VirtualMachine]:
    """One that lasts as long as the context; `folder` takes its disk, `key` opens it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    public = key.with_suffix(".pub").read_text().split()
    with (folder / "qemu.log").open("wb") as log:
        process = companion(*_qemu(folder, port, ":".join(public[:2])), log=log)
    try:
        machine = VirtualMachine(port, key)
        _wait(machine, process, folder)
        yield machine
    finally:
        process.kill()
        process.wait(timeout=30)


def _qemu(folder: Path, port: int, key: str) -> list[str]:
    box = BOX / "out" / "libvirt" / f"{SYSTEM}-distribution"
    run(str(BOX / "build.sh"), "libvirt", SYSTEM, "--docker-inside")
    disk = folder / "box.img"
    with tarfile.open(box / "dockyard.box") as archive:
        archive.extract("box.img", folder, filter="data")
    return [
        *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "qemu64"),
        *("-smp", str(os.cpu_count()), "-m", "2048", "-display", "none"),
        *("-kernel", str(box / "vmlinuz"), "-initrd", str(box / "initrd.img")),
        *("-append", f"{COMMAND_LINE} dockyard.key={key}"),
        *("-drive", f"if=virtio,format=qcow2,cache=unsafe,file={disk}"),
        *("-nic", f"user,model=virtio,hostfwd=tcp:127.0.0.1:{port}-:22"),
        *("-serial", f"file:{folder}/console.log"),
    ]


def _wait(machine: VirtualMachine, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + BOOT_SECONDS
    while True:
        try:
            if machine.run("docker version", timeout=30).returncode == 0:
                return
        except subprocess.TimeoutExpired:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"no virtual machine; read {folder}/qemu.log and console.log")
        time.sleep(2)
