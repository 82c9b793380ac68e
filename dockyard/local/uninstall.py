"""Takes back what `install` put on this computer, and nothing else."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from dockyard import show
from dockyard.local import install, memory
from dockyard.local.host import docker_answers, output
from dockyard.project import Project

_DOCKER = {"docker.io", "docker-cli", "containerd", "runc", "iptables"}


def docker_holds() -> str:
    """Why Docker stays: it holds something of the person's own. Nothing, when it does not."""
    if not docker_answers():
        return "it does not answer, so what it holds is not known (`dockyard doctor --fix`)"
    asked = {
        "container": ["ps", "--all", "--quiet"],
        "image": ["image", "ls", "--quiet"],
        "volume": ["volume", "ls", "--quiet"],
    }
    counts = {word: len((output(["docker", *q]) or "").split()) for word, q in asked.items()}
    found = ", ".join(show.count(number, word) for word, number in counts.items() if number)
    return f"it holds {found} that are not the lab's" if found else ""


def remove(project: Project) -> None:
    """Docker stays while it holds something that is not the lab's, and stays remembered."""
    made = memory.remembered(project)
    there = set(made["packages"]) & install.installed()
    # the engine may be another one by now, with the same data: look at what answers
    holds = docker_holds() if install.is_there("dockerd") else ""
    if holds:
        show.say(f"Docker stays: {holds}. Later, take it back by the same word.")
        there -= _DOCKER
    log = project.root / ".dockyard" / "install.log"
    if there:
        # its daemon would live on where no systemd stops it
        if "docker.io" in there:
            install.as_root(["service", "docker", "stop"], log)
        install.as_root([*install.APT, "purge", *sorted(there)], log)
    made["packages"] = sorted(set(made["packages"]) & install.installed())
    if not holds:
        _remove_traces(made["folders"], made["groups"], log)
    _forget(project, made if holds else {})


def _remove_traces(folders: Iterable[str], groups: Iterable[str], log: Path) -> None:
    """What Docker and Vagrant made when they ran: packages do not take that along."""
    for folder in filter(Path.exists, map(Path, folders)):
        if folder == install.vagrant_home():
            _remove_vagrant_home(folder)
        else:
            install.as_root(["rm", "-rf", "--one-file-system", str(folder)], log)
    for group in groups:
        if output(["getent", "group", group]) is not None:
            install.as_root(["groupdel", group], log)
        # Docker's default network, which has no owner any more
        if Path("/sys/class/net/docker0").exists():
            install.as_root(["ip", "link", "delete", "docker0"], log)


def _remove_vagrant_home(folder: Path) -> None:
    """Unless the person has put boxes of their own into it since."""
    own = [box.name for box in (folder / "boxes").glob("*") if not box.name.startswith("dockyard")]
    if own:
        show.say(f"{folder} stays: it holds {show.count(len(own), 'box')} of yours.")
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _forget(project: Project, made: memory.Made) -> None:
    """What the lab wrote into the clone; the students' keys are people's, and stay."""
    kept = project.root / ".dockyard"
    for path in sorted(kept.rglob("*"), reverse=True):
        if "keys" in path.relative_to(kept).parts:
            continue
        if not path.is_dir():
            path.unlink()
        elif not any(path.iterdir()):
            path.rmdir()
    if made:
        memory.replace(project, made)
    elif kept.exists() and not any(kept.iterdir()):
        kept.rmdir()
