"""Which packages, in which version; and that what fits is left alone."""

import pytest

from standin.folder_machine import FolderMachine

DOCKER = "docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin"
MADISON = """\
 docker-ce | 5:28.5.2-1~debian.12~bookworm | http://m bookworm/stable amd64 Packages
 docker-ce | 5:28.5.1-1~debian.12~bookworm | http://m bookworm/stable amd64 Packages
 docker-ce | 5:28.51.0-1~debian.12~bookworm | http://m bookworm/stable amd64 Packages
 docker-ce | 5:26.1.5-1~debian.12~bookworm | http://m bookworm/stable amd64 Packages"""


def have(machine: FolderMachine, packages: dict[str, str]) -> None:
    """These packages are installed, in these versions."""
    answers = "".join(
        f"{name}) [ $asked = status ] && echo 'ii  {name}' || printf %s {version} ;;\n"
        for name, version in packages.items()
    )
    machine.stub(
        "dpkg-query",
        f"""case $3 in *Status*) asked=status ;; *) asked=version ;; esac
shift 3
for name; do case $name in
{answers}esac; done""",
    )


@pytest.fixture
def machine(machine: FolderMachine) -> FolderMachine:
    machine.stub("apt-get")
    machine.stub("apt-cache", f"cat <<'E'\n{MADISON}\nE")
    return machine


WANTED = {
    ("docker", "bookworm", "ID=debian"): DOCKER,
    ("distribution", "bookworm", "ID=debian"): "docker.io iptables",
    ("distribution", "trixie", "ID=debian"): (
        "docker.io docker-cli docker-buildx docker-compose iptables"
    ),
    ("distribution", "noble", "ID=ubuntu"): "docker.io docker-buildx docker-compose-v2 iptables",
}


@pytest.mark.parametrize("kind", WANTED, ids="-".join)
def test_each_source_has_its_packages(
    one_machine: FolderMachine, kind: tuple[str, str, str]
) -> None:
    source, suite, system = kind
    one_machine.settings["SOURCE"] = source
    one_machine.file("etc/os-release", f"{system}\nVERSION_CODENAME={suite}\n")
    assert one_machine.call("wanted_packages").out == f"{WANTED[kind]}\n"


@pytest.mark.parametrize(("in_container", "added"), [("exit 1", " apparmor"), ("", "")])
def test_where_the_kernel_confines_containers_its_parser_is_installed(
    machine: FolderMachine, in_container: str, added: str
) -> None:
    machine.file("sys/module/apparmor/parameters/enabled", "Y\n")
    machine.stub("systemd-detect-virt", in_container)
    assert machine.call("wanted_packages").out == f"{DOCKER}{added}\n"


def test_docker_that_is_there_is_left_alone_and_no_index_is_fetched(machine: FolderMachine) -> None:
    have(machine, dict.fromkeys(DOCKER.split(), "5:28.5.2-1"))
    done = machine.call("ensure_docker")
    assert (done.code, done.out) == (0, "")
    assert not [call for call in done.calls if call.startswith("apt-get")]


def test_one_missing_package_is_enough_to_install(machine: FolderMachine) -> None:
    have(machine, dict.fromkeys(DOCKER.split()[:-1], "5:28.5.2-1"))
    done = machine.call("ensure_repository() { :; }; ensure_docker")
    assert done.code == 0
    assert done.calls[-1].endswith(f"--no-install-recommends {DOCKER}")


MATCHES = {
    "28": "5:28.5.2-1~debian.12~bookworm",
    "28.5": "5:28.5.2-1~debian.12~bookworm",
    "28.5.1": "5:28.5.1-1~debian.12~bookworm",
    "26": "5:26.1.5-1~debian.12~bookworm",
}


@pytest.mark.parametrize("version", MATCHES)
def test_engine_and_client_get_the_newest_version_that_fits_and_are_held(
    machine: FolderMachine, version: str
) -> None:
    machine.settings["VERSION"] = version
    done = machine.call("wanted=$(wanted_packages); install_docker")
    exact = MATCHES[version]
    words = f"docker-ce={exact} docker-ce-cli={exact} containerd.io docker-buildx-plugin"
    (install,) = (call for call in done.calls if call.startswith("apt-get"))
    assert install.endswith(f"{words} docker-compose-plugin")
    assert done.calls[-2:] == ["apt-mark hold docker-ce", "apt-mark hold docker-ce-cli"]


