"""A description is read strictly, and everything wrong with it comes in one message."""

import os
from pathlib import Path

import pytest

from dockyard.description import Description, read
from dockyard.errors import DescriptionError
from dockyard.project import Project

ROOT = Path(__file__).parents[2]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvQ0h5JqgVbHk5mO1mJ3Z1mSgPqk1b6lq1s9mUoZ9aB"


def lab(tmp_path: Path, text: str, name: str = "lab.yaml") -> Description:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return read(file)


def problems(tmp_path: Path, lines: str) -> str:
    """The message for a local lab with some more lines."""
    with pytest.raises(DescriptionError) as caught:
        lab(tmp_path, f"lab:\n  name: moby\n  target: local\n{lines}")
    return str(caught.value)


def test_defaults_are_one_machine_for_one_reader(tmp_path: Path) -> None:
    found = lab(tmp_path, "lab: {name: moby, target: local}").lab
    assert found.students == 1
    assert found.spare == 0
    assert [(m.name, m.count, m.size, m.image) for m in found.machines] == [
        ("node", 1, "small", "debian-13")
    ]
    assert found.docker.users == ("student",)


@pytest.mark.parametrize(
    "file",
    [
        *sorted(ROOT.glob("stacks/Pulumi.*-lab.yaml")),
        *sorted(ROOT.glob("vagrant/examples/*.yaml")),
        ROOT / "vagrant/lab.yaml",
    ],
    ids=lambda path: path.stem,
)
def test_every_example_is_right_and_names_its_schema(file: Path) -> None:
    read(file)
    head = file.read_text(encoding="utf-8").splitlines()[0]
    schema = head.removeprefix("# yaml-language-server: $schema=")
    assert (file.parent / schema).resolve() == ROOT / "dockyard/lab.schema.json"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("  studnets: 3", "line 4: studnets is no key of a lab; did you mean `students`?"),
        ("  students: many", "students is 'many', but must be a whole number, without quotes"),
        ("  students: '3'", "students is '3', but must be a whole number, without quotes"),
        ("  students: 10000", "students is 10000, but must be at most 500"),
        ("  students: 501", "students is 501, but must be at most 500"),
        ("  students: -1", "students is -1, but must be at least 0"),
        ("  students: 0", "students is 0, and there is no cluster or registry: nothing to make"),
        ("  spare: 51", "spare is 51, but must be at most 50"),
        ("  machines: [{size: tiny}]", "machines[0].size is 'tiny', which must be one of small"),
        ("  machines: [{image: suse-15}]", "image is 'suse-15', which must be one of debian-12"),
        ("  machines: [{cout: 3}]", "machines[0].cout is no key of a lab; did you mean `count`?"),
        ("  machines: []", "machines is (), but must have at least 1 entry"),
        ("  machines: {}", "but must be a list: [a, b], or one line each after a dash"),
        ("  machines: [{count: 2}, {}]", "machines make 2 machines named node1; rename one kind"),
        ("  machines: [{count: 9}, {name: w, count: 2}]", "make 11 machines a seat, but 10 is"),
        ("  machines: [{size: 'native:big'}]", "local sizes are `native:2x2048`: CPUs x MiB"),
        ("  docker: {version: 28.10}", "docker.version is 28.1, but must stand in quotes"),
        ("  docker: {version: latest}", "docker.version is 'latest', but must be a version in"),
        ("  docker: {daemon: {hosts: [a]}}", "`hosts` keeps the daemon from starting under sys"),
        ("  docker: {daemon: {x: 1.5}}", "daemon.x must be text in ASCII, a whole number, true"),
        ("  docker: {users: [vagrant]}", "users[0] is 'vagrant', which local keeps for itself"),
        ("  docker: {users: [a, a]}", "docker.users[1] is 'a' a second time"),
        ("  docker: {users: [Ann]}", "users[0] is 'Ann', but must be a Linux account"),
        ("  docker: {source: distribution, version: '28'}", "version goes with `source: docker`"),
        ("  docker: {mirror_key: " + "A" * 40 + "}", "mirror_key goes with `mirror`, which is m"),
        ("  docker: {mirror: 'ftp://x'}", "must be a plain http:// or https:// address"),
        ("  access: {cidrs: [300.0.0.1/8]}", "access.cidrs[0] is '300.0.0.1/8', which is no CIDR"),
        ("  access: {cidrs: [10.0.0.1/8]}", "10.0.0.1/8 has host bits set"),
        ("  access: {ports: [2375]}", "opens the Docker API (2375, 2376), which is root for any"),
        ("  access: {ports: ['2000-3000']}", "opens the Docker API (2375, 2376)"),
        ("  access: {ports: [70000]}", "ports lie between 1 and 65535, the lower one first"),
        ("  access: {ports: ['90-80']}", "ports lie between 1 and 65535, the lower one first"),
        ("  access: {keys: [/nowhere.pub]}", "can't be read: No such file or directory"),
        ("  access: {keys: [ssh-dss AAAA]}", "which is no public key (ssh-ed25519 AAAA…)"),
        ("  until: 2020-01-01 18:00", "until is '2020-01-01 18:00', which is past"),
        ("  until: 0001-01-01", "until is '0001-01-01', which is no time; write it as"),
        ("  docker: {users: [nobody]}", "users[0] is 'nobody', which local keeps for itself"),
        ("  access: {keys: [/dev/zero]}", "keys[0] is '/dev/zero', which is no file"),
        ("  access: {ports: ['80-']}", "must be a port (8080) or a range in quotes"),
        ("  access: {cidrs: [1.2.3.0/0.0.0.255]}", "'1.2.3.0/0.0.0.255', which is no CIDR; write"),
        ("  machines: [{image: 'native:--privileged'}]", "image is 'native:--privileged', which"),
        ("  until: soon", "until is 'soon', which is no time; write it as '2026-12-05 18:00'"),
        (
            "  until: 2099-01-01",
            "which is no time: its hour is missing; write it as '2099-01-01 18",
        ),
        ("  until: 2099-02-31 12:00", "until is '2099-02-31 12:00', which is no day of the"),
        ("  until: 2099-01-01 12:00:00", "which is no time; write it as '2099-01-01 12:00'"),
        (
            "  until: 18",
            "until is 18, which may be a length of time, `hours: 18`, or a time of day: 18",
        ),
        ("  hours: nine", "hours is 'nine', which is no length of time; write 9, 9h, 1h30, 90m"),
        ("  hours: 0h", "hours is '0h', which is no length of time; write 9, 9h, 1h30, 90m"),
        ("  hours: 9.5", "hours is 9.5, which is no length of time; write 9h30"),
        ("  hours: 1000", "hours is 1000, which is not between 1 and 720"),
        ("  alarm: me", "alarm is 'me', but must be a mail address: 'trainer@example.org'"),
        ("  alarm: a@b.org", "alarm is given, but nothing on local can tell it; leave it out"),
        ("  hours: 0", "hours is 0, which is not between 1 and 720"),
        ("  until: 2099-01-01 12:00\n  hours: 3", "until is given beside hours; write one"),
        ("  hours: yes", "hours is True, but must be a whole number, without quotes"),
        ("  language: de", "language is 'de', but must be 'en' or 'fr'"),
        ("  region: eu-west-3", "region is 'eu-west-3', but local has no regions"),
        ("  cluster: {}", "cluster can't be made on local; targets that can: azure"),
        ("  tags: {dockyard-lab: x}", "tags.dockyard-lab is Dockyard's own; take another key"),
        ("  tags: {Big: x}", "tags.Big is 'Big', but must be lower-case letters"),
    ],
)
def test_a_wrong_line_is_a_sentence_with_its_remedy(
    tmp_path: Path, lines: str, sentence: str
) -> None:
    assert sentence in problems(tmp_path, lines)


