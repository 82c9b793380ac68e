"""What is documented is there, and what is there is documented."""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.core import TyperGroup

from dockyard.cli import app
from dockyard.description import LabSpec

ROOT = Path(__file__).parents[2]
DOCS = sorted(path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))
READMES = [ROOT / "README.md", ROOT / "README.fr.md"]
CLOUDS = [ROOT / "docs/clouds.md", ROOT / "docs/clouds.fr.md"]
TRANSLATED = sorted(ROOT.glob("*.fr.md")) + sorted(ROOT.glob("docs/*.fr.md"))
CLI = typer.main.get_command(app)


def commands() -> set[str]:
    assert isinstance(CLI, TyperGroup)
    return set(CLI.commands)


def typed(text: str) -> Iterator[str]:
    """Every `dockyard …` that a page tells a person to type."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            found = re.match(r"(?:\.venv/bin/)?dockyard (.*?)(?:\s+#.*)?$", line.strip())
            if found:
                yield found[1]
    yield from re.findall(r"`dockyard ([a-z][^`]*)`", text)


def parse(line: str) -> None:
    """As the command would, without doing it; raises BadParameter."""
    assert isinstance(CLI, TyperGroup)
    words = [word for word in shlex.split(line) if word not in ("LAB", "SEAT", "MACHINE")]
    command = CLI.commands[words[0]]
    if len(words) > 1:
        command.make_context(words[0], words[1:])


@pytest.mark.parametrize("page", DOCS, ids=lambda path: path.name)
def test_every_command_in_the_docs_can_be_typed(page: Path) -> None:
    for line in typed(page.read_text(encoding="utf-8")):
        if "…" in line or line.startswith("…"):
            continue
        try:
            parse(line)
        except typer.BadParameter as error:
            pytest.fail(f"{page.name}: dockyard {line}: {error.message}")


@pytest.mark.parametrize("page", READMES, ids=lambda path: path.name)
def test_every_command_is_in_the_readme_or_its_reference(page: Path) -> None:
    text = page.read_text(encoding="utf-8") + (ROOT / "docs/commands.md").read_text("utf-8")
    missing = [name for name in commands() if f"dockyard {name}" not in text]
    assert missing == []


def test_every_make_word_in_the_docs_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in DOCS:
        for word in re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE):
            rule = r"ready-%" if word.startswith("ready-") else word
            assert re.search(rf"^{rule}:", makefile, re.MULTILINE), f"{page.name}: make {word}"


@pytest.mark.parametrize("page", DOCS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", READMES, ids=lambda path: path.name)
def test_the_readmes_own_lab_is_right(
    page: Path, clone: Path, dockyard: Callable[..., Any]
) -> None:
    block = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)[0]
    (clone / "vagrant/lab.own.yaml").write_text(block, encoding="utf-8")
    seen = dockyard("plan")
    assert seen.code == 0
    assert "22 seats, 66 machines" in seen.err


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.name)
def test_both_languages_tell_the_same(page: Path) -> None:
    pages = page.with_name(page.name.replace(".fr.", ".")), page
    shapes = [
        re.findall(r"^(#+|\||```)", one.read_text(encoding="utf-8"), re.MULTILINE) for one in pages
    ]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("page", CLOUDS, ids=lambda path: path.name)
def test_every_trouble_is_one_that_somebody_tells(page: Path) -> None:
    said = "".join(
        path.read_text(encoding="utf-8")
        for room in ("dockyard", "stacks", "rehearsal")
        for path in (ROOT / room).rglob("*.py")
    )
    said = re.sub(r'"\s*\n\s*f?"', "", said)  # a sentence may go on in the next line
    rows = re.findall(r"^\| (.*?) \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    troubles = [trouble for row in rows for trouble in re.findall(r"`([^`]+)`", row)]
    assert len(troubles) > 20
    assert [trouble for trouble in troubles if trouble not in said] == []


def test_every_key_of_a_lab_is_in_the_reference() -> None:
    text = (ROOT / "docs/description.md").read_text(encoding="utf-8")
    assert [name for name in LabSpec.model_fields if f"| `{name}`" not in text] == []


def test_the_examples_cover_what_people_come_for() -> None:
    found = {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["lab"]
        for path in ROOT.glob("vagrant/examples/*.yaml")
    }
    assert found["alone"].get("students", 1) == 1
    assert found["class"]["students"] == 20
    assert found["swarm"]["machines"][0]["count"] == 3
