"""install-docker.sh where it must not go on: found out before anything is changed.

The first line of each docstring is a row of docs/installer-situations.md.
"""

import os
from collections.abc import Callable, Iterator

import pytest

from standin import built
from standin.built import run
from standin.docker_host import LABEL
from standin.installer import Computer
from standin.machines import Machine, Machines
from standin.served import Mirror

pytestmark = [pytest.mark.machine, pytest.mark.slow]


@pytest.fixture(scope="module")
def bare(machines: Machines, mirror: Mirror) -> Computer:
    """A machine without Docker, which each test leaves as it found it."""
    computer = Computer(machines.start("debian-12"), mirror)
    computer.machine.run("cloud-init status --wait")
    computer.machine.output("useradd --create-home alice; cp /etc/os-release /srv/os-release")
    return computer


@pytest.fixture(autouse=True)
def unchanged(bare: Computer) -> Iterator[None]:
    """Nothing was installed, whatever was refused; and the machine is as before."""
    before = bare.packages()
    yield
    bare.machine.output("cp /srv/os-release /etc/os-release; rm -rf /etc/docker")
    assert bare.packages() == before
    assert bare.traces() == ""


def test_a_broken_daemon_json(bare: Computer) -> None:
    """17. broken daemon.json of the user | refuses first, names the line; file untouched"""
    broken = '{"debug": true,\\n"log-driver": "json-file",,}\\n'
    bare.machine.output(f"mkdir -p /etc/docker; printf '{broken}' >/etc/docker/daemon.json")
    before = bare.machine.output("sha256sum /etc/docker/daemon.json")
    ended = bare.install()
    assert ended.code == 2
    assert "/etc/docker/daemon.json, line 2: a name in quotes is missing" in ended.err
    assert bare.machine.output("sha256sum /etc/docker/daemon.json") == before


def test_without_root(bare: Computer) -> None:
    """21. not root, no sudo right | says what is needed, nothing changed"""
    ended = bare.plain(*bare.sources, user="alice")
    assert ended.code == 3
    assert "Only root" in ended.err
    assert "sudo" in ended.err


def test_a_read_only_etc(bare: Computer) -> None:
    """24. /etc is read-only | named before anything"""
    bare.machine.output("mount --bind /etc /etc; mount -o remount,ro,bind /etc")
    ended = bare.install()
    bare.machine.output("umount /etc")
    assert ended.code == 3
    assert "/etc cannot be written to" in ended.err
    assert "remount,rw" in ended.err


SYSTEMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "void": ('ID=void\nPRETTY_NAME="Void Linux"', ("not known: Void Linux", "Use Debian")),
    "devuan": (
        "ID=devuan\nID_LIKE=debian\nVERSION_CODENAME=daedalus",
        ("Devuan has no systemd", "Use Debian"),
    ),
    "clear": ("ID=clear-linux-os", ("Clear Linux ended", "Install Debian or Ubuntu")),
    "flatcar": (
        'ID=flatcar\nID_LIKE=coreos\nPRETTY_NAME="Flatcar Container Linux"',
        ("brings its own Docker", "systemctl enable --now docker"),
    ),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_unfit_system(bare: Computer, system: str) -> None:
    """26, 28, 41. os-release of Void, Devuan, Clear Linux, Flatcar | refused, names what to do"""
    text, words = SYSTEMS[system]
    bare.machine.output(f"printf '%s\\n' '{text}' >/etc/os-release")
    ended = bare.install()
    assert ended.code == 3
    assert [word for word in words if word not in ended.err] == []


def test_mint_is_ubuntu(bare: Computer) -> None:
    """27. os-release of Mint, UBUNTU_CODENAME=noble | takes Ubuntu noble's packages (plan only)"""
    text = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=xia\nUBUNTU_CODENAME=noble'
    bare.machine.output(f"printf '%s\\n' '{text}' >/etc/os-release")
    ended = bare.install("--dry-run")
    assert ended.code == 0
    assert "/linux/ubuntu" in ended.out


