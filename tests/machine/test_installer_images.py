"""install-docker.sh and the course's images: from a registry, through a mirror, with a login.

The first line of each docstring is a row of docs/installer-situations.md.
"""

from collections.abc import Iterator

import pytest

from standin.docker_host import bridge_address
from standin.installer import Computer, Ended
from standin.machines import Machines
from standin.registry import Registry
from standin.served import Mirror

pytestmark = [pytest.mark.machine, pytest.mark.slow]


@pytest.fixture(scope="module")
def registry(mirror: Mirror) -> Iterator[Registry]:
    del mirror  # it brings Docker up, and with it the address
    registry = Registry(bridge_address())
    yield registry
    registry.end()


@pytest.fixture(scope="module")
def computer(machines: Machines, mirror: Mirror, registry: Registry) -> Computer:
    """A machine that may ask the registry without TLS."""
    computer = Computer(machines.start("debian-12"), mirror)
    ended = computer.install("--lean", "--insecure-registry", registry.name)
    assert ended.code == 0, ended.said
    return computer


def pull(
    computer: Computer, *images: str, options: tuple[str, ...] = (), before: str = ""
) -> Ended:
    computer.machine.write("/srv/images.txt", "# the course\n" + "\n".join(images) + "\n")
    return computer.plain("--images", "/srv/images.txt", *options, before=before)


def test_images_of_a_registry(computer: Computer, registry: Registry) -> None:
    """62. `--images LIST`, six images of a registry | this machine's, four at a time, once"""
    images = [registry.add(f"course/one{number}", "arm64", "amd64") for number in range(6)]
    registry.slow |= {f"course/one{number}": 1.0 for number in range(6)}
    ended = pull(computer, *images)
    assert ended.code == 0, ended.said
    asked = f"docker image inspect -f '{{{{.Architecture}}}}' {' '.join(images)}"
    assert computer.machine.output(asked).split() == ["amd64"] * 6
    assert 2 <= registry.most <= 4
    assert computer.result()["images"] == "6"
    sent = registry.sent.copy()
    again = pull(computer, *images)
    assert "nothing to do" in again.out
    assert registry.sent == sent


def test_images_that_were_cut_off(computer: Computer, registry: Registry) -> None:
    """63. killed while it pulls, then again | goes on; what was whole is not asked for again"""
    images = [registry.add(f"cut/{name}", "amd64") for name in ("quick", "slow")]
    registry.slow["cut/slow"] = 20  # Docker waits for its end before it begins anew
    computer.machine.write("/srv/images.txt", "\n".join(images) + "\n")
    run = "systemd-run --unit pulls sh /srv/install-docker.sh --images /srv/images.txt"
    computer.machine.output(run)
    computer.machine.wait_until(f"docker image inspect {images[0]}")
    computer.machine.output("systemctl kill --signal KILL pulls")
    del registry.slow["cut/slow"]
    sent = registry.sent["cut/quick"]
    ended = pull(computer, *images)
    assert ended.code == 0, ended.said
    assert registry.sent["cut/quick"] == sent
    assert computer.machine.output(f"docker image inspect -f ok {images[1]}") == "ok"


def test_an_image_of_another_architecture(computer: Computer, registry: Registry) -> None:
    """64. an image for arm64 alone | 5, names it and both architectures"""
    ended = pull(computer, registry.add("other/arm", "arm64"))
    assert ended.code == 5
    assert "other/arm:1 is built for arm64 alone, and this machine is amd64" in ended.err


def test_an_image_that_was_spoilt(computer: Computer, registry: Registry) -> None:
    """65. a layer that is not what its digest says | 5, the image does not come"""
    image = registry.add("other/spoilt", "amd64")
    registry.spoilt.add(registry.layers_of("other/spoilt")[0])
    ended = pull(computer, image, before="export TRIES=1")
    assert ended.code == 5
    assert "other/spoilt:1" in ended.err
    assert computer.machine.run(f"docker image inspect {image}").returncode != 0


def test_an_image_that_needs_a_login(computer: Computer, registry: Registry) -> None:
    """66. `--login NAME@REGISTRY`, password on stdin | pulled; no file and no log holds it"""
    image = registry.add("private/one", "amd64")
    registry.private.add("private/one")
    assert pull(computer, image, before="export TRIES=1").code == 5
    login = ("--login", f"{Registry.USER}@{registry.name}")
    wrong = pull(computer, image, options=login, before="exec <<E\nnot-it\nE")
    assert wrong.code == 5
    assert f"{registry.name} lets alice not in" in wrong.err
    before = f"exec <<E\n{Registry.PASSWORD}\nE"
    ended = pull(computer, image, options=login, before=before)
    assert ended.code == 0, ended.said
    secrets = f"-e {Registry.PASSWORD} -e $(printf %s {Registry.USER}:{Registry.PASSWORD} | base64)"
    places = "/root /etc /run /tmp /home /var/log /var/lib/install-docker"
    assert computer.machine.run(f"grep -rlsF {secrets} {places}").stdout == ""
    assert computer.machine.run("ls -d /run/install-docker.login.*").stdout == ""


def test_a_limit_that_is_reached(computer: Computer, registry: Registry) -> None:
    """67. the registry answers 429 | 5 at once, names the limit and what helps"""
    image = registry.add("hub/busy", "amd64")
    registry.refused.add("hub/busy")
    ended = pull(computer, image)
    assert ended.code == 5
    assert "toomanyrequests" in ended.err
    assert "--registry-mirror" in ended.err
    assert ended.seconds < 20


def test_limits_of_docker_hub_are_said(computer: Computer, registry: Registry) -> None:
    """68. Docker Hub lets this address pull one more image, and two are wanted | said before"""
    registry.left = 1
    hub = f"export TRIES=1 HUB=http://{registry.name} HUB_TOKEN=http://{registry.name}/token?x=1"
    ended = pull(computer, "one-of-hub:1", "two-of-hub:1", before=hub)
    assert ended.code == 5  # there is no way to Docker Hub from here
    assert "lets this address pull 1 more images, and 2 are wanted" in ended.out
    registry.left = 50
    assert "pull 50 more images of 100" in pull(computer, "one-of-hub:1", before=hub).out


def test_images_through_a_mirror(computer: Computer, registry: Registry) -> None:
    """69. `--registry-mirror URL`, images of Docker Hub | the mirror is asked, and nobody else"""
    registry.add("library/mirrored", "amd64", "arm64")
    mirror = ("--registry-mirror", f"http://{registry.name}")
    ended = pull(computer, "mirrored:1", options=mirror)
    assert ended.code == 0, ended.said
    assert "Docker Hub lets" not in ended.out
    assert computer.machine.output("docker image inspect -f ok mirrored:1") == "ok"
