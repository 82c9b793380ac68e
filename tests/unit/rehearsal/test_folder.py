"""Where a rehearsal is kept."""

from pathlib import Path

from dockyard.project import Project
from rehearsal.stage.folder import Folder, person


def test_the_shell_of_a_rehearsal_knows_whose_it_is(tmp_path: Path) -> None:
    own = Project(tmp_path / "dockyard")
    assert person(Folder.of(own, "aws-lab").clone) == own
    assert person(own) == own
    assert person(Project(tmp_path / "clone")) == Project(tmp_path / "clone")
    assert person(Project(Path("/"))) == Project(Path("/"))
