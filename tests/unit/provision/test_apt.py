"""apt, unattended and patient: what is tried again, what is given up, and in which words."""

import pytest

from standin.folder_machine import FolderMachine

LATER = (
    "Sub-process /usr/bin/sqv returned an error code (1), error message is: Verifying signature:"
    "            Not live until 2026-11-24T00:04:35Z"
)
"""Debian 13 and newer, where the clock is behind"""
COMPLAINTS = {
    "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (python3)": "locked",
    "dpkg: error: dpkg frontend lock was locked by another process with pid 7": "locked",
    "E: You don't have enough free space in /var/cache/apt/archives/.": "full",
    "cannot copy: failed to write (No space left on device)": "full",
    "E: Release file for http://m/InRelease is not valid yet (invalid for another 9h)": "clock",
    "E: Release file for http://m/InRelease is expired (invalid since 9h)": "clock",
    f"  {LATER}\nE: The repository 'http://m trixie InRelease' is not signed.": "clock",
    "W: GPG error: http://m: the public key is not available: NO_PUBKEY 7EA0": "untrusted",
    "E: The repository 'http://m bookworm InRelease' is not signed.": "untrusted",
    "E: Failed to fetch http://m/x  Temporary failure resolving 'm'": "network",
    "W: Failed to fetch http://m/x  Could not resolve 'm'": "network",
    "E: Failed to fetch http://m/x  Name or service not known": "network",
    "E: Failed to fetch http://m/x  Could not connect to m:80 (1.2.3.4). - connect (111": "network",
    "E: Failed to fetch http://m/x  503  Service Unavailable [IP: 1.2.3.4 80]": "network",
    "E: Failed to fetch http://m/x  429  Too Many Requests [IP: 1.2.3.4 80]": "network",
    "E: Failed to fetch http://m/x  Hash Sum mismatch": "network",
    "E: Failed to fetch http://m/x  404  Not Found [IP: 1.2.3.4 80]": "missing",
    "E: The repository 'http://m forky Release' does not have a Release file.": "missing",
    "E: Unable to locate package docker-ce": "missing",
    "E: Package 'docker-ce' has no installation candidate": "missing",
    "E: The repository 'http://m x' is not signed.\nE: m/InRelease  403  Forbidden": "missing",
    "E: Failed to fetch http://m/gpg  Redirection loop encountered": "missing",
    "E: The repository is not signed.\nE: Clearsigned file isn't valid, got 'NOSPLIT'": "network",
    # apt's own words for packages that lack what they need: "help to resolve the situation"
    "may help to resolve the situation:\n a : Depends: b but it is not installable": "other",
    "E: Sub-process /usr/bin/dpkg returned an error code (1)": "other",
    "E: Type 'dab' is not known on line 1 in source list /etc/apt/sources.list.d/m.list": "other",
}


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_the_reason_of_a_failure_is_found_in_apt_s_words(
    one_machine: FolderMachine, complaint: str
) -> None:
    one_machine.file("run/dockyard.out", f"Reading package lists...\n{complaint}\n")
    assert one_machine.call("why_failed").out == f"{COMPLAINTS[complaint]}\n"


def test_what_ran_out_of_time_is_a_matter_of_the_network(machine: FolderMachine) -> None:
    machine.file("run/dockyard.out", "0% [Working]\n")
    assert machine.call("status=124; why_failed").out == "network\n"


def failing(complaint: str, times: int, count: str) -> str:
    """A stub's body that complains so many times, then succeeds."""
    return f"""echo x >>{count}
[ $(wc -l <{count}) -gt {times} ] && exit 0
echo "{complaint}"
exit 100"""


HELD = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt-get)"
DOWN = "E: Failed to fetch http://m/x  503  Service Unavailable [IP: 1.2.3.4 80]"


def test_a_lock_is_waited_for_and_its_holder_is_named_once(machine: FolderMachine) -> None:
    machine.stub("apt-get", failing(HELD, 3, f"{machine.folder}/count"))
    done = machine.call("refresh")
    assert done.code == 0
    assert done.out.count("waiting for process 7 (apt-get)") == 1
    assert done.calls.count("sleep 2") == 3


def test_a_lock_that_is_never_let_go_ends_the_waiting(machine: FolderMachine) -> None:
    machine.environment["PATIENCE"] = "4"
    machine.stub("apt-get", failing(HELD, 99, f"{machine.folder}/count"))
    done = machine.call("STEP=docker; refresh")
    assert done.code == 4
    assert "Process 7 (apt-get) holds the package lock too long." in done.err


def test_a_network_that_comes_back_is_tried_again_with_growing_pauses(
    machine: FolderMachine,
) -> None:
    machine.stub("apt-get", failing(DOWN, 2, f"{machine.folder}/count"))
    done = machine.call("refresh")
    assert done.code == 0
    assert "503  Service Unavailable" in done.out
    assert [call for call in done.calls if call.startswith("sleep")] == ["sleep 3", "sleep 6"]


def test_a_network_that_stays_away_ends_with_address_and_reason(machine: FolderMachine) -> None:
    machine.environment |= {"TRIES": "2", "http_proxy": "http://127.0.0.1:9"}
    machine.stub("apt-get", failing(DOWN, 99, f"{machine.folder}/count"))
    done = machine.call("refresh")
    assert done.code == 5
    assert "Packages cannot be fetched: E: Failed to fetch http://m/x  503" in done.err
    assert "(http_proxy: http://127.0.0.1:9)" in done.err
    assert "proxy" in machine.mark()["hint"]


def test_what_does_not_pass_is_not_tried_again(machine: FolderMachine) -> None:
    machine.stub(
        "apt-get", "echo 'E: Sub-process /usr/bin/dpkg returned an error code (1)'; exit 1"
    )
    done = machine.call("install docker.io")
    assert done.code == 6
    assert len([call for call in done.calls if call.startswith("apt-get")]) == 1


def test_apt_is_asked_nothing_and_told_to_fail_when_it_fails(machine: FolderMachine) -> None:
    machine.stub("apt-get", 'echo "$DEBIAN_FRONTEND"; cat')
    done = machine.call("refresh; cat $OUT")
    assert done.out.endswith("noninteractive\n")
    (call,) = (call for call in done.calls if call.startswith("apt-get"))
    assert "APT::Update::Error-Mode=any" in call
    assert "--force-confold" in call


def test_an_installation_that_was_cut_off_is_finished_first(machine: FolderMachine) -> None:
    machine.stub("dpkg", "case $1 in --audit) echo 'half installed' ;; *) echo amd64 ;; esac")
    machine.stub("dpkg-query", "printf 'ii bash\niHRcontainerd.io\niU runc\n'")
    machine.stub("apt-get")
    done = machine.call("ensure_dpkg_whole")
    configure, again = (call for call in done.calls if call.startswith(("dpkg --force", "apt-get")))
    assert configure == "dpkg --force-confdef --force-confold --configure -a"
    assert again.endswith("--fix-broken --reinstall install containerd.io")


def test_a_whole_dpkg_is_left_alone(machine: FolderMachine) -> None:
    done = machine.call("ensure_dpkg_whole")
    assert done.out == ""
    assert "dpkg --audit" in done.calls
