"""install-docker.sh: what it changes at request, from a folder, for images; and its undo.

The first line of each docstring is a row of docs/installer-situations.md.
"""

import json

import pytest

from standin.installer import STATE, Computer, Ended
from standin.machines import Machines
from standin.served import Mirror

pytestmark = [pytest.mark.machine, pytest.mark.slow]

OPTIONS = (
    *("--lean", "--user", "alice", "--registry-mirror", "https://mirror.example"),
    *("--insecure-registry", "registry.example:5000"),
)
NOT_OURS = (
    r"/(proc|sys|run|tmp|root|srv|core|var/(cache|log|tmp|lib/(docker|containerd|cloud|apt)))"
)
"""Not compared: what changes by itself, caches, data (which `--purge` deletes), the log. /core
is written by a probe of Docker's that crashes on purpose."""


def snapshot(computer: Computer) -> str:
    """Every file, folder and link with its mode, owner and content; packages; groups."""
    pruned = f"find / -xdev -regextype posix-extended -regex '{NOT_OURS}' -prune -o"
    return computer.machine.output(
        f"{pruned} -type f ! -name '*-' -print0 | xargs -0 sha256sum | sort -k 2; "
        f"{pruned} ! -name '*-' -printf '%p %y %m %u %g %l\\n' | sort; "
        "dpkg-query -W -f '${db:Status-Abbrev}${Package} ${Version}\\n'; "
        "apt-mark showauto; apt-mark showhold; sort /etc/group"
    )


def difference(before: str, after: str) -> set[str]:
    """Lines of one and not of the other; dpkg's and systemd's own books are left out."""
    books = ("/var/lib/dpkg/", "/var/lib/systemd/", "/var/lib/ucf", "/etc/ld.so.cache", "/dev/")
    lines = set(before.splitlines()) ^ set(after.splitlines())
    return {line for line in lines if not any(book in line for book in books)}


@pytest.fixture(scope="module")
def changed(machines: Machines, mirror: Mirror) -> tuple[Computer, Ended, str]:
    """A machine whose owner has settings and an account; before, and after a run."""
    computer = Computer(machines.start("debian-12"), mirror)
    computer.machine.run("cloud-init status --wait")
    computer.machine.output(
        "useradd --create-home alice; mkdir /etc/docker; "
        'echo \'{"debug": true, "log-driver": "json-file"}\' >/etc/docker/daemon.json'
    )
    before = snapshot(computer)
    return computer, computer.install(*OPTIONS), before


def test_a_person_s_own_settings(changed: tuple[Computer, Ended, str]) -> None:
    """18. user's own daemon.json keys + our options | user's keys kept, ours added, backup"""
    computer, ended, _ = changed
    assert ended.code == 0, ended.said
    settings = computer.daemon_json()
    assert (settings["debug"], settings["log-driver"]) == (True, "json-file")
    assert "log-opts" not in settings
    assert settings["default-address-pools"]
    kept = computer.machine.output("cat /etc/docker/daemon.json.before")
    assert json.loads(kept) == {"debug": True, "log-driver": "json-file"}


def test_registries(changed: tuple[Computer, Ended, str]) -> None:
    """19. registry mirror, insecure registry | in `docker info`"""
    computer, _, _ = changed
    info = json.loads(computer.machine.output("docker info --format '{{json .RegistryConfig}}'"))
    assert info["Mirrors"] == ["https://mirror.example/"]
    assert "registry.example:5000" in info["IndexConfigs"]


def test_a_user_of_docker(changed: tuple[Computer, Ended, str]) -> None:
    """20. `--user alice` | `su - alice -c 'docker version'` works"""
    computer, ended, _ = changed
    assert "Server" in computer.machine.output("docker version", "alice")
    assert "alice can use Docker from the next login on" in ended.out


def test_settings_that_are_there_are_not_written_again(
    changed: tuple[Computer, Ended, str],
) -> None:
    """50. the same options again | nothing to do, no restart"""
    computer, _, _ = changed
    started = "systemctl show --property ActiveEnterTimestampMonotonic docker.service"
    before = computer.machine.output(started)
    assert "nothing to do" in computer.install(*OPTIONS).out
    assert computer.machine.output(started) == before


def test_settings_that_the_daemon_refuses(changed: tuple[Computer, Ended, str]) -> None:
    """51. `--daemon-json` with an unknown key | 7, named; old settings and daemon back"""
    computer, _, _ = changed
    before = computer.machine.output("cat /etc/docker/daemon.json")
    computer.machine.output("echo '{\"no-such-key\": 1}' >/srv/more.json")
    ended = computer.install("--daemon-json", "/srv/more.json")
    assert ended.code == 7
    assert "no-such-key" in ended.err
    assert computer.machine.output("cat /etc/docker/daemon.json") == before
    assert computer.daemon()


def test_other_settings_restart_a_daemon_once(changed: tuple[Computer, Ended, str]) -> None:
    """52. `--daemon-json` with labels | merged, in `docker info`, containers' data kept"""
    computer, _, _ = changed
    computer.machine.output('echo \'{"labels": ["room=12"]}\' >/srv/more.json')
    ended = computer.install("--daemon-json", "/srv/more.json")
    assert ended.code == 0, ended.said
    assert computer.machine.output("docker info --format '{{.Labels}}'") == "[room=12]"
    assert computer.daemon_json()["debug"] is True


