"""A rehearsed machine of AWS asks EC2's metadata service who it is, and ends itself by its tag."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from rehearsal import serve
from rehearsal.clouds.aws import real
from rehearsal.inventory import Inventory, Record
from rehearsal.machines import docker
from standin.built import run
from standin.rehearsed import Rehearsed, dockyard, until

pytestmark = [pytest.mark.machine, pytest.mark.slow]

LAB = "aws-lab"
DOCKYARD = dockyard(sys.executable)
EXPIRES = "dockyard-expires"
HOST, OTHER = "seat01-node1", "seat02-node1"
LINES = """
at=http://169.254.169.254/latest header=X-aws-ec2-metadata-token
token() { curl -fsm 5 -X PUT -H "$header-ttl-seconds: 60" "$@" $at/api/token; }
page() { curl -fsm 5 -H "$header: $token" $at/$1; }
status() { curl -sm 5 -o /dev/null -w '%{http_code}' "$@" $at/meta-data/instance-id; }
"""
IN_A_CONTAINER = "docker run --rm curl /usr/bin/curl -sm 3 -X PUT -w ' %{http_code}' "
SOON = 75
"""seconds in which a machine has looked at least once, most times"""
PATIENCE = 240
"""A machine looks each minute, which systemd may make two of (AccuracySec), and takes a while to
end; all of it is late on a busy computer."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    """A rehearsal of two students that stays, with Docker in the image: without the internet."""
    with Rehearsed.staying(tmp_path_factory.mktemp("metadata"), LAB, "--baked") as made:
        yield made


def typed(kept: Rehearsed, lines: str) -> list[str]:
    """The words that lines print on the first machine, typed there over ssh as the trainer does."""
    script = kept.clone.home / "lines.sh"
    script.write_text(LINES + lines, encoding="ascii")
    said = kept.inside(LAB, f"{DOCKYARD} exec {LAB} --only {HOST} --json --input {script} -- sh")
    (answer,) = json.loads(said.out)
    return str(answer["out"]).split()


def record(kept: Rehearsed, host: str) -> Record | None:
    inventory = serve.opened("aws", kept.folder(LAB).inventory)
    found = [one for one in inventory.all(real.MACHINE) if one.name == host]
    inventory.close()
    return next(iter(found), None)


def change(
    kept: Rehearsed, host: str, tags: Mapping[str, str] | None = None, **options: object
) -> None:
    """As somebody does in the cloud's console, while the machine runs."""
    one = record(kept, host)
    assert one
    inputs = {**one.inputs, "metadataOptions": {**one.inputs["metadataOptions"], **options}}
    inventory = serve.opened("aws", kept.folder(LAB).inventory)
    inventory.put(replace(one, inputs=inputs, tags={**one.tags, **(tags or {})}))
    inventory.close()


def test_a_machine_reads_with_a_token_who_it_is(kept: Rehearsed) -> None:
    mine = record(kept, HOST)
    assert mine
    user_data = real.asked(Inventory(), mine).user_data.encode()
    pages = ("instance-id", "instance-type", "hostname", "local-ipv4", "public-ipv4",
             "placement/region", f"tags/instance/{EXPIRES}")  # fmt: skip
    asked = "; echo; ".join(f"page meta-data/{page}" for page in pages)
    asks = f"status; echo; token=$(token); {asked}; echo; page user-data | sha256sum"
    assert typed(kept, asks)[:-1] == [
        "401", mine.id, mine.inputs["instanceType"], mine.outputs["privateDns"],
        mine.outputs["privateIp"], mine.address, mine.scope, mine.tags[EXPIRES],
        hashlib.sha256(user_data).hexdigest(),
    ]  # fmt: skip


