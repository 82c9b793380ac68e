"""The timer that ends a machine on Amazon EC2, and nowhere else."""

import pytest

from standin.folder_machine import FolderMachine

CURL = """case $* in
*PUT*) echo token ;;
*"X-aws-ec2-metadata-token: token"*dockyard-expires) echo {} ;;
*) exit 22 ;;
esac"""
NOW = (
    "systemd-run -qu dockyard-deadline --on-active=60 --on-unit-active=60 "
    "sh /var/lib/dockyard/provision/deadline.sh --now"
)


def on(machine: FolderMachine, vendor: str) -> None:
    folder = machine.root / "sys" / "class" / "dmi" / "id"
    folder.mkdir(parents=True)
    (folder / "sys_vendor").write_text(f"{vendor}\n", encoding="ascii")


def test_amazon_s_machines_get_the_timer_once(machine: FolderMachine) -> None:
    on(machine, "Amazon EC2")
    machine.stub("systemctl", "exit 3")
    machine.stub("systemd-run")
    assert NOW in machine.call("ensure_deadline").calls
    machine.stub("systemctl")
    assert NOW not in machine.call("ensure_deadline").calls


@pytest.mark.parametrize("vendor", ["QEMU", "Microsoft Corporation", "Google", ""])
def test_no_other_machine_gets_it(one_machine: FolderMachine, vendor: str) -> None:
    if vendor:
        on(one_machine, vendor)
    one_machine.stub("systemctl", "exit 3")
    one_machine.stub("systemd-run")
    assert NOW not in one_machine.call("ensure_deadline").calls


def test_it_ends_a_machine_whose_tag_is_past(one_machine: FolderMachine) -> None:
    one_machine.stub("curl", CURL.format("1"))
    assert "systemctl poweroff" in one_machine.call("end_if_due").calls


@pytest.mark.parametrize("tag", ["9999999999", "soon", "", "-1"])
def test_any_other_tag_ends_nothing(one_machine: FolderMachine, tag: str) -> None:
    one_machine.stub("curl", CURL.format(tag))
    assert "systemctl poweroff" not in one_machine.call("end_if_due").calls


def test_who_does_not_answer_ends_nothing(one_machine: FolderMachine) -> None:
    one_machine.stub("curl", "exit 28")
    assert "systemctl poweroff" not in one_machine.call("end_if_due").calls