def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    message = problems(tmp_path, "  students: x\n  spare: y\n  hours: 0\n")
    assert "has 3 problems:" in message
    assert [line.split(":")[0].strip() for line in message.splitlines()[1:4]] == [
        "line 4",
        "line 5",
        "line 6",
    ]
    assert message.endswith("every key is explained in docs/description.md.")


def test_a_private_key_is_refused_and_not_shown(tmp_path: Path) -> None:
    secret = tmp_path / "id"
    secret.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n", encoding="ascii")
    message = problems(tmp_path, f"  access: {{keys: [{secret}]}}")
    assert "is a private key, which stays with you: name the file that ends in .pub" in message
    assert "c2VjcmV0" not in message


def test_a_key_loses_its_comment(tmp_path: Path) -> None:
    found = lab(tmp_path, f"lab: {{name: moby, target: local, access: {{keys: ['{KEY} ann@x']}}}}")
    assert found.lab.access.keys == (KEY,)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "is empty."),
        (b"# only a comment\n", "is empty."),
        (b"\x00\x01\x02\xff", "is not text in UTF-8."),
        (b"\x00", "is no YAML"),
        (b"lab: [", "is no YAML: line 1"),
        (b"lab: {name: a, name: b}", "is no YAML: line 1: `name` stands here a second time"),
        (b"? [a]\n: b", "is no YAML: line 1: a key must be a word"),
        (b"- 1", "has no `lab:` mapping."),
        (b"config: {}", "has no `lab:` mapping."),
        (b"lab: 3", "lab is 3, but must be a mapping: key: value"),
        (b"lab: !!python/object:os.system {}", "is no YAML: line 1"),
        (b"lab: &a\n  name: *a", "is no YAML: line 1: an alias (*name) is more than"),
        (b"lab: {students: !!int x}", "a value is out of all bounds"),
        (b"lab: " + b"[" * 5000, "a value is out of all bounds"),
        (b"lab: {students: " + b"9" * 5000 + b"}", "a value is out of all bounds"),
        (b"lab: {name: moby}", "target is missing; write it"),
        (b"lab: {name: moby, target: loca}", "is no target; did you mean `local`?"),
        (b"lab: {name: m, target: local}", "must be 2 to 20 lower-case letters"),
        (b"x" * 1_000_001, "is larger than 1 MB; that is no description."),
    ],
)
def test_a_file_that_is_no_description(tmp_path: Path, raw: bytes, sentence: str) -> None:
    file = tmp_path / "lab.yaml"
    file.write_bytes(raw)
    with pytest.raises(DescriptionError) as caught:
        read(file)
    assert sentence in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match=r"lab.yaml can't be read: No such file"):
        read(tmp_path / "lab.yaml")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lab.yaml")
    with pytest.raises(DescriptionError, match=r"lab.yaml is no regular file"):
        read(tmp_path / "lab.yaml")


