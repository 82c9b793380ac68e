"""install-docker.sh and people: what they combine, change, break off and hide, between two runs.

The first line of each docstring is a row of docs/installer-situations.md.
"""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from standin import built
from standin.docker_host import bridge_address
from standin.installer import STATE, Computer, Ended
from standin.machines import Machines
from standin.served import Mirror, Served

pytestmark = [pytest.mark.machine, pytest.mark.slow]

LINKED = "/opt/settings/docker.json"
SECRET = "of-the-proxy"  # noqa: S105 - looked for, and never found
ELSEWHERE = "export DOCKER_HOST=tcp://192.0.2.1:2375"
KILL = "pkill -9 -f 'srv/install-docker[.]sh'"


@pytest.fixture(scope="module")
def owned(machines: Machines, mirror: Mirror) -> tuple[Computer, Ended]:
    """A machine whose owner keeps daemon.json elsewhere, closed to others; and a first run by
    somebody whose docker leads to another machine.
    """
    computer = Computer(machines.start("debian-12"), mirror)
    computer.machine.run("cloud-init status --wait")
    computer.machine.output(
        "useradd --create-home guest; useradd --create-home jo.doe; "
        "mkdir /opt/settings /etc/docker; "
        f"echo '{{\"debug\": true}}' >{LINKED}; chmod 600 {LINKED}; "
        f"ln -s {LINKED} /etc/docker/daemon.json"
    )
    return computer, computer.install("--lean", "--user", "jo.doe", before=ELSEWHERE)


def mode_of_link(computer: Computer) -> list[str]:
    return computer.machine.output(f"stat -c '%F %a' /etc/docker/daemon.json {LINKED}").split("\n")


def test_settings_behind_a_link(owned: tuple[Computer, Ended]) -> None:
    """80. daemon.json is a link to a file that only root reads | link and mode stay, keys merged"""
    computer, ended = owned
    assert ended.code == 0, ended.said
    assert mode_of_link(computer) == ["symbolic link 777", "regular file 600"]
    assert computer.daemon_json()["debug"] is True
    assert computer.daemon_json()["default-address-pools"]
    computer.machine.output("echo '{\"no-such-key\": 1}' >/srv/more.json")
    refused = computer.install("--daemon-json", "/srv/more.json")
    assert refused.code == 7
    assert mode_of_link(computer) == ["symbolic link 777", "regular file 600"]
    assert "no-such-key" not in computer.daemon_json()


def test_a_docker_that_leads_elsewhere(owned: tuple[Computer, Ended]) -> None:
    """81. DOCKER_HOST names another machine | this machine's Docker is proven, and checked"""
    computer, _ = owned
    assert computer.plain("--check", before=ELSEWHERE).code == 0


def test_a_name_with_a_dot(owned: tuple[Computer, Ended]) -> None:
    """82. `--user jo.doe` | in the group"""
    computer, _ = owned
    assert "docker" in computer.machine.output("id -nG jo.doe").split()


def test_a_version_that_is_there_is_held(owned: tuple[Computer, Ended], mirror: Mirror) -> None:
    """83. `--version` of what is there already | held at it; again: nothing comes"""
    computer, _ = owned
    version = mirror.newest
    assert computer.install("--version", version, "--lean").code == 0
    assert computer.machine.output("apt-mark showhold").split() == ["docker-ce", "docker-ce-cli"]
    again = computer.install("--version", version, "--lean", "--upgrade")
    assert again.code == 0
    assert "is the newest there is" in again.out


def test_what_a_check_cannot_promise(owned: tuple[Computer, Ended]) -> None:
    """84. disabled at boot; daemon.json broken since; not root | `--check` says so; 7, 7, 3"""
    computer, _ = owned
    computer.machine.output("systemctl disable docker")
    disabled = computer.plain("--check")
    assert disabled.code == 7
    assert "will not start at the next boot" in disabled.err
    assert computer.install("--lean").code == 0
    computer.machine.output(f"cp -p {LINKED} /srv/good; echo '{{\"debug\": tru' >{LINKED}")
    broken = computer.plain("--check")
    computer.machine.output(f"cp -p /srv/good {LINKED}")
    assert broken.code == 7
    assert "would not start again with its daemon.json" in broken.err
    stranger = computer.plain("--check", user="guest")
    assert stranger.code == 3
    assert "guest may not speak to Docker" in stranger.err


