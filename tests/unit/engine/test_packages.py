"""What a cloud needs beyond Dockyard itself."""

import importlib.metadata

from dockyard.engine.packages import missing
from dockyard.project import Project


def test_only_what_the_cloud_adds_and_is_not_there(project: Project) -> None:
    pytest_version = importlib.metadata.version("pytest")
    (project.root / "requirements.txt").write_text("rich==0.1.0 \\\n    --hash=sha256:00\n")
    (project.root / "requirements-aws.txt").write_text(
        "rich==0.1.0 \\\n    --hash=sha256:00\n"
        f"pytest=={pytest_version} \\\n    --hash=sha256:00\n"
        "pyyaml[fast]==0.0.1 \\\n    --hash=sha256:00\n"
        "no-such-package==1.0 \\\n    --hash=sha256:00\n"
        "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    )
    assert missing(project, "aws") == ["pyyaml==0.0.1", "no-such-package==1.0"]