def test_a_local_lab_and_a_stack_of_one_name_keep_their_things_apart(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text("lab: {name: moby, target: local}\n")
    text = "config:\n  dockyard:lab: {name: moby, target: aws, owner: ada, hours: 9}\n"
    (tmp_path / "Pulumi.moby.yaml").write_text(text)
    project = Project(tmp_path)
    kept = [
        project.kept(read(tmp_path / file).kept).relative_to(tmp_path / ".dockyard")
        for file in ("lab.yaml", "Pulumi.moby.yaml")
    ]
    assert list(map(str, kept)) == ["local/moby", "moby"]


def test_a_cloud_lab_must_have_an_owner_and_an_end(tmp_path: Path) -> None:
    text = "config:\n  dockyard:lab: {name: moby, target: aws}\n"
    with pytest.raises(DescriptionError) as caught:
        lab(tmp_path, text, "Pulumi.moby.yaml")
    assert "owner is missing; write who answers for the lab" in str(caught.value)
    assert "a lab in a cloud must end; write `hours: 9`" in str(caught.value)


@pytest.mark.parametrize(
    ("target", "key", "value"),
    [("aws", "region", "paris"), ("gcp", "zone", "europe-west9"), ("azure", "region", "eu-west")],
)
def test_a_wrong_region_or_zone(tmp_path: Path, target: str, key: str, value: str) -> None:
    text = (
        f"config:\n  dockyard:lab: {{name: moby, target: {target}, owner: ada, hours: 1,"
        f" {key}: {value}}}\n"
    )
    with pytest.raises(
        DescriptionError, match=f"{key} is '{value}', which is no {key} of {target}"
    ):
        lab(tmp_path, text, "Pulumi.moby.yaml")


def test_an_ended_lab_can_still_be_read_to_be_taken_down(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text("lab: {name: moby, target: local, until: 2020-01-01 10:00}")
    assert read(file, ended=True).lab.until == "2020-01-01 10:00"


def test_a_relative_key_starts_at_the_descriptions_folder(tmp_path: Path) -> None:
    (tmp_path / "ann.pub").write_text(f"{KEY} ann\n", encoding="ascii")
    found = lab(tmp_path, "lab: {name: moby, target: local, access: {keys: [./ann.pub]}}")
    assert found.lab.access.keys == (KEY,)


def test_a_time_of_day_stays_text(tmp_path: Path) -> None:
    assert lab(tmp_path, "lab: {name: moby, target: local, until: 18:00}").lab.until == "18:00"


def test_the_open_world_is_warned_of(tmp_path: Path) -> None:
    text = "lab: {name: moby, target: local, access: {cidrs: [0.0.0.0/0]}}"
    assert lab(tmp_path, text).warnings == (
        "access.cidrs: 0.0.0.0/0 lets the whole world try; only keys get in.",
    )


NOBODY = "access.cidrs: nobody can connect, you neither; write [me], or an IPv4 range."
SIX = "access.cidrs: 2001:db8::/32 lets nobody in, for the machines have no IPv6 address."


@pytest.mark.parametrize(
    ("cidrs", "warnings"),
    [
        ("[]", (NOBODY,)),
        ("['2001:db8::/32']", (SIX, NOBODY)),
        ("['2001:db8::/32', me]", (SIX,)),
        ("[198.51.100.0/24]", ()),
    ],
)
def test_a_lab_that_nobody_could_enter_says_so(
    tmp_path: Path, cidrs: str, warnings: tuple[str, ...]
) -> None:
    access = f"access: {{keys: [{KEY}], cidrs: {cidrs}}}"
    text = f"{{name: moby, target: gcp, owner: ada, hours: 9, {access}}}"
    found = lab(tmp_path, f"config:\n  dockyard:lab: {text}\n", "Pulumi.moby.yaml")
    assert found.warnings == warnings


@pytest.mark.parametrize(
    ("target", "place", "sentence"),
    [
        ("aws", "zone: eu-west-1a", "zone is 'eu-west-1a', which is not in eu-west-3; write a"),
        ("aws", "zone: eu-west-3a, region: eu-west-1", "or region: eu-west-3"),
        ("gcp", "zone: europe-west1-b", "'europe-west1-b', which is not in europe-west9"),
        ("gcp", "zone: europe-west12-a, region: europe-west1", "or region: europe-west12"),
    ],
)
def test_a_zone_lies_in_its_region(tmp_path: Path, target: str, place: str, sentence: str) -> None:
    text = f"{{name: moby, target: {target}, owner: ada, hours: 9, {place}}}"
    with pytest.raises(DescriptionError) as error:
        lab(tmp_path, f"config:\n  dockyard:lab: {text}\n", "Pulumi.moby.yaml")
    assert sentence in str(error.value)
