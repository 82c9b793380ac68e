"""A lab's day in each cloud, rehearsed with real machines: checked in full, ended by its deadline,
taken down; and `make test-cloud`, before it costs money.
"""

import sys

import pytest

from rehearsal.machines import docker
from standin.rehearsed import Rehearsed, dockyard, until

pytestmark = [pytest.mark.machine, pytest.mark.slow]

DOCKYARD = dockyard(sys.executable)
SEATS = ("seat01-node1", "seat02-node1")


def test_a_finished_lab_is_as_it_must_be(kept: Rehearsed, cloud: str) -> None:
    said = kept.inside(f"{cloud}-lab", f"dockyard check {cloud}-lab --full")
    assert said.code == 0
    assert "checks on 2 machines: all as it must be." in said.out


def test_the_deadline_ends_machines_and_down_says_what_it_found(
    kept: Rehearsed, cloud: str
) -> None:
    lab = f"{cloud}-lab"
    assert all(kept.machine(lab, host) for host in SEATS)
    kept.type("clock", "+9h", lab)
    # on Google Cloud a job looks each ten minutes
    kept.type("clock", "+10min", lab)
    until(lambda: docker.machines(kept.folder(lab).path) == [])
    left = kept.type("inventory", lab)
    assert not any(host in left for host in SEATS)
    assert "its time was over at" in kept.inside(lab, f"{DOCKYARD} status {lab}").out
    said = kept.inside(lab, f"{DOCKYARD} down {lab} --yes")
    assert said.code == 0
    assert "The cloud itself was asked: nothing there carries the lab's tags." in said.out
    assert "0 things, 0 of them run on this computer." in kept.type("inventory", lab)


def test_the_real_cloud_s_test_is_seen_to_work(kept: Rehearsed, cloud: str) -> None:
    """The same command as with credentials; all that it made is gone after it."""
    lab = f"{cloud}-lab"
    said = kept.inside(lab, f"make test-cloud CLOUD={cloud} YES=1", seconds=540)
    assert said.code == 0
    assert f"✓ {cloud}: exit codes 0, 0, 0, 0, 0." in said.out
    assert "checks on 1 machine: all as it must be." in said.out
    assert "0 things, 0 of them run on this computer." in kept.type("inventory", lab)
    assert docker.machines(kept.folder(lab).path) == []
