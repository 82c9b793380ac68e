"""provider.sh, with the computers of other people played by small programs on PATH."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "vagrant/provider.sh"
SHELLS = (["dash"], ["busybox", "sh"], ["bash", "--posix"])
TOOLS = ("sh", "sleep", "kill", "grep", "sed", "mktemp", "rm", "uname", "dirname", "cat")
Provider = Callable[..., "subprocess.CompletedProcess[str]"]

DOCKER = "echo 'linux [name=seccomp]'"
LIBVIRT = {"virsh": "exit 0", "vagrant": "echo 'vagrant-libvirt (0.11.2, system)'"}
VIRTUALBOX = {"VBoxManage": "exit 0"}


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    """Runs provider.sh where only the given programs are, each a line of sh."""

    def run(
        *words: str,
        programs: dict[str, str],
        shell: tuple[str, ...] = ("dash",),
        script: Path = SCRIPT,
    ) -> "subprocess.CompletedProcess[str]":
        # two folders: nothing is ever written through a link to the computer's own program
        given, tools = tmp_path / "given", tmp_path / "tools"
        given.mkdir(exist_ok=True)
        tools.mkdir(exist_ok=True)
        for tool in TOOLS:
            (tools / tool).unlink(missing_ok=True)
            (tools / tool).symlink_to(str(shutil.which(tool)))
        for name, line in programs.items():
            (given / name).write_text(f"#!/bin/sh\n{line}\n", encoding="ascii")
            (given / name).chmod(0o755)
        return subprocess.run(
            [str(shutil.which(shell[0])), *shell[1:], script, *words],
            env={"PATH": f"{given}:{tools}", "TMPDIR": str(tmp_path)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_it_runs_in(shell: list[str], provider: Provider) -> None:
    done = provider(programs={"docker": DOCKER}, shell=tuple(shell))
    assert done.stdout == "docker\nDocker answers; machines are containers with systemd.\n"


def test_virtual_machines_come_before_containers(provider: Provider) -> None:
    done = provider(programs={"docker": DOCKER, **VIRTUALBOX})
    assert done.stdout == "virtualbox\nVirtualBox started a virtual machine.\n"


def test_virtualbox_that_starts_nothing_is_passed_over(provider: Provider) -> None:
    fails = 'case "$1" in startvm) exit 1 ;; esac'
    done = provider(programs={"docker": DOCKER, "VBoxManage": fails})
    assert done.stdout.startswith("docker\n")


def test_virtualbox_that_hangs_is_passed_over(provider: Provider) -> None:
    # a hypervisor without its kernel module may wait for ever; here its 20 s are cut to 0.2
    sleep = shutil.which("sleep")
    brief = f'case "$1" in 20) exec {sleep} 0.2 ;; *) exec {sleep} "$1" ;; esac'
    hangs = {"VBoxManage": f"exec {sleep} 60", "sleep": brief}
    done = provider("--list", programs={"docker": DOCKER, **hangs})
    assert "VBoxManage does not answer" in done.stdout


@pytest.mark.parametrize(
    ("programs", "reason"),
    [
        ({"docker": "exit 1"}, "its daemon does not answer"),
        ({"docker": "echo 'linux [name=rootless]'"}, "runs rootless here"),
        ({"docker": "echo 'windows []'"}, "switch it to Linux containers"),
        ({"virsh": "exit 0", "vagrant": "exit 0"}, "vagrant-libvirt is not installed"),
        ({**LIBVIRT, "virsh": "exit 1"}, "libvirt does not answer at qemu:///system"),
        ({}, "Docker is not installed."),
    ],
)
def test_where_none_works_the_reasons_are_told(
    programs: dict[str, str], reason: str, provider: Provider
) -> None:
    done = provider(programs=programs)
    assert done.returncode == 1
    assert done.stdout == ""
    assert reason in done.stderr


def test_the_list_says_something_of_every_provider(provider: Provider) -> None:
    lines = provider("--list", programs={"docker": DOCKER}).stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["libvirt", "no"],
        ["virtualbox", "no"],
        ["vmware_desktop", "no"],
        ["hyperv", "no"],
        ["docker", "works"],
    ]


def test_an_unknown_word_is_refused(provider: Provider) -> None:
    done = provider("--quick", programs={})
    assert done.returncode == 2
    assert "there is --boot, --kvm, --list" in done.stderr


@pytest.mark.parametrize(("serial", "code"), [("echo Linux version 6", 0), ("echo BIOS", 1)])
def test_kvm_is_judged_by_what_a_kernel_says(
    serial: str, code: int, provider: Provider, tmp_path: Path
) -> None:
    script = tmp_path / "vagrant/provider.sh"
    kernel = tmp_path / "vagrant/box/out/libvirt/debian-13/vmlinuz"
    kernel.parent.mkdir(parents=True)
    kernel.touch()
    shutil.copy(SCRIPT, script)
    emulator = f'for word; do case $word in file:*) {serial} >"${{word#file:}}" ;; esac; done'
    machine = os.uname().machine
    done = provider("--kvm", programs={f"qemu-system-{machine}": emulator}, script=script)
    assert done.returncode == code
