"""Which Pulumi CLI serves this clone, and why that one. Looks only: bring.py brings one.

What Dockyard brings lies outside the clone, a folder a version, for all clones:
$XDG_CACHE_HOME/dockyard/engine/3.259.0/bin/{pulumi,pulumi-language-python}.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dockyard import yaml_file
from dockyard.engine import versions
from dockyard.project import Project

LANGUAGE_HOST = "pulumi-language-python"
BUILT = "built"
"""A file in a version's folder: it was built here, and has our language host beside it."""
_ANY = ">=3.0.0 <4.0.0"


@dataclass(frozen=True)
class Engine:
    """A CLI that fits, and the folders that must stand first on PATH for it."""

    command: Path
    version: str
    why: str
    folders: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What was found here: an engine, or none; and why others were passed over, as sentences."""

    engine: Engine | None
    passed_over: tuple[str, ...]

    @property
    def text(self) -> str:
        """For `dockyard doctor`: what is taken and why, or what would be done."""
        if self.engine:
            return " ".join([*self.passed_over, self.engine.why])
        return " ".join([*self.passed_over, "Only stacks need it, local labs do not."])


def cache() -> Path:
    """Where engines lie: outside the clone, and made again at any time."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home, "dockyard", "engine")


def wanted(project: Project) -> str:
    """The range of versions that Pulumi.yaml asks for."""
    settings = yaml_file.read(project.root / "Pulumi.yaml").data
    return str(settings.get("requiredPulumiVersion", _ANY))


def look(project: Project) -> Choice:
    """The engine that is there: `pulumi` on PATH if it fits, else one that we brought before."""
    passed_over: list[str] = []
    range_ = wanted(project)
    engine = _on_path(range_, passed_over) or brought(range_)
    return Choice(engine, tuple(passed_over))


def _on_path(range_: str, passed_over: list[str]) -> Engine | None:
    found = _which("pulumi")
    if found is None:
        passed_over.append("There is no `pulumi` on PATH.")
        return None
    try:
        version = _version(found)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        passed_over.append(f"{found} does not say its version ({error}).")
        return None
    if not versions.fits(version, range_):
        passed_over.append(f"{found} is {version}, and the project needs {range_}.")
        return None
    if found.resolve().with_name(LANGUAGE_HOST).exists() or _which(LANGUAGE_HOST):
        return Engine(found, version, f"Pulumi {version} on PATH ({found})")
    folder = cache() / "host"
    put_language_host(folder)
    why = f"Pulumi {version} on PATH ({found}), with our language host ({folder})"
    return Engine(found, version, why, (folder,))


def _which(name: str) -> Path | None:
    """The first on PATH that is not one of ours, which are known without PATH."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = Path(folder or ".", name).absolute()
        if path.is_relative_to(cache()):
            continue
        if os.access(path, os.X_OK) and path.is_file():  # may not look there: passed over
            return path
    return None


def _version(command: Path) -> str:
    env = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    said = subprocess.run(
        [command, "version"], capture_output=True, text=True, check=True, timeout=60, env=env
    )
    return versions.written(versions.parse(said.stdout))


def brought(range_: str) -> Engine | None:
    """The newest of ours that fits."""
    found = [
        command.parents[1]
        for command in cache().glob("*/bin/pulumi")
        if command.parents[1].name.replace(".", "").isdigit()
        and versions.fits(command.parents[1].name, range_)
    ]
    if not found:
        return None
    newest = max(found, key=lambda folder: versions.parse(folder.name))
    how = "the official download"
    if (newest / BUILT).exists():
        put_language_host(newest / "bin")
        how = "built here from its source"
    why = f"Pulumi {newest.name}, {how} ({newest})"
    return Engine(newest / "bin" / "pulumi", newest.name, why, (newest / "bin",))


def put_language_host(folder: Path) -> None:
    """Ours, as it is in this clone; replaced in one step, since another may be starting it."""
    ours = Path(__file__).with_name("language-host.sh")
    there = folder / LANGUAGE_HOST
    if there.exists() and there.read_bytes() == ours.read_bytes():
        return
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{LANGUAGE_HOST}.{os.getpid()}"
    shutil.copyfile(ours, half)
    half.chmod(0o755)
    half.replace(there)
