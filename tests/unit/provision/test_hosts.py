"""The machine's name, and the names of its seat."""

from standin.folder_machine import FolderMachine

HOSTS = "10.77.0.20 seat01-node1 node1,10.77.0.21 seat01-node2 node2"
BLOCK = """\
# dockyard: begin
10.77.0.20 seat01-node1 node1
10.77.0.21 seat01-node2 node2
# dockyard: end
"""


def test_the_seat_s_names_are_written_once(machine: FolderMachine) -> None:
    machine.settings |= {"HOSTNAME": "seat01-node1", "HOSTS": HOSTS}
    assert "names of the seat" in machine.call("ensure_hosts").out
    assert machine.text("etc/hosts") == "127.0.0.1 localhost\n" + BLOCK
    assert machine.call("ensure_hosts").out == ""


def test_the_machine_gets_its_name_in_the_file_and_now(machine: FolderMachine) -> None:
    machine.settings["HOSTNAME"] = "seat07-node1"
    done = machine.call("ensure_hosts")
    assert "naming this machine seat07-node1" in done.out
    assert "hostname seat07-node1" in done.calls
    assert machine.text("etc/hostname") == "seat07-node1\n"
    assert machine.call("ensure_hosts").out == ""


def test_without_settings_the_names_stay(machine: FolderMachine) -> None:
    assert machine.call("ensure_hosts").out == ""
    assert machine.text("etc/hosts") == "127.0.0.1 localhost\n"


def test_names_that_lead_elsewhere_are_found(machine: FolderMachine) -> None:
    machine.settings |= {"HOSTNAME": "seat01-node1", "HOSTS": HOSTS}
    machine.stub(
        "getent",
        "case $2 in *node1) echo '127.0.1.1 STREAM x' ;; node2) echo '10.9.9.9 STREAM x' ;; esac",
    )
    assert machine.call("names_missing").out == "seat01-node2 node2 "
