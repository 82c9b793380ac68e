"""Each system by its own os-release, and the exact commands that its package manager gets.

The package managers are stand-ins that know these commands and no other. What is proven here is
what would be typed; only Debian is proven on machines (tests/machine/test_installer*.py).
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from standin.folder_machine import SHELLS, FolderMachine, blank_machine

SCRIPT = Path(__file__).parents[3] / "provision" / "install-docker.sh"
OS_RELEASE = Path(__file__).parent / "os-release"
FIVE = "docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin"
EXTRA = "docker-ce-rootless-extras docker-model-plugin"
APT = (
    "apt-get -qy -o APT::Update::Error-Mode=any -o Acquire::Retries=2 -o Acquire::http::Timeout=20 "
    "-o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
)
APT_CALLS = (
    f"{APT} update -o Acquire::Languages=none",
    f"{APT} install --allow-change-held-packages --install-recommends {FIVE} {EXTRA}",
)
ZYPPER = "docker docker-buildx docker-compose"


def dnf(*packages: str) -> tuple[str, ...]:
    return (
        "dnf -y makecache",
        f"dnf -y install --setopt=install_weak_deps=True {' '.join(packages)}",
    )


def zypper(packages: str) -> tuple[str, ...]:
    return (
        "zypper --non-interactive refresh",
        f"zypper --non-interactive install --recommends {packages}",
    )


EL = dnf(FIVE, EXTRA)
PACMAN = (
    "pacman -Sy --noconfirm",
    "pacman -S --needed --noconfirm docker docker-buildx docker-compose",
)


@dataclass(frozen=True)
class Row:
    """A system: what must be in its source of packages, and what its package manager is told."""

    source: tuple[str, ...]
    calls: tuple[str, ...]


def deb(system: str, suite: str) -> Row:
    return Row((f"URIs: http://m/linux/{system}", f"Suites: {suite}"), APT_CALLS)


def rpm(system: str, release: str) -> Row:
    return Row((f"baseurl=http://m/linux/{system}/{release}/$basearch/stable",), EL)


ROWS = {
    "debian-11": deb("debian", "bullseye"),
    "debian-12": deb("debian", "bookworm"),
    "debian-13": deb("debian", "trixie"),
    "ubuntu-20.04": deb("ubuntu", "focal"),
    "ubuntu-22.04": deb("ubuntu", "jammy"),
    "ubuntu-24.04": deb("ubuntu", "noble"),
    "ubuntu-26.04": deb("ubuntu", "resolute"),
    "raspbian-12": deb("raspbian", "bookworm"),
    "mint-22.3": deb("ubuntu", "noble"),
    "lmde-7": deb("debian", "trixie"),
    "pop-24.04": deb("ubuntu", "noble"),
    "kali": deb("debian", "trixie"),
    "fedora-44": rpm("fedora", "44"),
    "centos-stream-9": rpm("centos", "9"),
    "centos-stream-10": rpm("centos", "10"),
    "rhel-8": rpm("rhel", "8"),
    "rhel-9": rpm("rhel", "9"),
    "rhel-10": rpm("rhel", "10"),
    "rocky-9": rpm("rhel", "9"),
    "rocky-10": rpm("rhel", "10"),
    "alma-9": rpm("rhel", "9"),
    "oracle-9": rpm("rhel", "9"),
    "amazon-2023": Row((), dnf("docker")),
    "opensuse-leap-15.6": Row((), zypper(ZYPPER)),
    "opensuse-tumbleweed": Row((), zypper(ZYPPER)),
    "sles-15.7": Row((), zypper("docker")),
    "arch": Row((), PACMAN),
    "manjaro": Row((), PACMAN),
    "alpine-3.22": Row((), ("apk update", "apk add docker docker-cli-buildx docker-cli-compose")),
}
ENDED = {"debian-11", "ubuntu-20.04"}
KEY = "0" * 40


def manager(machine: FolderMachine, name: str, calls: tuple[str, ...]) -> None:
    """A package manager that knows these commands; the last one brings Docker."""
    there = machine.folder / "installed"
    known = "".join(f"'{call.partition(' ')[2]}') ;;\n" for call in calls if call.startswith(name))
    machine.stub(
        name,
        f"""case "$*" in
{known}*) echo "unknown: $*" >&2; exit 97 ;;
esac
case "$*" in *install*|*add*|'-S '*) : >{there} ;; esac""",
    )


ASKED = {
    "dnf": """'-q list --showduplicates '*)
