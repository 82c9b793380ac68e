"""A whole run in folders: its order, its second time, its boot, its check."""

import json

import pytest

from standin.folder_machine import FolderMachine

SETTINGS = {
    "DAEMON": '{"debug":true}',
    "HOSTNAME": "seat01-node1",
    "HOSTS": "10.77.0.20 seat01-node1 node1",
    "SOURCE": "distribution",
    "USERS": "vagrant",
}
STEPS = ["hosts", "docker", "docker", "docker", "verify", "verify"]


def bring_docker(machine: FolderMachine) -> FolderMachine:
    """apt-get install brings Docker; containers have a way out."""
    machine.settings |= SETTINGS
    there = machine.folder / "installed"
    machine.stub("apt-get", f"case $* in *' install '*) : >{there} ;; esac")
    machine.stub("dpkg-query", f"[ -e {there} ] && printf 'ii  docker.io\\nii  iptables\\n'")
    machine.stub(
        "docker",
        f"""[ -e {there} ] || exit 1
case $1 in
version) echo 28.5.2 ;;
info) echo buildx=v0.29.1+ds1 compose=2.40.3 ;;
run) echo 'out by eth0 00000000' ;;
esac""",
    )
    machine.stub("getent", "echo '10.77.0.20 STREAM x'")
    machine.stub(
        "ldd", "echo '	libc.so.6 => /lib/libc.so.6 (0x0)'; echo '	/lib64/ld.so (0x0)'"
    )
    machine.stub("tar", f"cat >{machine.folder}/tarred")
    machine.stub("systemctl", "case $1 in is-failed) exit 1 ;; esac")
    return machine


@pytest.fixture
def machine(machine: FolderMachine) -> FolderMachine:
    return bring_docker(machine)


@pytest.fixture
def one_machine(one_machine: FolderMachine) -> FolderMachine:
    return bring_docker(one_machine)


def said(out: str) -> list[str]:
    """The step of each line."""
    return [line.split(": ")[1] for line in out.splitlines()]


def test_a_first_run_ends_ready_and_says_each_step(machine: FolderMachine) -> None:
    done = machine.main()
    assert done.code == 0, done.err
    assert said(done.out) == STEPS
    assert done.out.splitlines()[-1].startswith("dockyard: verify: ready: Docker 28.5.2, after ")
    mark = machine.mark()
    assert (mark["state"], mark["docker"], mark["compose"]) == ("ready", "28.5.2", "2.40.3")
    assert (mark["buildx"], mark["source"]) == ("0.29.1", "distribution")
    assert mark["finished"] >= mark["started"]
    assert not (machine.state / "unfinished").exists()
    assert (machine.folder / "tarred").read_text().split() == [
        *("bin/sh", "lib/libc.so.6", "lib64/ld.so")
    ]


def test_a_second_run_changes_nothing_and_says_so(machine: FolderMachine) -> None:
    machine.main()
    log = machine.root / "var/log/dockyard.log"
    before = {p: p.lstat().st_mtime_ns for p in machine.root.rglob("*") if "run" not in p.parts}
    done = machine.main()
    assert (done.code, done.out) == (
        0,
        "dockyard: verify: nothing to do: Docker 28.5.2 is ready\n",
    )
    after = {p: p.lstat().st_mtime_ns for p in machine.root.rglob("*") if "run" not in p.parts}
    assert {path for path in after if after[path] != before.get(path)} <= {log}
    assert not [call for call in done.calls if call.startswith(("apt-get", "docker run"))]


def test_a_run_cut_off_anywhere_is_finished_by_the_next(machine: FolderMachine) -> None:
    there = machine.folder / "installed"
    machine.stub(
        "apt-get",
        f"case $* in *' install '*) : >{there}; kill -9 $(cat {machine.folder}/pid) ;; esac",
    )
    code = f"echo $$ >{machine.folder}/pid; HERE={machine.here}; set -- {machine.write_settings()}"
    cut = machine.run(["-c", f"{machine._functions()}{code}\n. {machine.here}/main.sh"])
    assert cut.code == -9
    assert (machine.mark()["state"], machine.mark()["step"]) == ("running", "docker")
    assert (machine.state / "unfinished").exists()
    machine.here = machine.state / "provision"
    done = machine.main("--boot")
    assert done.code == 0, done.err
    assert machine.mark()["state"] == "ready"


