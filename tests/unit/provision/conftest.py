"""provision/ as a machine has it, and machines made of folders for it."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from standin.folder_machine import SHELLS, FolderMachine, blank_machine

PROVISION = Path(__file__).parents[3] / "provision"


@pytest.fixture(scope="session")
def pack() -> ModuleType:
    """tools/pack.py."""
    path = PROVISION.parent / "tools" / "pack.py"
    spec = importlib.util.spec_from_file_location("pack", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def packed(pack: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files as a machine has them; the sentences in both languages."""
    folder = tmp_path_factory.mktemp("packed")
    for path in pack.packed_files(PROVISION):
        (folder / path.name).write_text(pack.lean(path, "en"), encoding="utf-8")
    shutil.copy(PROVISION / "messages.txt", folder)
    return folder


ON_EACH_SHELL = [
    pytest.param("dash"),
    *(pytest.param(name, marks=pytest.mark.slow) for name in SHELLS if name != "dash"),
]
"""Machines run provision/ by dash; the other two need as long again, so not `make test-fast`."""


@pytest.fixture(params=ON_EACH_SHELL)
def machine(request: pytest.FixtureRequest, tmp_path: Path, packed: Path) -> FolderMachine:
    """Debian 12 without Docker, in each of the three shells."""
    return blank_machine(tmp_path, SHELLS[request.param], packed)


@pytest.fixture
def one_machine(tmp_path: Path, packed: Path) -> FolderMachine:
    """The same, where the shell makes no difference."""
    return blank_machine(tmp_path, SHELLS["dash"], packed)
