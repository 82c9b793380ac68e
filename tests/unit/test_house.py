"""The house's own rules: who may import whom, what may lie where, what names may appear."""

import importlib
import subprocess
import sys
from pathlib import Path

from dockyard import clouds
from dockyard.spec import Image, Size

ROOT = Path(__file__).parents[2]


def test_no_python_hides_the_package_vagrant() -> None:
    assert not list((ROOT / "vagrant").rglob("*.py"))
    assert "site-packages" in str(importlib.import_module("vagrant").__file__)


def test_pulumi_has_no_main_key() -> None:
    lines = (ROOT / "Pulumi.yaml").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line.startswith("main:")]


def test_every_target_has_every_size_and_image() -> None:
    assert {"aws", "azure", "gcp", "local"} <= set(clouds.NAMES)
    for name in clouds.NAMES:
        facts = clouds.load(name)
        assert set(facts.sizes) == set(Size)
        assert set(facts.images) == set(Image)


def test_help_imports_neither_rich_nor_pydantic_nor_asyncssh() -> None:
    code = (
        "import sys; sys.argv = ['dockyard', '--help']\n"
        "from dockyard.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'rich', 'pydantic', 'asyncssh', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_exec_knows_the_machines_before_it_reads_in_what_speaks_with_them() -> None:
    code = (
        "import sys; from dockyard.commands import on_each\n"
        "print(sorted({'rich', 'pydantic', 'asyncssh', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