def test_images_from_a_folder(changed: tuple[Computer, Ended, str]) -> None:
    """53. `--images DIR`, tar files | loaded without a network; again: nothing to do"""
    computer, _, _ = changed
    computer.machine.says_hello("root")
    computer.machine.output(
        "mkdir -p /srv/images; docker save -o /srv/images/hello.tar hello; docker rmi hello"
    )
    ended = computer.install("--images", "/srv/images")
    assert ended.code == 0, ended.said
    assert "loading hello.tar" in ended.out
    assert computer.machine.output("docker run --rm hello /bin/echo hello") == "hello"
    assert "nothing to do" in computer.install("--images", "/srv/images").out


def test_images_that_cannot_be_pulled(changed: tuple[Computer, Ended, str]) -> None:
    """54. `--images LIST`, a registry that is not there | 5, names the image; Docker works"""
    computer, _, _ = changed
    computer.machine.output("printf '# lab 1\\nregistry.invalid/one:1\\n' >/srv/list")
    ended = computer.install("--images", "/srv/list")
    assert ended.code == 5
    assert "registry.invalid/one:1" in ended.err
    assert computer.daemon()


@pytest.fixture(scope="module")
def undone(changed: tuple[Computer, Ended, str]) -> tuple[Computer, Ended, Ended]:
    """Without its data first, then with them."""
    computer, _, _ = changed
    without = computer.plain("--uninstall")
    assert computer.machine.output("ls /var/lib/docker") != ""
    again = computer.install("--lean")
    assert again.code == 0, again.said
    assert "hello" in computer.machine.output("docker images")
    return computer, without, computer.plain("--uninstall", "--purge")


def test_the_undo(
    undone: tuple[Computer, Ended, Ended], changed: tuple[Computer, Ended, str]
) -> None:
    """30. `--uninstall`, then `--purge` | files and packages as before; data only on request"""
    computer, without, purged = undone
    assert (without.code, purged.code) == (0, 0), without.said + purged.said
    assert difference(changed[2], snapshot(computer)) == set()
    assert computer.machine.run("ls -A /var/lib/docker /var/lib/containerd").stdout.split() in (
        [],
        ["/var/lib/containerd:", "/var/lib/docker:"],
    )
    assert computer.machine.run(f"ls {STATE} /var/log/install-docker.log").stdout == ""


def test_an_undo_of_nothing(undone: tuple[Computer, Ended, Ended]) -> None:
    """55. `--uninstall` where nothing was put | 0, says so, changes nothing"""
    computer, _, _ = undone
    before = computer.packages()
    ended = computer.plain("--uninstall")
    assert (ended.code, computer.packages()) == (0, before)
    assert "nothing was put here by this program" in ended.out


@pytest.fixture(scope="module")
def offline(machines: Machines, mirror: Mirror) -> tuple[Computer, dict[str, Ended]]:
    """A machine with a folder of packages and no link."""
    source = Computer(machines.start("debian-12"), mirror)
    assert source.install("--lean").code == 0
    copy = (
        "mkdir /srv/debs; cp /var/cache/apt/archives/*.deb /srv/debs/; cd /srv/debs; "
        "sha256sum *.deb >SHA256SUMS; tar -C /srv -cf - debs | base64 -w0"
    )
    packed = source.machine.output(copy, timeout=300)
    computer = Computer(machines.start("debian-12"), mirror)
    unpack(computer, packed)
    computer.machine.output("ip link set eth0 down")
    spoil = (
        "cp -r /srv/debs /srv/spoilt; cd /srv/spoilt; for one in docker-ce_*; do echo >>$one; done"
    )
    computer.machine.output(f"{spoil}; cp -r /srv/debs /srv/no-sums; rm /srv/no-sums/SHA256SUMS")
    runs = {name: computer.plain("--repo-dir", f"/srv/{name}") for name in ("spoilt", "no-sums")}
    runs["debs"] = computer.plain("--repo-dir", "/srv/debs")
    return computer, runs


def unpack(computer: Computer, packed: str) -> None:
    """Past the limit of an argument's length."""
    computer.machine.write("/srv/packed", packed)
    computer.machine.output("base64 -d /srv/packed | tar -C /srv -xf -; rm /srv/packed")


def test_packages_from_a_folder(offline: tuple[Computer, dict[str, Ended]], mirror: Mirror) -> None:
    """31. no link, `--repo-dir DIR` | installs from the folder after checking the sums"""
    computer, runs = offline
    assert runs["debs"].code == 0, runs["debs"].said
    assert computer.daemon().startswith(mirror.newest)


def test_packages_that_cannot_be_trusted(offline: tuple[Computer, dict[str, Ended]]) -> None:
    """56. `--repo-dir`, a changed package; no SHA256SUMS | 5, named, nothing installed"""
    _, runs = offline
    assert (runs["spoilt"].code, runs["no-sums"].code) == (5, 5)
    assert "differ from SHA256SUMS: docker-ce_" in runs["spoilt"].err
    assert "sha256sum *.deb >SHA256SUMS" in runs["no-sums"].err
