"""A rehearsed lab's machines, stopped, started and rebooted by their clouds' own SDKs, and their
consoles read; what Dockyard says of one that is stopped, and how it finds it again.
"""

import json
import socket
import sys
from pathlib import Path

import pytest

import standin.sdk_power
from rehearsal.machines import docker
from rehearsal.stage import canaries, places
from standin.built import run
from standin.rehearsed import Rehearsed, dockyard, until

pytestmark = [pytest.mark.machine, pytest.mark.slow]

DOCKYARD = dockyard(sys.executable)
HOST, OTHER = "seat01-node1", "seat02-node1"
WORK = "canary0123456789abcdef"
SDK = Path(standin.sdk_power.__file__)
OFF = {
    "aws": ("stopped", "Amazon Web Services says stopped; its disk still costs"),
    "azure": (
        "PowerState/deallocated",
        "Microsoft Azure says deallocated; its disk and its address still cost",
    ),
    "gcp": ("TERMINATED", "Google Cloud says TERMINATED; its disk still costs"),
}
ON = {"aws": "running", "azure": "PowerState/running", "gcp": "RUNNING"}
START = {
    "aws": "Switch on: aws ec2 start-instances --region eu-west-3 --instance-ids i-",
    "azure": "Switch on: az vm start --ids /subscriptions/",
    "gcp": "Switch on: gcloud compute instances start --project rehearsal --zone europe-west9-b ",
}


def _sdk(kept: Rehearsed, cloud: str, act: str) -> str:
    """The cloud's own SDK does it to the first machine; what it printed."""
    said = kept.inside(f"{cloud}-lab", f"{sys.executable} -W ignore {SDK} {cloud} {act} {HOST}")
    assert said.code == 0
    return said.out.strip()


def _address(kept: Rehearsed, cloud: str) -> str:
    """As the cloud has it."""
    (found,) = [
        one["address"]
        for one in json.loads(kept.type("inventory", f"{cloud}-lab", "--json"))
        if one["name"] == HOST and one["kind"].endswith(("Instance", ":VirtualMachine"))
    ]
    return str(found)


def _greeting(address: str) -> bytes:
    try:
        with socket.create_connection((address, 22), timeout=2) as door:
            return door.recv(4)
    except OSError:
        return b""


def _inside(kept: Rehearsed, cloud: str, command: str) -> str:
    machine = kept.machine(f"{cloud}-lab", HOST)
    return run("docker", "exec", machine, "sh", "-c", command).stdout.strip()


BOOTED = "systemctl show --value --property UserspaceTimestamp"
"""a container has its kernel's boot_id; when its systemd began is its own"""


def test_a_stopped_machine_is_silent_and_said_to_be_stopped(kept: Rehearsed, cloud: str) -> None:
    lab = f"{cloud}-lab"
    before = _address(kept, cloud)
    _inside(kept, cloud, f"echo {WORK} >/home/work && sync")
    assert _greeting(before) == b"SSH-"
    state, words = OFF[cloud]
    assert _sdk(kept, cloud, "stop") == state
    assert _greeting(before) == b""
    said = kept.inside(lab, f"{DOCKYARD} status {lab}")
    assert (said.code, words in said.out, START[cloud] in said.out) == (0, True, True)
    said = kept.inside(lab, f"{DOCKYARD} check {lab}")
    assert (said.code, f"✗ stopped  {HOST}" in said.out, START[cloud] in said.out) == (
        5,
        True,
        True,
    )
    assert "unreachable" not in said.out
    said = kept.inside(lab, f"{DOCKYARD} check {lab} --full")
    assert (said.code, words in said.out, START[cloud] in said.out) == (5, True, True)
    said = kept.inside(lab, f"{DOCKYARD} exec {lab} -- hostname")
    assert (said.code, words in said.out, START[cloud] in said.out) == (5, True, True)
    assert f"{OTHER}: {OTHER}" in said.out
    said = kept.inside(lab, f"{DOCKYARD} ssh {lab} 1 </dev/null", seconds=30)
    assert (said.code, words in said.out, START[cloud] in said.out) == (5, True, True)
    said = kept.inside(lab, f"{DOCKYARD} up {lab} --yes")
    assert (said.code, START[cloud] in said.out) == (5, True)
    assert f"! Switched off in the cloud: {HOST}." in said.out
    assert f"✓ ready    {OTHER}" in said.out


def test_a_secret_on_a_stopped_machines_disk_is_found(kept: Rehearsed, cloud: str) -> None:
    folder = kept.folder(f"{cloud}-lab")
    looked = places.scan(folder, canaries.of(folder, {"it": WORK}, []), machines=True)
    assert [one.place for one in looked.found] == [f"machine {HOST}, /home/work"]


def test_started_it_is_found_again_with_all_that_was_on_it(kept: Rehearsed, cloud: str) -> None:
    lab = f"{cloud}-lab"
    before = _address(kept, cloud)
    assert _sdk(kept, cloud, "start").startswith(ON[cloud])
    after = _address(kept, cloud)
    until(lambda: _greeting(after) == b"SSH-")
    assert _inside(kept, cloud, "cat /home/work") == WORK
    if cloud == "azure":
        assert after == before
    else:
        said = kept.inside(lab, f"{DOCKYARD} check {lab}")
        assert (said.code, f"its address is {after} now" in said.out) == (5, True)
    said = kept.inside(lab, f"{DOCKYARD} up {lab} --yes")
    assert (said.code, f"Nothing to change: {lab}" in said.out) == (0, True)
    said = kept.inside(lab, f"{DOCKYARD} exec {lab} -- hostname")
    assert f"{HOST}: {HOST}" in said.out


def test_rebooted_it_has_booted_anew_and_its_console_says_so(kept: Rehearsed, cloud: str) -> None:
    before, address = _inside(kept, cloud, BOOTED), _address(kept, cloud)
    assert _sdk(kept, cloud, "reboot").startswith(ON[cloud])
    until(lambda: _greeting(address) == b"SSH-")
    assert _address(kept, cloud) == address
    after = _inside(kept, cloud, BOOTED)
    assert after.startswith("20") or after[:3].isalpha()  # a time is said
    assert after != before
    console = _sdk(kept, cloud, "console")
    assert console.count("cloud-init.target") >= 2


def test_a_stopped_lab_is_taken_down_whole(kept: Rehearsed, cloud: str) -> None:
    lab = f"{cloud}-lab"
    _sdk(kept, cloud, "stop")
    said = kept.inside(lab, f"{DOCKYARD} down {lab} --yes")
    assert said.code == 0
    assert "The cloud itself was asked: nothing there carries the lab's tags." in said.out
    assert docker.machines(kept.folder(lab).path) == []
