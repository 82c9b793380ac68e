"""`dockyard doctor` and `undo`: what this computer can do, mended and unmended."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence

from dockyard import show
from dockyard.commands import down
from dockyard.description import read
from dockyard.engine import cli, settings, states
from dockyard.errors import DescriptionError, HostError, RefusedError
from dockyard.local import group, host, install, memory, uninstall
from dockyard.project import LOCAL, Project
from dockyard.seats import machines


def run(project: Project, *, fix: bool, yes: bool, as_json: bool) -> None:
    if fix:
        mend(project, yes=yes)
    found = [*host.findings(project, _machines(project)), _pulumi(project), *_states()]
    if as_json:
        show.data([vars(finding) for finding in found])
    else:
        _show(found)
    bad = [finding.name for finding in found if finding.state == "bad"]
    if bad:
        raise HostError(f"No local lab yet: {', '.join(bad)}.", "Type: dockyard doctor --fix")
    show.say("A local lab can be made here. Next: dockyard up local")


def _pulumi(project: Project) -> host.Finding:
    """For stacks; a local lab needs none, so it is never bad."""
    choice = cli.look(project)
    if choice.engine:
        return host.Finding("pulumi", "ok", choice.text)
    return host.Finding("pulumi", "warn", choice.text, "make ready-aws (azure, gcp, aks)")


def _states() -> Iterator[host.Finding]:
    """Of stacks; elsewhere than in a folder here nobody looks without asking a cloud."""
    backend = settings.backend()
    made = states.made(backend)
    broken = states.broken(made)
    for name in broken:
        yield host.Finding("states", "warn", states.sentence(name), states.remedy(name))
    if not broken and states.folder(backend):
        number = show.count(len(made), "stack")
        yield host.Finding("states", "ok", f"{number} in {backend}, all readable")


def _show(found: Sequence[host.Finding]) -> None:
    for finding in found:
        show.line(f"{show.MARKS[finding.state]} {finding.name:9} {finding.text}")
        if finding.remedy:
            show.line(f"            to mend it: {finding.remedy}")


def mend(project: Project, *, yes: bool) -> None:
    """Installs what is missing, after saying so; asks on a terminal."""
    if not install.apt() and shutil.which("vagrant") is None:
        raise HostError("This computer has no apt, so nothing is installed here.", install.BY_HAND)
    packages = install.missing() if install.apt() else []
    if packages:
        show.say(f"Missing on this computer: {', '.join(packages)}")
        show.say(f"  apt-get install --no-install-recommends {' '.join(packages)}")
        show.say("  (`make undo` takes back exactly what this adds)")
        # without a terminal there is nobody to ask: the word itself was the order
        if not show.confirm("Install them?", yes=yes or not sys.stdin.isatty()):
            raise RefusedError("Nothing was installed.", "Type the same again when you want it.")
        install.install(project, packages)
    install.start_docker(project)


def _machines(project: Project) -> int:
    try:
        lab = read(project.description(LOCAL)).lab
    except DescriptionError:
        return 1
    return len(machines(lab))


def run_undo(project: Project, *, yes: bool) -> None:
    """Takes back all that `make lab` put here: machines, images, keys, packages."""
    group.take_up()
    packages = memory.remembered(project)["packages"]
    show.say("This takes back: the local machines, the images built for them, their keys,")
    show.say(f"and {show.count(len(packages), 'package')} that were installed for them:")
    show.say(f"  {' '.join(packages) or 'none'}")
    if not show.confirm("Take it all back?", yes=yes or not sys.stdin.isatty()):
        raise RefusedError("Nothing was changed.", "Type the same again when you want it.")
    if shutil.which("vagrant"):
        down.run(project, LOCAL, yes=True)
        shutil.rmtree(project.vagrant / ".vagrant", ignore_errors=True)
    build = project.vagrant / "box" / "build.sh"
    if subprocess.run(["sh", str(build), "--remove"], check=False, stdout=2).returncode:
        show.say("! Some image could not be removed; see above.")
    uninstall.remove(project)
    show.say("Taken back. The clone itself is yours to delete.")
