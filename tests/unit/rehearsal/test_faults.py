"""What was to go wrong, and whether it did: by the journal, and by the machines that there are."""

from pathlib import Path

import pytest

from rehearsal.catalogue import ALL, chosen
from rehearsal.stage import faults
from rehearsal.stage.folder import Folder

HOSTS = ("seat01-node1", "seat02-node1")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_fault_that_struck_one_machine_alone_is_told_of_that_one(folder: Folder) -> None:
    planned = [chosen(words, "aws", HOSTS) for words in ("vanish", "no-dns", "host-key", "quota")]
    for what, host, more in (
        ("running", HOSTS[0], ""),
        ("vanish", HOSTS[0], ""),
        ("struck", HOSTS[0], "left-group"),
        ("struck", HOSTS[1], "host-key"),
    ):
        folder.journal.add(what, host, more)
    titles = {name: ALL[name].title for name in ("vanish", "no-dns", "host-key", "quota")}
    assert faults.happened(folder, planned) == [
        f"seat01-node1: {titles['vanish']}",
        f"seat02-node1: it did not happen that {titles['vanish']}",
        f"seat01-node1: {titles['no-dns']}",
        f"seat02-node1: it did not happen that {titles['no-dns']}",
        f"seat02-node1: {titles['host-key']}",
        f"seat01-node1: it did not happen that {titles['host-key']}",
        f"seat01-node1, seat02-node1: {titles['quota']}",
    ]


def test_an_installation_that_was_over_too_soon_to_be_cut_off_is_said(folder: Folder) -> None:
    planned = [chosen("vanish", "aws", HOSTS), chosen("quota", "aws", HOSTS)]
    folder.journal.add("vanish", HOSTS[0])
    title = ALL["vanish"].title
    (told,) = faults.after(folder, planned)
    assert told.startswith(f"seat02-node1: it did not happen that {title}: no installation")