def test_at_boot_a_ready_machine_only_gets_its_names_back(machine: FolderMachine) -> None:
    machine.main()
    mark = machine.mark()
    machine.file("etc/hosts", "127.0.0.1 localhost\n")
    machine.file("etc/docker/daemon.json", "mine")
    done = machine.main("--boot")
    assert (done.code, done.out) == (0, "dockyard: hosts: names of the seat: /etc/hosts\n")
    assert "node1" in machine.text("etc/hosts")
    assert machine.text("etc/docker/daemon.json") == "mine"
    assert machine.mark() == mark


def test_other_settings_make_the_machine_unfinished_until_it_fits(machine: FolderMachine) -> None:
    machine.main()
    machine.settings["DAEMON"] = '{"debug":false}'
    done = machine.main()
    assert said(done.out) == ["docker", "daemon", "verify", "verify"]
    assert machine.text("etc/docker/daemon.json") == '{"debug":false}\n'


def test_a_container_that_runs_on_no_bridge_is_told_apart(machine: FolderMachine) -> None:
    normal = machine.folder / "bin/docker"
    body = normal.read_text().split("\n", 2)[2]
    machine.stub(
        "docker", f"case $* in *'--network bridge'*) echo 'no IPv6' >&2; exit 125 ;; esac\n{body}"
    )
    done = machine.main()
    assert done.code == 7
    assert "Containers run, but not on a bridge: no IPv6." in done.err
    assert machine.mark()["step"] == "verify"
    assert len([call for call in done.calls if call.startswith("docker image rm")]) == 2


def test_a_check_says_what_the_machine_is_and_changes_nothing(machine: FolderMachine) -> None:
    machine.main()
    before = {p: p.lstat().st_mtime_ns for p in machine.root.rglob("*")}
    machine.environment["TMPDIR"] = str(machine.folder)
    done = machine.main("--check")
    report = json.loads(done.out)
    assert (done.code, report["state"], report["container"], report["marked"]) == (
        *(0, "ready", True, "ready"),
    )
    assert {p: p.lstat().st_mtime_ns for p in machine.root.rglob("*")} == before


WRONG = {
    "docker": ("Docker does not answer: ", "docker", "exit 1"),
    "members": ("Not in the group docker: vagrant ", "id", "case $1 in -u) echo 0 ;; esac"),
    "names": ("Names that lead nowhere: seat01-node1 node1 ", "getent", ""),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_check_says_what_is_wrong_and_what_to_do(one_machine: FolderMachine, wrong: str) -> None:
    one_machine.main()
    one_machine.environment["TMPDIR"] = str(one_machine.folder)
    reason, name, body = WRONG[wrong]
    one_machine.stub(name, body)
    done = one_machine.main("--check")
    report = json.loads(done.out)
    assert (done.code, report["state"], report["reason"]) == (7, "failed", reason)
    assert report["hint"]


def test_a_check_tells_of_a_run_that_was_cut_off(machine: FolderMachine) -> None:
    machine.main()
    machine.call("STEP=docker; mark running")
    machine.environment["TMPDIR"] = str(machine.folder)
    report = json.loads(machine.main("--check").out)
    assert (report["marked"], report["reason"]) == ("running", "Not ready, step docker: ")


def test_check_sh_is_the_same_word(one_machine: FolderMachine) -> None:
    one_machine.main()
    one_machine.environment |= {"TMPDIR": str(one_machine.folder)}
    done = one_machine.run([str(one_machine.here / "check.sh")])
    assert json.loads(done.out)["state"] == "ready"