case $4 in docker-*) echo "$4.x86_64 3:29.7.2-1 r" ;; esac; exit ;;""",
    "zypper": "'-q search '*) exit ;;",
    "pacman": "-Si*) exit ;;\n-Q*) [ -e THERE ] && echo ${2:-docker}; exit ;;",
    "apk": """'info -e '*) [ -e THERE ] && echo "$3"; exit ;;
info) echo musl; exit ;;
policy*) exit ;;""",
}
"""Questions that change nothing."""


def questions(machine: FolderMachine, name: str) -> None:
    """Before the strict part of a stub: what may be asked at any time."""
    path = machine.folder / "bin" / name
    there = machine.folder / "installed"
    head, _, body = path.read_text().partition('case "$*" in\n')
    asked = f'case "$*" in\n{ASKED[name].replace("THERE", str(there))}\nesac\n'
    # questions are no commands: they are not written down
    first, _, log = head.rstrip("\n").rpartition("\n")
    path.write_text(f'{first}\n{asked}{log}\ncase "$*" in\n{body}')


@pytest.fixture
def machine(tmp_path: Path) -> FolderMachine:
    """An empty machine whose Docker runs once it is installed."""
    machine = blank_machine(tmp_path, SHELLS["dash"], tmp_path)
    there = tmp_path / "installed"
    for tool in ("comm", "stat", "df"):
        (tmp_path / "bin" / tool).unlink(missing_ok=True)
        (tmp_path / "bin" / tool).symlink_to(f"/usr/bin/{tool}")
    machine.stub("df", "printf 'x\\nx x x 9000000 x x\\n'")
    machine.stub(
        "dpkg-query",
        f"""[ -e {there} ] || exit 1
case $3 in *Version*) echo 5:29.7.2-1~x; exit ;; esac
shift 3
for one; do echo "ii  $one"; done""",
    )
    machine.stub("rpm", f"case $1 in -qa) : ;; -q) [ -e {there} ] ;; *) : ;; esac")
    machine.stub("apt-cache", 'case $2 in docker-*) echo " $2 | 5:29.7.2-1~x | http://m x" ;; esac')
    machine.stub("uname", "case $1 in -m) echo x86_64 ;; *) echo 6.1 ;; esac")
    machine.stub("getent", "echo '127.0.0.1 x'")
    machine.stub("modprobe")
    for name in ("rc-update", "rc-service"):
        machine.stub(name, "case $* in 'show default') echo ' docker | default' ;; esac")
    machine.stub("tar", "cat >/dev/null")
    machine.stub("ldd")
    machine.stub(
        "docker",
        f"""[ -e {there} ] || exit 1