def test_a_proxy_with_a_password(owned: tuple[Computer, Ended]) -> None:
    """85. `--proxy FILE`, with a password in it | the daemon has it; no log, no unit tells it"""
    computer, _ = owned
    computer.machine.output(f"umask 077; echo http://me:{SECRET}@192.0.2.1:3128 >/srv/proxy")
    ended = computer.install("--lean", "--proxy", "/srv/proxy")
    assert ended.code == 0, ended.said
    info = computer.machine.output("docker info --format '{{.HTTPProxy}}'")
    assert info == "http://xxxxx:xxxxx@192.0.2.1:3128"
    shown = computer.machine.output("systemctl show docker", "guest")
    read = computer.machine.run(f"grep -rlsF {SECRET} /etc /var/log /var/lib", "guest")
    assert read.stdout == ""
    log = computer.machine.output(f"cat /var/log/install-docker.log {STATE}/result.json")
    assert SECRET not in shown + log + ended.said


def test_a_proof_that_was_killed(owned: tuple[Computer, Ended]) -> None:
    """86. kill -9 in the proof, then again | nothing of the first proof is left"""
    computer, _ = owned
    computer.machine.output('echo \'{"labels": ["room=1"]}\' >/srv/more.json')
    options = " ".join((*computer.sources, "--lean", "--daemon-json", "/srv/more.json"))
    computer.machine.output(f"systemd-run sh /srv/install-docker.sh {options}")
    computer.machine.wait_until("docker ps --format '{{.Names}}' | grep -q dockyard-probe")
    computer.machine.output(KILL)
    left = "docker ps -aq; docker volume ls -q; docker images -q; docker network ls -q -f name=dock"
    assert computer.machine.output(left)
    ended = computer.install("--lean")
    assert ended.code == 0, ended.said
    assert computer.machine.output(left) == ""


def test_an_undo_that_is_only_planned(owned: tuple[Computer, Ended]) -> None:
    """87. `--uninstall --dry-run`; and with `--check` | says what would go, nothing goes; 2"""
    computer, _ = owned
    before = computer.packages()
    planned = computer.plain("--uninstall", "--dry-run")
    assert planned.code == 0, planned.said
    for words in (
        "removing",
        "docker-ce-cli",
        "jo.doe leaves the group",
        "docker.sources: as it was",
    ):
        assert words in planned.out
    both = computer.plain("--check", "--uninstall")
    assert both.code == 2
    assert "--check and --uninstall exclude each other" in both.err
    assert (computer.packages(), bool(computer.daemon())) == (before, True)


def test_settings_that_a_person_changed_stay(owned: tuple[Computer, Ended]) -> None:
    """88. own edits of daemon.json, a run, a package purged by hand, `--uninstall` | edits stay"""
    computer, _ = owned
    files = "{ echo bin/sleep; ldd /bin/sleep | grep -o '/[^ ]*'; }"
    computer.machine.output(f"{files} | tar -C / -chPf - -T - | docker import - nap")
    computer.machine.output("docker run -d nap /bin/sleep 600")
    computer.machine.output(f'sed -i \'s/"debug": true/"debug": false/\' {LINKED}')
    assert computer.install("--lean").code == 0
    apt = "DEBIAN_FRONTEND=noninteractive apt-get -qq"
    computer.machine.output(
        f"{apt} purge --allow-change-held-packages docker-compose-plugin", timeout=200
    )
    computer.machine.output("rm /etc/apt/sources.list.d/docker.sources")
    ended = computer.plain("--uninstall")
    assert ended.code == 0, ended.said
    assert "ending 1 running containers" in ended.out
    assert f"{LINKED} was changed by somebody since, and stays" in ended.out
    assert '"debug": false' in computer.machine.output(f"cat {LINKED}")
    assert "docker" not in computer.packages()
    assert computer.machine.run(f"getent group docker; ls {STATE}").stdout == ""
    assert computer.machine.output("apt-mark showhold") == ""


@pytest.fixture(scope="module")
def bare(machines: Machines, mirror: Mirror) -> Computer:
    computer = Computer(machines.start("debian-12"), mirror)
    computer.machine.run("cloud-init status --wait")
    return computer


def left(computer: Computer) -> str:
    """What a run that came to nothing must not leave."""
    return computer.traces() + computer.machine.run("ls /etc/docker 2>/dev/null").stdout


def test_packages_that_are_pages(bare: Computer, served: Served, tmp_path: Path) -> None:
    """89. the index is whole, each package is a page of the venue's | 5; no source, key, setting"""
    portal = Computer(bare.machine, served.mirror(tmp_path, match=r"\.deb$", status=200))
    before = portal.packages()
    ended = portal.plain(*portal.sources, "--lean", before="export TRIES=1")
    assert ended.code == 5, ended.said
    assert "unexpected size" in ended.err
    assert (portal.packages(), left(portal)) == (before, "")


