"""`dockyard keys`: one ssh key pair a seat; the private halves stay on this computer."""

import subprocess
from pathlib import Path

from dockyard import show
from dockyard.description import Description, read
from dockyard.errors import HostError
from dockyard.project import Project
from dockyard.seats import seats


def run(project: Project, name: str) -> None:
    description = read(project.description(name))
    folder = project.kept(description.kept) / "keys"
    if not description.lab.access.per_student_keys:
        show.say("This lab has no keys a student: set access.per_student_keys to true.")
        return
    made = ensure(folder, description)
    there = description.lab.seats - made
    show.say(f"Made {show.count(made, 'key pair')}, {there} were there: {folder}")


def ensure(folder: Path, description: Description) -> int:
    """Makes the missing key pairs; returns how many. A key that is there is never replaced."""
    if not description.lab.access.per_student_keys:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for seat in seats(description.lab):
        private = folder / seat.name
        if private.exists() and not private.with_suffix(".pub").exists():
            _derive(private)
    missing = [seat.name for seat in seats(description.lab) if not (folder / seat.name).exists()]
    for name in missing:
        words = ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        try:
            subprocess.run(["ssh-keygen", *words], check=True, stdin=subprocess.DEVNULL)
        except FileNotFoundError:
            raise HostError(
                "There is no `ssh-keygen` on this computer.", "Type `dockyard doctor --fix`."
            ) from None
    return len(missing)


def _derive(private: Path) -> None:
    """The public half that was lost, from the private one."""
    command = ["ssh-keygen", "-y", "-f", str(private)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    private.with_suffix(".pub").write_text(done.stdout, encoding="ascii")
