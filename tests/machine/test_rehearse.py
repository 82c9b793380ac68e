"""`dockyard rehearse`: a lab's whole day on one computer, and what a person can do meanwhile."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockyard.errors import DockyardError
from rehearsal.machines import docker, metadata
from rehearsal.stage import canaries, places
from standin.built import run
from standin.rehearsed import Rehearsed, dockyard, until
from standin.served import Mirror

pytestmark = pytest.mark.machine

LAB = "aws-lab"
DOCKYARD = dockyard(sys.executable)


@pytest.fixture(scope="module")
def kept(mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    """A rehearsal of two students that stays."""
    made = Rehearsed.make(tmp_path_factory.mktemp("rehearse"), mirror)
    said = made.type(LAB, "--students", "2", "--keep", *made.docker)
    assert said.count("✓ ready  seat0") == 4  # by `up`, and again by `check`
    assert "checks on 2 machines: all as it must be." in said
    yield made
    made.type("stop")
    assert docker.machines(made.folder(LAB).path) == []


def test_the_normal_commands_work_and_so_does_pulumi(kept: Rehearsed) -> None:
    said = kept.inside(LAB, f"{DOCKYARD} exec {LAB} -- docker info --format '{{{{.Driver}}}}'")
    assert "seat02-node1: overlay2" in said.out
    assert "Open to 10." in kept.inside(LAB, f"{DOCKYARD} status {LAB}").out
    said = kept.inside(LAB, f"pulumi up -s {LAB} --yes --skip-preview --non-interactive")
    assert " unchanged" in said.out
    assert [word for word in (" created", " updated", " replaced") if word in said.out] == []
    said = kept.inside(LAB, f"{DOCKYARD} plan {LAB} --diff")
    assert f"Nothing to change: {LAB} is as described." in said.out
    # and nothing of it is in the person's own clone
    assert kept.clone.git("status", "--short") == ""
    assert "was not made yet" in kept.clone.dockyard("status", LAB).out


def test_a_closed_port_is_closed_and_the_trainer_alone_is_let_in(kept: Rehearsed) -> None:
    address = _address(kept, "seat01-node1")
    assert _reached(address, 22) == "open"
    assert _reached(address, 80) == "refused"  # let in, and nobody listens
    assert _reached(address, 81) == "silent"
    probe = f"timeout 3 bash -c '</dev/tcp/{address}/22'; echo $?"
    assert _from_another(kept, probe) == "124"


def test_a_port_that_a_container_publishes_is_behind_the_firewall_too(kept: Rehearsed) -> None:
    listen = "docker run --rm -d -p 8080:80 -p 9090:80 hello sleep 60"
    inside = kept.machine(LAB, "seat02-node1")
    files = "{ echo bin/sleep; ldd /bin/sleep | grep -o '/[^ ]*'; }"
    pack = f"{files} | tar -C / -chPf - -T - | docker import - hello"
    run("docker", "exec", inside, "sh", "-c", f"{pack} && {listen}")
    address = _address(kept, "seat02-node1")
    assert _reached(address, 8080) != "silent"
    assert _reached(address, 9090) == "silent"


def test_students_do_not_reach_each_other(kept: Rehearsed) -> None:
    inside = kept.machine(LAB, "seat02-node1")
    probe = "timeout 3 bash -c '</dev/tcp/10.77.0.20/22'; echo $?"
    assert run("docker", "exec", inside, "sh", "-c", probe).stdout.strip() == "124"


def test_a_secret_anywhere_on_a_machine_is_found(kept: Rehearsed) -> None:
    secret, folder = "canary0123456789abcdef", kept.folder(LAB)
    machine = kept.machine(LAB, "seat02-node1")
    paths = {"/srv/a", "/opt/b", "/run/c", "/var/tmp/d", "/root/.bash_history"}
    for path in paths:
        run("docker", "exec", machine, "sh", "-c", f"echo {secret} >{path}")
    packed = f"mkdir -p /var/log/old && echo {secret} | gzip >/var/log/old/syslog.2.gz"
    run("docker", "exec", machine, "sh", "-c", packed)
    large = f"dd if=/dev/zero bs=1M count=40 status=none; echo {secret}"
    run("docker", "exec", machine, "sh", "-c", f"{{ {large}; }} >/srv/large")
    long = f"printf '%01000d{secret}' 0 | systemd-cat"
    run("docker", "exec", machine, "sh", "-c", long)
    volume = "docker volume create kept >/dev/null; docker volume inspect -f '{{.Mountpoint}}' kept"
    mounted = run("docker", "exec", machine, "sh", "-c", volume).stdout.strip()
    run("docker", "exec", machine, "sh", "-c", f"echo {secret} >{mounted}/e")
    paths |= {"/var/log/old/syslog.2.gz", "/srv/large", f"{mounted}/e"}
    sought = canaries.of(folder, {"it": secret}, [])
    looked = places.scan(folder, sought, machines=True)
    found = {one.place.removeprefix("machine seat02-node1, ") for one in looked.found}
    # long lines of the journal are packed, or are not: then its files have it, too
    assert {one for one in found if not one.endswith(".journal")} == {*paths, "journal"}
    assert looked.unseen == []
    run("docker", "exec", machine, "rm", "-f", *paths)


def test_an_usher_enters_a_machines_network_for_who_is_not_root(
    kept: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    path, plan = kept.folder(LAB).path, kept.folder(LAB).plan()
    count = len(docker.machines(path))
    by = docker.usher(plan.network, path, next(iter((plan.images or {}).values())))
    machine = kept.machine(LAB, "seat01-node1")
    pid = int(run("docker", "inspect", "--format", "{{.State.Pid}}", machine).stdout)
    docker.enter(pid, "ip", "address", "add", "192.0.2.1/32", "dev", "lo", by=by)
    assert "192.0.2.1" in run("docker", "exec", machine, "ip", "address").stdout
    rules = "*mangle\n-A OUTPUT -d 192.0.2.2 -j DROP\nCOMMIT\n"
    docker.enter(pid, "iptables-restore", "--noflush", said=rules, by=by)
    steps, rules = "; ".join(metadata.STEPS), metadata.rules("192.0.2.3:80")
    docker.enter(pid, "sh", "-ec", steps, said=rules, by=by)
    with pytest.raises(DockyardError, match="does not exist"):
        docker.enter(pid, "ip", "link", "show", "none", by=by)
    assert len(docker.machines(path)) == count  # it is no machine, and goes with them


def test_what_docker_refuses_is_said_in_its_words_not_by_its_hint() -> None:
    with pytest.raises(DockyardError, match="unknown flag: --nonsense"):
        docker.run("run", "--nonsense")


def test_allow_opens_the_door_of_machines_that_run(kept: Rehearsed) -> None:
    kept.inside(LAB, f"{DOCKYARD} allow {LAB} 10.64.0.0/11")
    address = _address(kept, "seat01-node1")
    probe = f"timeout 3 bash -c '</dev/tcp/{address}/22'; echo $?"
    assert _from_another(kept, probe) == "0"
    kept.inside(LAB, f"{DOCKYARD} allow {LAB} 10.64.0.0/11 --remove")


def test_a_reboot_keeps_the_machine_and_its_firewall(kept: Rehearsed) -> None:
    inside = kept.machine(LAB, "seat01-node1")
    run("docker", "exec", inside, "systemctl", "reboot")
    until(lambda: "rebooted" in (kept.folder(LAB).path / "journal.jsonl").read_text())
    until(lambda: _reached(_address(kept, "seat01-node1"), 22) == "open")
    assert _reached(_address(kept, "seat01-node1"), 81) == "silent"


def test_who_switches_it_off_has_terminated_it_on_aws(kept: Rehearsed) -> None:
    run("docker", "exec", kept.machine(LAB, "seat02-node1"), "systemctl", "poweroff")
    until(lambda: kept.machine(LAB, "seat02-node1") == "")
    assert "seat02-node1" not in kept.type("inventory", LAB)
    assert "seat01-node1" in kept.type("inventory", LAB)


def test_a_killed_rehearsal_takes_its_machines_along(mirror: Mirror, tmp_path: Path) -> None:
    made = Rehearsed.make(tmp_path, mirror)
    words = [sys.executable, "-m", "dockyard.cli", "rehearse", "azure-lab", "--students", "1"]
    process = subprocess.Popen(
        [*words, *made.docker], cwd=made.clone.root, env=made.clone.environment,
        stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    path = made.folder("azure-lab").path
    until(lambda: docker.machines(path) != [])
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    until(lambda: str(path) not in docker.owners())


def test_machines_whose_keeper_was_killed_go_with_the_next_rehearsal(tmp_path: Path) -> None:
    made = Rehearsed.make(tmp_path)
    image = run("docker", "images", "--quiet", "dockyard-rehearsal/debian-13").stdout.split()[0]
    path = made.folder("aws-lab").path
    labels = ("--label", f"{docker.LABEL}={path}", "--label", f"{docker.HOST}=seat01-node1")
    run("docker", "create", *labels, image)
    assert "Removed 1 machine of a rehearsal that was cut off." in made.type("stop")
    assert docker.machines(path) == []


def _address(kept: Rehearsed, host: str) -> str:
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    return run("docker", "inspect", "--format", form, kept.machine(LAB, host)).stdout.strip()


def _from_another(kept: Rehearsed, command: str) -> str:
    """What a command prints on a guest of the network that is no machine of the lab."""
    plan = kept.folder(LAB).plan()
    (image,) = dict(plan.images or {}).values()
    words = ("run", "--rm", "--network", plan.network, image, "sh", "-c", command)
    return run("docker", *words).stdout.strip()


def _reached(address: str, port: int) -> str:
    """What a connection from this computer meets."""
    try:
        with socket.create_connection((address, port), timeout=2):
            return "open"
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "silent"