def test_ctrl_c_while_a_mirror_hangs(bare: Computer, served: Served, tmp_path: Path) -> None:
    """90. a mirror that hangs, Ctrl-C | stops within seconds, says how to go on; nothing is left"""
    hanging = Computer(bare.machine, served.mirror(tmp_path, match="dists", hang=300))
    words = " ".join((*hanging.sources, "--lean"))
    terminal = f"script -qec 'sh /srv/install-docker.sh {words}' /dev/null"
    hanging.machine.output(
        f"(sleep 12; printf '\\003'; sleep 20) | timeout 60 {terminal} >/srv/said || :"
    )
    said = hanging.machine.output("cat /srv/said")
    assert "Stopped from outside" in said
    assert "Run it again" in said
    assert hanging.machine.run("pgrep -f 'install-docker[.]sh'").stdout == ""
    assert left(hanging) == ""


def test_a_mirror_that_lets_nobody_in(bare: Computer, served: Served, tmp_path: Path) -> None:
    """91. the mirror answers 403 | 5, says 403, not «signature»; nothing is left"""
    closed = Computer(bare.machine, served.mirror(tmp_path, match="dists", status=403))
    ended = closed.plain(*closed.sources, before="export TRIES=1")
    assert ended.code == 5
    assert "403" in ended.err
    assert "signed" not in ended.err
    assert left(closed) == ""


class Redirecting(http.server.BaseHTTPRequestHandler):
    """Sends everybody on to `target`, as a load balancer does."""

    target = ""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"{self.target}{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def redirected(mirror: Mirror) -> Iterator[Mirror]:
    class ToMirror(Redirecting):
        target = mirror.address

    with http.server.ThreadingHTTPServer((bridge_address(), 0), ToMirror) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://{bridge_address()}:{server.server_port}"
        yield Mirror(address, mirror.key, mirror.versions)
        server.shutdown()


def test_a_mirror_that_sends_on_and_a_kill(bare: Computer, redirected: Mirror) -> None:
    """92. a mirror that redirects; kill -9 beside apt; again; `--uninstall` | as before"""
    computer = Computer(bare.machine, redirected)
    before = computer.packages()
    words = " ".join((*computer.sources, "--lean"))
    computer.machine.output(f"systemd-run sh /srv/install-docker.sh {words}")
    computer.machine.wait_until("docker version >/dev/null 2>&1")
    computer.machine.output(f"{KILL}; while pgrep -x apt-get; do sleep 0.2; done")
    again = computer.install("--lean")
    assert again.code == 0, again.said
    gone = computer.plain("--uninstall", "--purge")
    assert gone.code == 0, gone.said
    assert computer.packages() == before
    assert left(computer) + computer.machine.run("getent group docker").stdout == ""


PARTS = (
    *("docker-ce_28", "docker-ce-cli_28", "containerd.io_2"),
    *("buildx-plugin_0.29", "compose-plugin_2.40"),
)


def test_a_folder_that_lacks_packages(bare: Computer) -> None:
    """93. `--repo-dir` lacks the version, what it needs, the engine | 6, named; nothing is left"""
    pool = built.mirror() / "linux/debian/dists/bookworm/pool/stable/amd64"
    files = [file for file in pool.glob("*.deb") if any(part in file.name for part in PARTS)]
    assert len(files) == len(PARTS)
    bare.machine.output("mkdir -p /srv/folder")
    for file in files:
        built.run("docker", "cp", str(file), f"{bare.machine.id}:/srv/folder/")
    sums = "cd /srv/folder && sha256sum *.deb >SHA256SUMS"
    bare.machine.output(sums)
    before = bare.packages()
    other = bare.plain("--repo-dir", "/srv/folder", "--version", "27")
    assert (other.code, "lacks: docker-ce 27" in other.err) == (6, True), other.said
    needs = bare.plain("--repo-dir", "/srv/folder", "--lean")
    assert (needs.code, "Depends: iptables" in needs.err) == (6, True), needs.said
    assert needs.seconds < 30
    bare.machine.output("cd /srv/folder; rm docker-ce_*; " + sums)
    engine = bare.plain("--repo-dir", "/srv/folder")
    assert (engine.code, "lacks: docker-ce" in engine.err) == (6, True), engine.said
    assert (bare.packages(), left(bare)) == (before, "")