def test_no_container_gets_a_token_over_one_hop(kept: Rehearsed) -> None:
    files = "{ echo usr/bin/curl; ldd /usr/bin/curl | grep -o '/[^ ]*'; }"
    pack = f"{files} | tar -C / -chPf - -T - | docker import - curl"
    run("docker", "exec", kept.machine(LAB, HOST), "sh", "-c", pack)
    asks = f'{IN_A_CONTAINER} -H "$header-ttl-seconds: 60" $at/api/token || echo " ended $?"'
    assert typed(kept, asks) == ["000", "ended", "28"]
    change(kept, HOST, httpPutResponseHopLimit=2)
    token, status = typed(kept, asks)
    assert status == "200"
    assert len(token) > 50
    change(kept, HOST, httpPutResponseHopLimit=1)


def test_its_options_hold_at_once(kept: Rehearsed) -> None:
    asks = 'token=$(token); status -H "$header: $token"; echo; page meta-data/tags/ || echo none'
    change(kept, HOST, instanceMetadataTags="disabled")
    assert typed(kept, asks) == ["200", "none"]
    change(kept, HOST, httpEndpoint="disabled", instanceMetadataTags="enabled")
    assert typed(kept, asks) == ["403", "none"]
    change(kept, HOST, httpEndpoint="enabled")
    assert typed(kept, asks) == ["200", "instance/"]


def test_the_hardware_is_amazon_s_and_the_rest_as_it_was(kept: Rehearsed) -> None:
    lines = (
        "cat /sys/class/dmi/id/sys_vendor; systemd-detect-virt; cloud-init query platform; "
        "test -e /sys/class/net/wire || sudo ip link add wire type bridge; "
        "cat /sys/class/net/wire/mtu; cat /sys/class/mem/null/dev; "
        "systemctl is-active dockyard-deadline.timer; systemctl is-system-running --wait"
    )
    expected = "Amazon EC2 docker nocloud 1500 1:3 active running"
    assert typed(kept, lines) == expected.split()


def test_all_that_is_there_after_a_reboot(kept: Rehearsed) -> None:
    inside = kept.machine(LAB, HOST)
    run("docker", "exec", inside, "systemctl", "reboot")
    until(lambda: "rebooted" in (kept.folder(LAB).path / "journal.jsonl").read_text())
    lines = f"{LINES}token | wc -c; cat /sys/class/dmi/id/sys_vendor"
    lines += "; systemctl is-active dockyard-deadline.timer"
    words = ["docker", "exec", inside, "sh", "-c", lines]

    def said() -> str:
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout

    until(lambda: said().split() == ["56", "Amazon", "EC2", "active"])


def test_a_machine_ends_itself_when_its_tag_is_past_and_stays_when_it_is_moved(
    kept: Rehearsed,
) -> None:
    before = record(kept, HOST)
    assert before
    soon = int(time.time()) + SOON
    change(kept, HOST, {EXPIRES: str(soon)})
    assert kept.inside(LAB, f"{DOCKYARD} extend {LAB} 2h").code == 0
    change(kept, OTHER, {EXPIRES: str(int(time.time()) - 1)})
    asks = f"token=$(token); page meta-data/tags/instance/{EXPIRES}"
    assert int(*typed(kept, asks)) == int(before.tags[EXPIRES]) + 7200
    until(lambda: record(kept, OTHER) is None, PATIENCE)
    until(lambda: kept.machine(LAB, OTHER) == "")
    assert OTHER not in kept.type("inventory", LAB)
    until(lambda: time.time() > soon, SOON)
    looked = "systemctl show -P LastTriggerUSecMonotonic dockyard-deadline.timer"
    last = typed(kept, looked)
    until(lambda: typed(kept, looked) != last, PATIENCE)
    assert record(kept, HOST)


def test_a_keeper_that_is_killed_leaves_no_service(kept: Rehearsed) -> None:
    folder = kept.folder(LAB)
    words = ["docker", "exec", kept.machine(LAB, HOST), "sh", "-c", f"{LINES}token"]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    assert folder.keeper
    os.kill(folder.keeper, signal.SIGKILL)
    refused = 7
    until(lambda: subprocess.run(words, check=False).returncode == refused)
    kept.type("stop")
    assert docker.machines(folder.path) == []