@pytest.mark.parametrize("version", ["27", "8.5", "5", "28.5.20", "2"])
def test_a_version_that_is_not_there_lists_those_that_are(
    machine: FolderMachine, version: str
) -> None:
    machine.settings["VERSION"] = version
    source = machine.file("etc/apt/sources.list.d/docker.sources")
    done = machine.call("STEP=docker; wanted=$(wanted_packages); install_docker")
    assert done.code == 6
    offered = "28.5.2 28.5.1 28.51.0 26.1.5"
    assert f"There is no version {version} of docker-ce; there are: {offered}" in done.err
    assert not [call for call in done.calls if call.startswith("apt-get")]
    assert not source.exists()


def test_the_distribution_s_versions_are_understood_too(machine: FolderMachine) -> None:
    machine.settings |= {"SOURCE": "distribution", "VERSION": "20.10"}
    have(machine, {"docker.io": "20.10.24+dfsg1-1+deb12u1", "iptables": "1.8.9-2"})
    assert machine.call("wanted=$(wanted_packages); fits && echo yes").out == "yes\n"


def test_an_older_version_is_not_put_over_a_newer_one(machine: FolderMachine) -> None:
    machine.settings["VERSION"] = "26"
    have(machine, {"docker-ce": "5:28.5.2-1"})
    done = machine.call("wanted=$(wanted_packages); install_docker")
    assert done.code == 6
    assert "docker-ce 5:28.5.2-1 is installed, newer than 5:26.1.5-1" in done.err
    assert "dpkg --compare-versions 5:28.5.2-1 gt 5:26.1.5-1~debian.12~bookworm" in done.calls
    assert not [call for call in done.calls if call.startswith("apt-get")]


def test_what_does_not_go_together_is_named_and_leaves_in_the_same_step(
    machine: FolderMachine,
) -> None:
    have(machine, {"docker.io": "20.10.24", "containerd": "1.6", "runc": "1.1"})
    done = machine.call("wanted=$(wanted_packages); install_docker")
    assert "removing, data kept: docker.io containerd runc" in done.out
    assert done.calls[-1].endswith(f"{DOCKER} docker.io- containerd- runc-")


AUTO_THERE = {"docker-ce": "docker", "docker.io": "distribution"}


@pytest.mark.parametrize("package", AUTO_THERE)
def test_auto_is_first_of_all_what_is_there(machine: FolderMachine, package: str) -> None:
    machine.settings["SOURCE"] = "auto"
    have(machine, {package: "28.5.2"})
    done = machine.call('choose_source; echo "$SOURCE"')
    assert done.out == f"{AUTO_THERE[package]}\n"
    assert not [call for call in done.calls if call.startswith("apt-get")]


@pytest.mark.parametrize("reached", [True, False])
def test_auto_is_docker_where_it_is_in_reach_and_says_so_where_not(
    machine: FolderMachine, *, reached: bool
) -> None:
    machine.settings |= {"SOURCE": "auto", "MIRROR": "http://mirror"}
    word = "true" if reached else "{ echo 'E: Could not connect to mirror:80' >$OUT; false; }"
    done = machine.call(f"fetch() {{ {word}; }}; choose_source; mark running")
    assert done.code == 0
    assert machine.mark()["source"] == ("docker" if reached else "distribution")
    said = "out of reach, taking the distribution's: E: Could not connect to mirror:80"
    assert (said in done.out) is not reached


def test_what_was_removed_and_left_its_settings_is_not_newer(machine: FolderMachine) -> None:
    machine.settings["VERSION"] = "26"
    machine.stub("dpkg-query", "case $3 in *Status*) echo 'rc  docker-ce' ;; *) printf 28 ;; esac")
    assert machine.call("wanted=$(wanted_packages); install_docker").code == 0
