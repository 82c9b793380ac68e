"""Whatever os-release, daemon.json or options there are: an exit code that is documented, a
sentence with a remedy, and nothing half done without a word.
"""

import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from standin.folder_machine import SHELLS, Done, FolderMachine, blank_machine

SCRIPT = Path(__file__).parents[3] / "provision" / "install-docker.sh"
CODES = {0, 2, 3, 4, 5, 6, 7, 8}
"""All but 1, which is for what nobody has thought of."""
BROKEN_SHELL = re.compile(r"not found$|parameter not set|[Ss]yntax error|bad substitution|sh: \d+:")

EACH_SHELL = [
    pytest.param(name, marks=[] if name == "dash" else pytest.mark.slow) for name in SHELLS
]

PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
RELEASE = st.dictionaries(
    st.sampled_from(
        ["ID", "ID_LIKE", "VERSION_ID", "VERSION_CODENAME", "UBUNTU_CODENAME", "PRETTY_NAME"]
    ),
    PLAIN
    | st.sampled_from(
        ["debian", "ubuntu", "fedora", "rhel", "arch", "alpine", "9", "44", "noble", "trixie"]
    ),
)
VALUES = PLAIN | st.sampled_from(
    ["docker", "stable", "28.5", "http://m", "root", "/etc/os-release", "/", "en", "5"]
)
VALUED = (
    *("source", "channel", "version", "mirror", "mirror-key", "repo-dir", "user", "wait"),
    *(
        "registry-mirror",
        "insecure-registry",
        "daemon-json",
        "proxy",
        "images",
        "rootless",
        "login",
    ),
)
OPTIONS = st.lists(
    st.one_of(
        st.sampled_from(["--upgrade", "--lean", "--swarm", "--json", "--quiet", "--dry-run"]),
        st.sampled_from(["--uninstall", "--purge", "--downgrade", "--check", "--", "-x", ""]),
        PLAIN,
        st.tuples(
            st.sampled_from(VALUED),
            VALUES,
        ).map(lambda pair: f"--{pair[0]}={pair[1]}"),
    ),
    max_size=4,
)


def run(shell: str, files: dict[str, str], options: list[str]) -> tuple[Done, FolderMachine]:
    """The installer on a machine whose packages cannot be fetched."""
    folder = Path(tempfile.mkdtemp())
    machine = blank_machine(folder, SHELLS[shell], folder)
    for tool in ("comm", "stat"):
        (folder / "bin" / tool).symlink_to(str(shutil.which(tool)))
    for name in ("apt-get", "dnf", "zypper", "pacman", "apk"):
        machine.stub(name, "echo 'E: Sub-process returned an error code (1)'; exit 100")
    for name in ("docker", "rpm", "getent", "curl", "apt-cache"):
        machine.stub(name, "exit 1")
    machine.stub("uname", "echo x86_64")
    machine.environment |= {"TMPDIR": str(folder), "TRIES": "1", "PATIENCE": "0"}
    for path, text in files.items():
        machine.file(path, text)
    done = machine.run([str(SCRIPT), *options])
    return done, machine


def judge(done: Done, machine: FolderMachine, options: list[str]) -> None:
    said = done.out + done.err
    assert done.code in CODES, said
    assert not [line for line in said.splitlines() if BROKEN_SHELL.search(line)], said
    if done.code == 0 or (done.code == 7 and "--check" in options):
        return
    sentence, hint = done.err.splitlines()[-2:]
    assert sentence.startswith("install-docker: "), said
    assert hint.startswith("  "), said
    assert hint.strip(), said
    assert not list(machine.root.glob("etc/apt/sources.list.d/*")), said
    assert not list(machine.root.glob("etc/yum.repos.d/*")), said


@pytest.mark.parametrize("shell", EACH_SHELL)
@settings(max_examples=25, deadline=None)
@given(release=RELEASE)
def test_any_os_release(shell: str, release: dict[str, str]) -> None:
    text = "".join(f'{key}="{value}"\n' for key, value in release.items())
    done, machine = run(shell, {"etc/os-release": text}, [])
    judge(done, machine, [])
    assert done.code
    shutil.rmtree(machine.folder)


@pytest.mark.parametrize("shell", EACH_SHELL)
@settings(max_examples=40, deadline=None)
@given(options=OPTIONS)
@example(options=["--proxy=/etc/os-release"])  # its lines were shown as the proxy
def test_any_options(shell: str, options: list[str]) -> None:
    done, machine = run(shell, {}, options)
    judge(done, machine, options)
    shutil.rmtree(machine.folder)


def test_what_a_proxys_file_holds_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "proxy"
    file.write_text("ada:word@proxy.example:3128\nanother line\n")
    done, machine = run("dash", {}, [f"--proxy={file}"])
    assert done.code == 2
    assert f"The proxy {file} is neither an address nor a file that holds one" in done.err
    assert "word" not in done.out + done.err
    shutil.rmtree(machine.folder)


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.sampled_from('{}[]:,"ab1.\\ \n'), max_size=30))
def test_any_daemon_json(text: str) -> None:
    done, machine = run("dash", {"etc/docker/daemon.json": text}, [])
    judge(done, machine, [])
    assert machine.text("etc/docker/daemon.json") == text
    shutil.rmtree(machine.folder)
