"""The commands that need no machine: what a person reads, and the exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dockyard.commands import on_each
from dockyard.description import schema

Type = Callable[..., Any]


def test_plan_says_what_where_and_what_next(dockyard: Type) -> None:
    seen = dockyard("plan")
    assert seen.code == 0
    assert "Lab reader (vagrant/lab.yaml) on this computer, by Vagrant" in seen.err
    assert "1 student, 0 spare: 1 seat, 1 machine; no deadline" in seen.err
    assert "seat01  seat01-node1  10.77.0.20  small (2x1024)  debian-13  20 GB" in seen.out
    assert seen.err.endswith("Next: dockyard up local\n")


def test_plan_of_a_cloud_stack_names_the_clouds_own_size(dockyard: Type) -> None:
    seen = dockyard("plan", "azure-lab")
    assert seen.code == 0
    assert "small (Standard_B1ms)" in seen.out
    assert "from me; ports 22, 80, 8080" in seen.err
    assert seen.err.endswith("Next: dockyard up azure-lab\n")


def test_plan_as_json_has_every_seat(dockyard: Type) -> None:
    found = json.loads(dockyard("plan", "aws-lab", "--json").out)
    assert [seat["seat"] for seat in found["seats"]] == ["seat01", "seat02", "seat03"]
    assert found["lab"]["name"] == "aws-lab"


def test_a_reader_that_went_away_is_told_nothing(clone: Path) -> None:
    """`dockyard list --json | head -c 1`: the pipe is closed when Python ends at the latest."""
    words = [sys.executable, "-m", "dockyard.cli", "-C", str(clone), "list", "--json"]
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run(words, stdout=writes, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writes)
    assert (done.returncode, done.stderr) == (1, "")


def test_an_unknown_lab_is_answered_with_the_nearest(dockyard: Type) -> None:
    seen = dockyard("plan", "aws-lap")
    assert seen.code == 2
    assert "There is no lab `aws-lap`: did you mean `aws-lab`?" in seen.err


def test_a_wrong_description_is_exit_code_3_and_all_its_problems(
    dockyard: Type, clone: Path
) -> None:
    (clone / "vagrant/lab.yaml").write_text("lab: {nam: x, target: local, spare: -1}\n")
    seen = dockyard("plan")
    assert seen.code == 3
    assert "lab.yaml has 3 problems:" in seen.err
    assert "Traceback" not in seen.err


def test_list_names_every_lab_and_the_wrong_ones(dockyard: Type, clone: Path) -> None:
    (clone / "stacks/Pulumi.broken.yaml").write_text("config: {}\n")
    seen = dockyard("list")
    assert seen.code == 0
    assert "local      local   1         1      vagrant/lab.yaml" in seen.out
    assert "stacks/Pulumi.broken.yaml is wrong; see: dockyard plan broken" in seen.out
    names = [row["lab"] for row in json.loads(dockyard("list", "--json").out)]
    assert names == ["local", "aks-lab", "aws-lab", "azure-lab", "broken", "gcp-lab"]


def test_new_makes_an_own_stack_once(dockyard: Type, clone: Path) -> None:
    seen = dockyard("new", "moby", "--from", "aws-lab")
    assert seen.code == 0
    assert "Made stacks/Pulumi.moby.yaml from aws-lab; git ignores it." in seen.err
    assert "Lab moby (stacks/Pulumi.moby.yaml)" in dockyard("plan", "moby").err
    (clone / "stacks/Pulumi.moby.yaml").write_text("mine")
    again = dockyard("new", "moby", "--from", "aws-lab")
    assert again.code == 1
    assert "stacks/Pulumi.moby.yaml is there already, and stays as it is." in again.err
    assert (clone / "stacks/Pulumi.moby.yaml").read_text() == "mine"


def test_new_leaves_the_examples_secrets_behind(dockyard: Type, clone: Path) -> None:
    example = clone / "stacks/Pulumi.aws-lab.yaml"
    example.write_text("encryptionsalt: v1:abc:v1:def\n" + example.read_text())
    dockyard("new", "moby", "--from", "aws-lab")
    text = (clone / "stacks/Pulumi.moby.yaml").read_text()
    assert "encryptionsalt" not in text
    assert "name: moby" in text


def test_new_local_takes_the_place_of_the_ready_made_one(dockyard: Type, clone: Path) -> None:
    before = (clone / "vagrant/lab.yaml").read_bytes()
    assert dockyard("new", "local", "--from", "swarm").code == 0
    seen = dockyard("plan")
    assert "Lab swarm (vagrant/lab.own.yaml)" in seen.err
    assert "seat02-node3  10.77.0.38" in seen.out
    assert (clone / "vagrant/lab.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("new", "moby", "--from", "class"), "`class` is a lab on this computer, and there is"),
        (("new", "Moby", "--from", "aws-lab"), "`Moby` is no name for a lab."),
        (("new", "local", "--from", "aws-lab"), "`local` is no name for a lab."),
        (("new", "receipts", "--from", "aws-lab"), "`receipts` is no name for a lab."),
        (("new", "../x", "--from", "aws-lab"), "`../x` is no name for a lab."),
        (("new", "moby", "--from", "aws"), "There is no example `aws`: did you mean `aws-lab`?"),
        (("allow", "local", "me"), "local is no stack: it has no cloud"),
        (("kubeconfig", "local"), "local is no stack: it has no cloud"),
        (("keys", "nowhere"), "There is no lab `nowhere`"),
        (("extend", "local", "-2h"), "'-2h' would end local earlier: only more time is given."),
        (("extend", "aws-lab", "--", "-2h"), "dockyard extend aws-lab 2h. To end it now: "),
        (("extend", "aws-lab", "2h", "--soon"), "'2h --soon' is neither a length of time"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    dockyard: Type, words: tuple[str, ...], sentence: str
) -> None:
    seen = dockyard(*words)
    assert seen.code == 2
    assert sentence in seen.err


def test_what_reads_waits_for_no_pipe(dockyard: Type, clone: Path) -> None:
    os.mkfifo(clone / "stacks/Pulumi.pipe.yaml")
    (clone / "vagrant/lab.yaml").unlink()
    os.mkfifo(clone / "vagrant/lab.yaml")
    seen = dockyard("list")
    assert seen.code == 0
    assert "stacks/Pulumi.pipe.yaml is wrong; see: dockyard plan pipe" in seen.out
    assert "vagrant/lab.yaml is wrong; see: dockyard plan local" in seen.out
    for words in (("plan", "pipe"), ("status", "pipe"), ("status", "local"), ("plan", "aws-lab")):
        seen = dockyard(*words)
        assert (seen.code == 0) is (words[1] == "aws-lab")
        assert ("is no regular file" in seen.err) is (words[1] != "aws-lab")
    seen = dockyard("new", "moby", "--from", "pipe")
    assert "is no regular file" in seen.err


def test_keys_are_made_once_and_only_for_their_owner(dockyard: Type, clone: Path) -> None:
    dockyard("new", "local", "--from", "class")
    seen = dockyard("keys")
    assert "Made 22 key pairs, 0 were there" in seen.err
    folder = clone / ".dockyard/local/moby/keys"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "seat01").stat().st_mode & 0o777 == 0o600
    before = (folder / "seat01").read_bytes()
    assert "Made 0 key pairs, 22 were there" in dockyard("keys").err
    assert (folder / "seat01").read_bytes() == before


def test_outside_a_clone_the_sentence_says_so(
    tmp_path: Path, dockyard: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    seen = dockyard("-C", str(tmp_path / "empty"), "plan")
    assert seen.code == 1
    assert "is not inside a clone of Dockyard" in seen.err
    monkeypatch.chdir(tmp_path)


def test_the_schema_accepts_what_the_types_accept(dockyard: Type, clone: Path) -> None:
    printed = json.loads(dockyard("schema").out)
    assert printed == json.loads(json.dumps(schema()))
    for file in (*clone.glob("stacks/*.yaml"), *clone.glob("vagrant/**/*.yaml")):
        jsonschema.validate(yaml.safe_load(file.read_text()), printed)
    with pytest.raises(jsonschema.ValidationError, match="studnets"):
        jsonschema.validate({"lab": {"name": "moby", "target": "local", "studnets": 1}}, printed)


@pytest.mark.parametrize(
    ("words", "only", "command"),
    [
        (("exec", "local", "docker", "ps", "-a"), [], "docker ps -a"),
        (("exec", "local", "--only", "1", "docker", "ps"), ["1"], "docker ps"),
        (("exec", "local", "--only", "1", "--", "ls", "--only", "x y"), ["1"], "ls --only 'x y'"),
        (("exec", "--only", "2", "local", "echo $HOME; id"), ["2"], "echo $HOME; id"),
    ],
)
def test_exec_takes_a_command_as_people_type_it(
    dockyard: Type,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    only: list[str],
    command: str,
) -> None:
    taken: list[object] = []
    monkeypatch.setattr(on_each, "run_exec", lambda *found: taken.extend(found[1:]))
    assert dockyard(*words).code == 0
    assert taken == ["local", command, on_each.Wanted(only)]


@pytest.mark.parametrize(
    "words",
    [
        ("down", "--wait", "nan"),
        ("exec", "local", "--seconds", "-3", "true"),
        ("up", "--wait", "inf"),
    ],
)
def test_what_is_no_length_of_time_is_not_waited_for(
    dockyard: Type, words: tuple[str, ...]
) -> None:
    seen = dockyard(*words)
    assert seen.code == 2
    assert "is no length of time" in seen.err
