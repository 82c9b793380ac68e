"""docs/adding-a-cloud.md, done: its code blocks are put into a clone as they stand there."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockyard.engine.cli import Engine
from rehearsal.inventory import Inventory
from standin.stack_clone import ROOT, StackClone

pytestmark = pytest.mark.engine

PAGE = ROOT / "docs" / "adding-a-cloud.md"
INSTANCE = "aws:lightsail/instance:Instance"
PORTS = "aws:lightsail/instancePublicPorts:InstancePublicPorts"


def files() -> dict[str, str]:
    """Each code block, by the file that the sentence before it begins with."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(
        r"\n\n`([\w./-]+)`[^`][^#]*?\n\n```(?:python|yaml)\n(.*?)```", text, re.DOTALL
    )
    return dict(found)


@pytest.fixture
def clone(tmp_path: Path, engine: Engine) -> Iterator[StackClone]:
    """A clone with the cloud of the page in it, and its stand-in running."""
    clone = StackClone.make(tmp_path, engine, {})
    shutil.copytree(ROOT / "rehearsal", clone.root / "rehearsal")
    for name, text in files().items():
        assert not (clone.root / name).exists()
        (clone.root / name).write_text(text, encoding="utf-8")
    shutil.copy(clone.root / "requirements-aws.txt", clone.root / "requirements-lightsail.txt")
    python(clone, "tools/schema.py")
    words = ("-m", "rehearsal", "serve", "lightsail", "--inventory", str(tmp_path / "cloud"))
    served = subprocess.Popen(
        [sys.executable, *words], cwd=clone.root, stdout=subprocess.PIPE, text=True
    )
    assert served.stdout is not None
    name, _, value = served.stdout.readline().removeprefix("export ").strip().partition("=")
    yield StackClone(clone.root, clone.home, {**clone.environment, name: value})
    served.terminate()
    served.communicate()


@pytest.fixture
def cloud(clone: StackClone) -> Iterator[Inventory]:
    """What there is at Lightsail."""
    inventory = Inventory(clone.root.parent / "cloud" / "lightsail.jsonl")
    yield inventory
    inventory.close()


def python(clone: StackClone, *words: str) -> str:
    """What a program of the clone prints; its own packages come first."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=clone.root,
        env={**clone.environment, "PYTHONPATH": str(clone.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_page_has_every_file_that_it_names() -> None:
    assert set(files()) == {
        "dockyard/clouds/lightsail.py",
        "stacks/machines/lightsail.py",
        "stacks/Pulumi.lightsail-lab.yaml",
        "rehearsal/clouds/lightsail.py",
    }
    assert all(len(text.splitlines()) <= 130 for text in files().values())


def test_its_files_follow_the_rules_of_the_house(clone: StackClone) -> None:
    names = [name for name in files() if name.endswith(".py")]
    python(clone, "-m", "ruff", "format", "--check", *names)
    python(clone, "-m", "ruff", "check", *names)
    said = python(clone, "-c", "from importlinter.cli import lint_imports_command as c; c()")
    assert "0 broken" in said


def test_every_list_knows_it(clone: StackClone) -> None:
    schema = json.loads((clone.root / "dockyard" / "lab.schema.json").read_text(encoding="utf-8"))
    assert schema["$defs"]["LabSpec"]["properties"]["target"]["enum"] == [
        *("aws", "azure", "gcp", "lightsail", "local"),
    ]
    assert "lightsail-lab" in clone.dockyard("list").out
    said = clone.dockyard("plan", "lightsail-lab").out
    assert "small (small_3_0)" in said
    assert "Amazon Lightsail" in said
    clone.dockyard("new", "moby", "--from", "lightsail-lab")
    clone.describe("moby", lambda described: described.update(target="lightsale"))
    assert "did you mean `lightsail`" in clone.dockyard("plan", "moby", code=3).out
    assert "Pulumi.moby" not in clone.git("status", "--short")


def test_its_machines_are_made_and_removed(clone: StackClone, cloud: Inventory) -> None:
    clone.pulumi("stack", "init", "lightsail-lab")
    clone.up("lightsail-lab")
    lab = clone.lab("lightsail-lab")
    assert [one["host"] for one in lab["machines"]] == [
        *("seat01-node1", "seat02-node1", "seat03-node1"),
    ]
    assert {one["address"] for one in lab["machines"]} == {
        one.address for one in cloud.all(INSTANCE)
    }
    assert clone.up("lightsail-lab") == {}
    clone.describe("lightsail-lab", lambda described: described.update(students=4))
    assert clone.up("lightsail-lab") == {"create": 3}
    clone.destroy("lightsail-lab")
    assert cloud.all() == []


def test_the_command_opens_it_replaces_it_and_takes_it_down(
    clone: StackClone, cloud: Inventory
) -> None:
    said = clone.dockyard("up", "lightsail-lab", "--wait", "0").out
    assert "seat01-node1: Instance created" in said
    clone.dockyard("allow", "lightsail-lab", "198.51.100.0/24")
    assert {
        tuple(rule["cidrs"]) for one in cloud.all(PORTS) for rule in one.properties["portInfos"]
    } == {("203.0.113.7/32", "198.51.100.0/24")}
    clone.describe("lightsail-lab", lambda described: described.update(language="fr"))
    said = clone.dockyard("up", "lightsail-lab", "--wait", "0", code=7).out
    assert "replace Instance seat01-node1" in said
    clone.dockyard("up", "lightsail-lab", "--wait", "0", "--yes")
    assert len(cloud.all(INSTANCE)) == len(cloud.all(PORTS)) == 3
    clone.dockyard("down", "lightsail-lab", "--yes")
    assert cloud.all() == []


def test_what_it_cannot_do_is_a_sentence(clone: StackClone, cloud: Inventory) -> None:
    clone.describe("lightsail-lab", lambda described: described["machines"][0].update(count=2))
    said = clone.dockyard("up", "lightsail-lab", "--wait", "0", code=1).out
    assert "could not know each other" in said
    assert cloud.all() == []
