"""Served as a process: it says where, keeps what it has, and ends when it is told."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rehearsal.inventory import Inventory
from unit.rehearsal.small_engine import Engine

Served = subprocess.Popen[str]

ROOT = Path(__file__).parents[3]
VPC = "aws:ec2/vpc:Vpc"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], tuple[Served, str]]]:
    """Starts a server; it, and the line that it prints first."""
    started = []

    def new() -> tuple[Served, str]:
        command = [sys.executable, "-m", "rehearsal", "serve", "aws", "--inventory", tmp_path]
        one = subprocess.Popen(
            command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(one)
        assert one.stdout is not None
        return one, one.stdout.readline()

    yield new
    for one in started:
        one.kill()
        one.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_and_another_remembers(
    start: Callable[[], tuple[Served, str]], tmp_path: Path, number: signal.Signals
) -> None:
    for count in (1, 2):
        process, line = start()
        name, _, value = line.strip().partition("=")
        assert name == "export PULUMI_DEBUG_PROVIDERS"
        engine = Engine(value, Inventory(), region="eu-west-3")
        engine.make(VPC, f"n{count}", {"cidrBlock": "10.0.0.0/16"})
        engine.channel.close()
        process.send_signal(number)
        _, complaint = process.communicate(timeout=20)
        assert (process.returncode, complaint) == (0, "")
    inventory = Inventory(tmp_path / "aws.jsonl")
    assert [one.name for one in inventory.all(VPC)] == ["n1", "n2"]
    inventory.close()


def test_a_cloud_that_there_is_not() -> None:
    command = [sys.executable, "-m", "rehearsal", "serve", "mars"]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    assert done.returncode == 2
    assert "invalid choice: 'mars'" in done.stderr
