"""The Python packages that a cloud needs: pinned by hash in requirements-CLOUD.txt."""

import importlib
import importlib.metadata
import re
import subprocess
import sys

from dockyard import show
from dockyard.errors import HostError
from dockyard.project import Project

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(;?)", re.MULTILINE)


def missing(project: Project, cloud: str) -> list[str]:
    """What the cloud needs beyond Dockyard itself and this Python has not, or in another version:
    `name==version`.
    """
    own = _pins(project, "requirements.txt")
    pins = _pins(project, f"requirements-{cloud}.txt").items()
    found = [(n, version) for n, version in pins if n not in own and _installed(n) != version]
    return [f"{name}=={version}" for name, version in found]


def _pins(project: Project, file: str) -> dict[str, str]:
    """Those for every computer; the few with a marker behind come along with them."""
    text = (project.root / file).read_text("ascii")
    return {name: version for name, version, marker in _PIN.findall(text) if not marker}


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def ensure(project: Project, cloud: str) -> None:
    """Installs what is missing, after saying so.

    Raises HostError when pip can't; it has said why.
    """
    if not missing(project, cloud):
        return
    show.say(f"Installing Python packages for {cloud} (requirements-{cloud}.txt), about a minute.")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "-r", f"requirements-{cloud}.txt"]
    if subprocess.run(command, cwd=project.root, check=False, stdout=sys.stderr).returncode:
        raise HostError(
            f"pip could not install what {cloud} needs; it says why above.",
            "No network? Behind a proxy set https_proxy, with an own certificate PIP_CERT. "
            f"Then again: make ready-{cloud}",
        )
    importlib.invalidate_caches()