def test_a_swarm_and_live_restore(bare: Computer) -> None:
    """33. Swarm asked with live-restore in daemon.json | refuses the pair before the restart"""
    bare.machine.output(
        "mkdir -p /etc/docker; echo '{\"live-restore\": true}' >/etc/docker/daemon.json"
    )
    ended = bare.install("--swarm")
    assert ended.code == 2
    assert '"live-restore": true and a swarm exclude each other' in ended.err


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "user": (("--user", "allice"), "There is no account allice"),
    "version": (("--version", "28.x"), "--version cannot be 28.x"),
    "option": (("--colour",), "not understood: --colour"),
    "file": (("--daemon-json", "/none"), "/none is not there"),
    "both": (("--check", "--dry-run"), "--check and --dry-run exclude each other"),
    "a password in a proxy": (("--proxy", "http://me:secret@p:1"), "holds a password"),
    "a password in a mirror": (("--registry-mirror", "http://me:secret@m"), "no password"),
    "a password of a login": (("--login", "me:secret"), "takes the name alone"),
    "no address of a proxy": (("--proxy", "proxy:3128"), "neither an address nor a file"),
    "no image": (("--images", "/dev/null"), "/dev/null names no image"),
    "no image name": (("--images", "/srv/names"), "holds no image name: https://nginx"),
    "purge": (("--purge",), "--purge belongs to --uninstall"),
    "hosts": (("--daemon-json", "/srv/hosts.json"), 'daemon.json has "hosts"'),
    "pools": (("--daemon-json", "/srv/pools.json"), "10.0.0.0/8 and 10.1.0.0/16 overlap"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_was_typed_wrong(bare: Computer, wrong: str) -> None:
    """42. a mistyped user, version, option, file; settings that clash | 2, named, no change"""
    pools = '{"default-address-pools":[{"base":"10.0.0.0/8","size":24},{"base":"10.1.0.0/16"}]}'
    bare.machine.output(f"echo '{pools}' >/srv/pools.json")
    bare.machine.output('echo \'{"hosts": ["fd://"]}\' >/srv/hosts.json')
    bare.machine.output("printf 'alpine:3\\r\\nhttps://nginx\\r\\n' >/srv/names")
    options, words = WRONG[wrong]
    ended = bare.install(*options)
    assert ended.code == 2
    assert words in ended.err
    assert "secret" not in ended.said + bare.machine.run("cat /var/log/install-docker.log").stdout


def test_a_folder_for_a_file(bare: Computer) -> None:
    """94. daemon.json is a folder, as a container's mount makes it | 2, says so"""
    bare.machine.output("mkdir -p /etc/docker/daemon.json")
    ended = bare.install()
    assert ended.code == 2
    assert "daemon.json is a folder, where Docker wants a file" in ended.err


def test_french(bare: Computer) -> None:
    """43. LANG=fr_FR.UTF-8 | the sentence in French"""
    ended = bare.install("--user", "allice", before="export LANG=fr_FR.UTF-8")
    assert "Il n'y a pas de compte allice" in ended.err


def test_a_full_cache(machines: Machines, mirror: Mirror, bare: Computer) -> None:
    """23. 40 MB for the package cache | found before, need and have in MB"""
    del bare
    machine = machines.start("debian-12", "--tmpfs", "/var/cache/apt:size=40m")
    computer = Computer(machine, mirror)
    ended = computer.install()
    assert ended.code == 3
    assert "Too little room in /var/cache/apt: 200 MB needed, 40 MB free" in ended.err
    assert computer.traces() == ""


def start_without_init(image: str, *flags: str) -> Machine:
    """The same system, where nothing starts services."""
    label = f"{LABEL}={os.getpid()}"
    return Machine(
        run(
            "docker", "run", "-d", "--label", label, *flags, image, "sleep", "infinity"
        ).stdout.strip()
    )


@pytest.fixture
def without_init() -> Iterator[Callable[..., Machine]]:
    made: list[Machine] = []

    def start(*flags: str) -> Machine:
        made.append(start_without_init(built.machine_image("debian-12"), *flags))
        return made[-1]

    yield start
    for machine in made:
        machine.remove()


def test_without_systemd(without_init: Callable[..., Machine], mirror: Mirror) -> None:
    """22. a container, `sleep infinity` as PID 1 | installed, says not started and what then; 8"""
    computer = Computer(without_init(), mirror)
    ended = computer.install("--lean")
    assert ended.code == 8, ended.said
    assert "Docker is installed and not started: this is a container" in ended.err
    assert "systemd and --privileged" in ended.err
    assert computer.is_whole()
    assert computer.machine.output("dockerd --version")
    again = computer.install("--lean")
    assert (again.code, again.seconds < 2) == (8, True)
