"""Accounts: ours get keys and sudo, those that were there only join the group docker."""

import pytest

from standin.folder_machine import FolderMachine

KEYS = "ssh-ed25519 AAAA1,ssh-ed25519 AAAA2"


@pytest.fixture
def machine(machine: FolderMachine) -> FolderMachine:
    """Accounts are files in accounts/, members are files in members/."""
    for folder in ("accounts", "members"):
        (machine.folder / folder).mkdir()
    here = machine.folder
    machine.stub(
        "getent",
        f"""case $1-$2 in
group-docker) [ -e {here}/members ] ;;
group-*) exit 2 ;;
*) [ -e {here}/accounts/$2 ] && echo "$2:x:1000:1000::/home/$2:/bin/bash" ;;
esac""",
    )
    machine.stub(
        "useradd", f'for name; do :; done; : >{here}/accounts/"$name"; : >{here}/members/"$name"'
    )
    machine.stub("usermod", f'for name; do :; done; : >{here}/members/"$name"')
    machine.stub("id", f"[ -e {here}/members/$2 ] && echo docker")
    machine.stub("visudo")
    machine.settings |= {"USERS": "student vagrant", "AUTHORIZED_KEYS": KEYS}
    (here / "accounts/vagrant").touch()
    return machine


def test_an_account_is_made_with_keys_group_and_sudo(machine: FolderMachine) -> None:
    done = machine.call("ensure_users")
    assert done.code == 0, done.err
    made = "useradd --create-home --shell /bin/bash --password * --groups docker student"
    assert made in done.calls
    assert not [call for call in done.calls if call.startswith("usermod") and "student" in call]
    keys = machine.root / "home/student/.ssh/authorized_keys"
    lines = ["# dockyard: begin", "ssh-ed25519 AAAA1", "ssh-ed25519 AAAA2", "# dockyard: end"]
    assert keys.read_text().splitlines() == lines
    assert keys.parent.stat().st_mode & 0o777 == 0o700
    assert f"chown -R student: {keys.parent}" in done.calls
    rules = machine.root / "etc/sudoers.d/dockyard"
    assert rules.read_text() == "student ALL=(ALL:ALL) NOPASSWD: ALL\n"
    assert rules.stat().st_mode & 0o777 == 0o440


def test_an_account_that_was_there_only_joins_the_group(machine: FolderMachine) -> None:
    done = machine.call("ensure_users")
    assert "usermod --append --groups docker vagrant" in done.calls
    assert not (machine.root / "home/vagrant").exists()
    assert "vagrant" not in machine.text("etc/sudoers.d/dockyard")


def test_a_second_time_changes_nothing(machine: FolderMachine) -> None:
    machine.call("ensure_users")
    done = machine.call("ensure_users")
    assert (done.code, done.out) == (0, "")
    assert not [call for call in done.calls if call.startswith(("useradd", "usermod", "groupadd"))]


def test_a_run_cut_off_before_the_account_was_made_still_calls_it_ours(
    machine: FolderMachine,
) -> None:
    machine.file("var/lib/dockyard/users", "student\n")
    assert machine.call("ensure_users").code == 0
    assert (machine.root / "home/student/.ssh/authorized_keys").exists()
    assert machine.text("etc/sudoers.d/dockyard") == "student ALL=(ALL:ALL) NOPASSWD: ALL\n"


def test_the_student_s_own_keys_stay_when_the_lab_s_change(machine: FolderMachine) -> None:
    machine.call("ensure_users")
    keys = machine.root / "home/student/.ssh/authorized_keys"
    keys.write_text("ssh-rsa OWN\n" + keys.read_text())
    machine.settings["AUTHORIZED_KEYS"] = "ssh-ed25519 BBBB"
    machine.call("ensure_users")
    lines = ["ssh-rsa OWN", "# dockyard: begin", "ssh-ed25519 BBBB", "# dockyard: end"]
    assert keys.read_text().splitlines() == lines


def test_an_account_that_cannot_be_made_is_named_with_the_reason(machine: FolderMachine) -> None:
    machine.stub("useradd", "echo 'useradd: no room' >&2; exit 1")
    done = machine.call("STEP=users; ensure_users")
    assert done.code == 1
    assert "The account student cannot be made: useradd: no room." in done.err


def test_a_refused_rule_for_sudo_is_not_put_in_place(machine: FolderMachine) -> None:
    machine.stub("visudo", "exit 1")
    assert machine.call("ensure_users").code == 1
    assert not (machine.root / "etc/sudoers.d/dockyard").exists()


def test_the_group_is_made_when_no_package_has_made_it(machine: FolderMachine) -> None:
    machine.stub("getent", "[ $1 = passwd ] && echo 'x:x:1:1::/home/x:/bin/sh'")
    machine.stub("groupadd")
    assert "groupadd --system docker" in machine.call("ensure_users").calls


def test_an_account_with_the_name_of_a_group_joins_that_group(machine: FolderMachine) -> None:
    machine.stub("getent", "[ $1 = group ]")
    assert machine.call("make_account admin").calls[-1].startswith("useradd --gid admin --create")


def test_those_who_are_not_in_the_group_are_found(machine: FolderMachine) -> None:
    (machine.folder / "members/vagrant").touch()
    assert machine.call("members_missing").out == "student "


def test_an_account_that_a_cloud_makes_at_the_same_moment_is_no_failure(
    machine: FolderMachine,
) -> None:
    here = machine.folder
    machine.stub("useradd", f': >{here}/accounts/student; echo "already exists" >&2; exit 9')
    done = machine.call("ensure_users")
    assert done.code == 0, done.err
    assert "usermod --append --groups docker student" in done.calls
    assert (machine.root / "home/student/.ssh/authorized_keys").exists()


def test_a_home_that_cannot_be_written_is_said(machine: FolderMachine) -> None:
    machine.file("home/student", "a file where the home is to be")
    done = machine.call("STEP=users; ensure_users")
    assert done.code == 1
    assert "The account student cannot be made: mkdir: " in done.err
