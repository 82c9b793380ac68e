"""A lab that was made, whose file is gone or is no description any more."""

import pytest

from rehearsal import serve
from standin.stack_clone import StackClone

pytestmark = pytest.mark.engine


def test_it_is_listed_shown_and_taken_down(clone: StackClone, clouds: serve.Running) -> None:
    clone.dockyard("new", "moby", "--from", "aws-lab")
    clone.describe("moby", lambda described: described.update(students=1))
    clone.dockyard("up", "moby", "--wait", "0")
    file = clone.root / "stacks" / "Pulumi.moby.yaml"
    for content in (b"", b"\x00\xff\xfe", b"config: {}\n"):
        file.write_bytes(content)
        said = clone.dockyard("list").out
        assert "is wrong; see: dockyard plan moby; it was made: dockyard down moby" in said
    file.unlink()
    said = clone.dockyard("list").out
    assert "stacks/Pulumi.moby.yaml is gone; it was made: dockyard down moby" in said
    said = clone.dockyard("status", "moby").out
    assert "There is no lab `moby`" in said
    assert "Lab moby of trainer, on Amazon Web Services in eu-west-3" in said
    assert "seat01-node1" in said
    file.write_bytes(b"\x00\xff\xfe")
    clone.dockyard("down", "moby", "--yes")
    assert clouds.inventory["aws"].all() == []
    assert file.read_bytes() == b"\x00\xff\xfe"
    file.unlink()
    assert "moby" not in clone.dockyard("list").out


def test_a_lab_that_was_never_made_and_has_no_file_is_unknown(clone: StackClone) -> None:
    said = clone.dockyard("down", "mobby", "--yes", code=2).out
    assert "There is no lab `mobby`" in said


def test_a_missing_file_is_no_hindrance_and_does_not_come_back(
    clone: StackClone, clouds: serve.Running
) -> None:
    clone.dockyard("new", "moby", "--from", "gcp-lab")
    clone.describe("moby", lambda described: described.update(students=1))
    clone.dockyard("up", "moby", "--wait", "0")
    file = clone.root / "stacks" / "Pulumi.moby.yaml"
    file.unlink()
    clone.dockyard("down", "moby", "--yes")
    assert clouds.inventory["gcp"].all() == []
    assert not file.exists()
