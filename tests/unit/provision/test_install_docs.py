"""What the installer's pages say is what it can do, in both languages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
INSTALL = ROOT / "provision/install"
PAGES = [ROOT / "docs/installer.md", ROOT / "docs/installer.fr.md"]
USAGE = (INSTALL / "main.sh").read_text().partition("\ninstall_main")[0]
OPTIONS = set(re.findall(r"(?m)^#   (--[a-z-]+)|; (--purge)", USAGE))
CODE = "\n".join(path.read_text() for path in INSTALL.glob("*.sh"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    names = {one or other for one, other in OPTIONS} - {"--version-of-script"}
    assert len(names) > 20
    assert [name for name in names if f"`{name}" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_exit_code_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shared = "".join(path.read_text() for path in INSTALL.parent.glob("*.sh"))
    codes = set(re.findall(r"\bdie (\d) ", CODE + shared)) | {"0", "1"}
    assert (
        codes
        == set(re.findall(r"(?m)^\| (\d) ", text))
        == set(re.findall(r"(?m)^#   (\d) ", USAGE))
    )


def test_every_option_that_is_understood_is_in_the_help() -> None:
    options = (INSTALL / "options.sh").read_text()
    understood = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", options))
    assert understood - set(re.findall(r"--[a-z]+(?:-[a-z]+)*", USAGE)) == set()


def test_every_place_that_is_written_to_is_listed() -> None:
    listed = (ROOT / "docs/machine-actions.md").read_text(encoding="utf-8")
    shared = (ROOT / "provision/repository.sh").read_text()
    places = set(re.findall(r"(?m)^[A-Z_]+=(/(?:etc|var)/\S+)$", CODE + shared))
    assert len(places) >= 6
    assert [place for place in places if f"`{place}`" not in listed] == []
