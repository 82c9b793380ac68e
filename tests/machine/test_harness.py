"""What the other tests here rest on: machines boot, cloud-init runs, and its word is worthless.

A script that fails, and one that the power cut stopped, are both `done` after the next boot:
therefore the mark of provision/.
"""

import pytest

from standin.machines import Machine, Machines


def cloud_init_says(machine: Machine) -> str:
    """One word of `cloud-init status`, once it has ended."""
    machine.run("cloud-init status --wait")
    return machine.run("cloud-init status").stdout.removeprefix("status:").strip()


@pytest.mark.machine
def test_cloud_init_says_done_after_a_reboot_though_the_user_data_failed(
    machines: Machines,
) -> None:
    machine = machines.start("debian-12", user_data="#!/bin/sh\necho ran >>/root/runs\nexit 1\n")
    assert cloud_init_says(machine) == "error"
    machine.reboot()
    assert cloud_init_says(machine) == "done"
    assert machine.output("cat /root/runs") == "ran"


@pytest.mark.machine
def test_cloud_init_never_repeats_a_script_that_a_power_cut_stopped(machines: Machines) -> None:
    machine = machines.start("debian-13", user_data="#!/bin/sh\necho ran >>/root/runs\nsleep 99\n")
    machine.wait_until("[ -e /root/runs ]")
    machine.cut_power()
    machine.start_again()
    assert cloud_init_says(machine) == "done"
    assert machine.output("cat /root/runs") == "ran"