case "$*" in
version*) echo 29.7.2 ;;
*kept*) : ;;
*'read -r word'*) echo kept ;;
run*) echo 'out by eth0 00000000' ;;
logs*) echo '10.0.0.2 probe' ;;
esac""",
    )
    machine.stub("systemctl", "case $1 in is-failed) exit 1 ;; esac")
    machine.environment |= {"TMPDIR": str(tmp_path), "LANG": "C"}
    return machine


BEFORE = f"""\
DOCKYARD_MAIN=noop
. {SCRIPT}
# the key's own check has tests of its own (test_repository.py)
fingerprint() {{ echo {KEY}; }}
fetch() {{ : >"$OUT.asc"; : >"$OUT.gpg"; }}
rpm_fetch() {{ : >"$OUT.asc"; : >"$OUT.gpg"; }}
install_main "$@"
"""


def install(machine: FolderMachine, *options: str) -> tuple[int, str, list[str]]:
    done = machine.run(["-c", f"{machine._functions()}set -- {' '.join(options)}\n{BEFORE}"])
    return done.code, done.out + done.err, done.calls


MANAGERS = ("apt-get", "dnf", "zypper", "pacman", "apk")


@pytest.mark.parametrize("system", ROWS)
def test_a_system_gets_these_commands(machine: FolderMachine, system: str) -> None:
    row = ROWS[system]
    machine.file("etc/os-release", (OS_RELEASE / system).read_text())
    name = row.calls[0].split()[0]
    if name != "apt-get":
        (machine.folder / "bin/dpkg").unlink()
    if system.startswith("alpine"):
        (machine.root / "run/systemd/system").rmdir()
        (machine.root / "run/openrc").mkdir()
    manager(machine, name, row.calls)
    if name in ASKED:
        questions(machine, name)
    mirror = ("--mirror", "http://m", "--mirror-key", KEY) if row.source else ()
    code, said, calls = install(machine, *mirror)
    assert code == 0, said
    told = [call for call in calls if call.partition(" ")[0] in MANAGERS]
    # Docker's packages are fetched ahead; here their own index is not to be had
    ahead = [call for call in told if "-o Dir::State::Lists=" in call]
    assert [call.rpartition(" ")[2] for call in ahead] == (["update"] if name == "apt-get" else [])
    assert [call for call in told if call not in ahead] == list(row.calls)
    sources = [*machine.root.glob("etc/apt/sources.list.d/*"), *machine.root.glob("etc/yum*/*")]
    written = "".join(path.read_text() for path in sources)
    assert [line for line in row.source if line not in written.splitlines()] == []
    assert ("past its end of life" in said) is (system in ENDED)


REFUSED = {
    "clear-linux": "Clear Linux ended in July 2025",
    "flatcar": "brings its own Docker",
    "fedora-coreos-41": "brings its own Docker",
    "silverblue-44": "layered by rpm-ostree",
    "microos": "in a snapshot",
    "devuan-6": "Devuan has no systemd",
    "void": "This system is not known: Void Linux (void ",
}


@pytest.mark.parametrize("system", REFUSED)
def test_a_system_is_refused_with_a_remedy(machine: FolderMachine, system: str) -> None:
    machine.file("etc/os-release", (OS_RELEASE / system).read_text())
    if system.startswith("silverblue"):
        machine.file("run/ostree-booted", "")
    code, said, calls = install(machine)
    assert code == 3
    assert REFUSED[system] in said
    assert len(said.splitlines()) == 2
    assert not [call for call in calls if call.partition(" ")[0] in MANAGERS]


def test_every_system_that_was_written_down_is_in_one_of_both() -> None:
    assert {path.name for path in OS_RELEASE.iterdir()} == set(ROWS) | set(REFUSED)


def test_32_bit_x86_is_refused(machine: FolderMachine) -> None:
    machine.stub("dpkg", "echo i386")
    code, said, _ = install(machine)
    assert code == 3
    assert "no packages for 32-bit x86" in said
    assert "64-bit" in said


@pytest.mark.parametrize("arch", ["arm64", "armhf"])
def test_other_architectures_get_their_packages(machine: FolderMachine, arch: str) -> None:
    machine.stub("dpkg", f"case $1 in --print-architecture) echo {arch} ;; esac")
    manager(machine, "apt-get", APT_CALLS)
    code, said, _ = install(machine, "--mirror", "http://m", "--mirror-key", KEY)
    assert code == 0, said
    assert f"Architectures: {arch}\n" in machine.text("etc/apt/sources.list.d/docker.sources")


def test_wsl_without_systemd_is_told_how_to_get_it(machine: FolderMachine) -> None:
    (machine.root / "run/systemd/system").rmdir()
    machine.file("proc/version", "Linux version 6.6.87.2-microsoft-standard-WSL2\n")
    code, said, _ = install(machine)
    assert code == 3
    assert "systemd=true under [boot] in /etc/wsl.conf" in said


def test_where_docker_publishes_nothing_a_mirror_makes_no_sense(machine: FolderMachine) -> None:
    machine.file("etc/os-release", (OS_RELEASE / "arch").read_text())
    (machine.folder / "bin/dpkg").unlink()
    machine.stub("pacman")
    code, said, _ = install(machine, "--mirror", "http://m")
    assert code == 2
    assert "Docker publishes no packages for Arch Linux" in said


@pytest.mark.parametrize("shell", SHELLS)
def test_a_run_that_did_not_finish_is_proven_anew(machine: FolderMachine, shell: str) -> None:
    machine.shell = SHELLS[shell]
    manager(machine, "apt-get", APT_CALLS)
    mirror = ("--mirror", "http://m", "--mirror-key", KEY)
    docker = machine.folder / "bin/docker"
    working = docker.read_text()
    docker.write_text(working.replace("echo kept", "echo lost"))
    code, said, _ = install(machine, *mirror)
    assert code == 7
    assert "A volume does not keep what is written to it" in said
    assert install(machine)[0] == 7
    docker.write_text(working)
    code, said, _ = install(machine)
    assert (code, "running a container" in said) == (0, True)
    assert "nothing to do" in install(machine)[1]
