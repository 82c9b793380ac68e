"""`dockyard up local`: makes what is missing, by Vagrant, and says what each machine says."""

import subprocess

from dockyard import show
from dockyard.commands import doctor, keys, marks, plan
from dockyard.commands.look import addresses
from dockyard.commands.target import local_lab
from dockyard.description import Description
from dockyard.errors import DockyardError, HostError, RefusedError
from dockyard.local import host, timer
from dockyard.local.lab import LocalLab
from dockyard.project import LOCAL, Project
from dockyard.results import Mark
from dockyard.spec import NATIVE


def run(project: Project, *, yes: bool, fix: bool) -> None:
    description = plan.checked(project, LOCAL)
    lab = local_lab(project)
    if fix:
        doctor.mend(project, yes=yes)
    show.say(plan.summary(project, LOCAL, description))
    for warning in description.warnings:
        show.say(f"! {warning}")
    keys.ensure(lab.kept / "keys", description)
    _drop_extra(lab, yes=yes)
    ends = timer.arm(lab.lab, lab.kept, project.root, new=not lab.known())
    if ends:
        show.say(ends)
    progress = show.Progress()
    found = _ready_already(project, description, lab)
    if found:
        show.say("Nothing to do: every machine is there and ready.")
    else:
        provider = _provider(project, description, lab)
        _images(project, description, provider)
        found = marks.as_described(project, description, _make(lab, provider, progress))
    marks.table(found, addresses(lab.lab))
    marks.judge(found, f"Go on where it stopped: dockyard up {LOCAL}. Log: {lab.log}")
    show.say(f"Ready in {progress.seconds:.0f} s.")
    marks.what_next(LOCAL, lab)


def _drop_extra(lab: LocalLab, *, yes: bool) -> None:
    """Machines that the description no longer has are destroyed, after asking."""
    extra = [host for host in lab.known() if host not in lab.hosts]
    if not extra:
        return
    show.say(f"No longer described: {', '.join(extra)}")
    if not show.confirm("Destroy them?", yes=yes):
        raise RefusedError("Nothing was changed.", "Destroy them too: dockyard up local --yes")
    lab.down(lambda *_: None, extra)


def _ready_already(project: Project, description: Description, lab: LocalLab) -> dict[str, Mark]:
    """The marks, when every machine is there and ready with just these settings."""
    if not lab.known().keys() >= set(lab.hosts):
        return {}
    found = marks.as_described(project, description, marks.ask(lab, lab.hosts, marks.CHECK))
    return found if all(mark.ready for mark in found.values()) else {}


def _make(lab: LocalLab, provider: str, progress: show.Progress) -> dict[str, Mark]:
    show.say(f"Making {show.count(len(lab.hosts), 'machine')}; log: {lab.log}")
    failed = lab.up(provider, lambda host, said: _progress(progress, host, said))
    if failed and not lab.running():
        raise DockyardError(failed, f"Log: {lab.log}. Then: dockyard up {LOCAL}")
    found = marks.ask(lab, lab.hosts, marks.READ)
    if failed:
        show.say(f"! {failed}")
    return found


def _provider(project: Project, description: Description, lab: LocalLab) -> str:
    """That of the machines that are there, the description's, or the first that works here."""
    there = list(lab.known().values())
    if there:
        return there[0]
    asked = description.lab.local.provider
    if asked:
        show.say(f"Provider {asked}, as the description says.")
        return asked
    found = host.choice(project)
    show.say(f"Provider {found.provider}: {found.reason}")
    return found.provider


def _images(project: Project, description: Description, provider: str) -> None:
    """Builds the image of each system that is not there yet; minutes the first time."""
    lab = description.lab
    if provider not in ("docker", "libvirt") or lab.local.box_url:
        return
    for image in sorted({m.image for m in lab.machines if not m.image.startswith(NATIVE)}):
        command = ["sh", str(project.vagrant / "box" / "build.sh"), provider, image]
        if subprocess.run(command, check=False, stdout=2).returncode:
            raise HostError(
                f"The {image} image for {provider} could not be built; see above.",
                f"Try it alone: vagrant/box/build.sh {provider} {image}",
            )


# what a person wants to know of the thousand lines that Vagrant says
_STEPS = {
    "Creating": "creating",
    "Importing": "creating",
    "Starting": "starting",
    "Waiting for machine to boot": "booting",
    "Machine booted": "booted",
    "Running provisioner": "provisioning",
}


def _progress(progress: show.Progress, host: str, said: str) -> None:
    for words, step in _STEPS.items():
        if said.startswith(words):
            progress.set(host, step)
    # provision/ says its own steps, each line as `dockyard: …`
    if said.startswith("dockyard: "):
        progress.set(host, said.removeprefix("dockyard: "))
