"""Where things are in a clone of Dockyard, and which description a LAB is."""

from dataclasses import dataclass
from pathlib import Path

from dockyard.errors import DockyardError, UsageError
from dockyard.problems import did_you_mean

LOCAL = "local"


@dataclass(frozen=True)
class Project:
    """A clone. Nothing is read at construction but the root's place."""

    root: Path

    @property
    def stacks(self) -> Path:
        return self.root / "stacks"

    @property
    def vagrant(self) -> Path:
        return self.root / "vagrant"

    @property
    def provision(self) -> Path:
        return self.root / "provision"

    @property
    def rights(self) -> Path:
        """What an account must be allowed, a file a cloud."""
        return self.root / "rights"

    def kept(self, lab: str) -> Path:
        """What a lab leaves on this computer: student keys, known hosts (git-ignored).

        `lab` is a stack, or `local/NAME`: both may have one name.
        """
        return self.root / ".dockyard" / lab

    def labs(self) -> tuple[str, ...]:
        """Every LAB there is: `local`, and the stacks."""
        names = (p.name.split(".", 1)[1] for p in self.stacks.glob("Pulumi.*.yaml"))
        return (LOCAL, *sorted(name.removesuffix(".yaml") for name in names))

    def description(self, lab: str) -> Path:
        """The file that describes LAB.

        Raises UsageError for a LAB that is not there.
        """
        if lab == LOCAL:
            own = self.vagrant / "lab.own.yaml"
            return own if own.exists() or own.is_symlink() else self.vagrant / "lab.yaml"
        path = self.stacks / f"Pulumi.{lab}.yaml"
        if lab not in self.labs():
            raise UsageError(
                f"There is no lab `{lab}`: {did_you_mean(lab, self.labs())}",
                "See them with `dockyard list`; make an own one with `dockyard new NAME --from …`",
            )
        return path


def find(start: Path) -> Project:
    """The project that `start` lies in.

    Raises DockyardError outside a clone.
    """
    try:
        here = start.resolve()
    except FileNotFoundError:
        raise DockyardError(
            "The folder that this shell stands in is not there any more.",
            "Change into the clone, then type the same again.",
        ) from None
    for folder in (here, *here.parents):
        settings = folder / "Pulumi.yaml"
        if settings.is_file() and "name: dockyard\n" in settings.read_text("utf-8", "replace"):
            return Project(folder)
    raise DockyardError(
        f"{start} is not inside a clone of Dockyard (no Pulumi.yaml of it here or above).",
        "Change into the clone, or name it: dockyard -C DIR …",
    )
