"""One machine in a real cloud, made, verified, taken down and looked for: CLOUD [--yes]

`make test-cloud CLOUD=aws` is this. It needs credentials and costs money: it says in whose account
and how much, and asks. Whatever happens in between, it ends with `down`; if the computer does, the
lab ends by its own deadline, two hours after it was made.
"""

import secrets
import subprocess
import sys
from pathlib import Path

import yaml

from dockyard import price, show, yaml_file
from dockyard.description import read
from dockyard.errors import EXIT_INTERRUPTED, DescriptionError, DockyardError, RefusedError
from dockyard.files import write_whole
from dockyard.project import Project
from dockyard.sweep.clouds import NAMES, open_cloud
from dockyard.sweep.things import Wanted

PROJECT = Project(Path(__file__).parent.parent)
_SAID = {"students": 1, "hours": 2}


def typed(*words: str) -> int:
    """Types `dockyard WORD…`; its exit code."""
    show.say(f"$ dockyard {' '.join(words)}")
    command = [sys.executable, "-m", "dockyard.cli", *words]
    return subprocess.run(command, cwd=PROJECT.root, check=False).returncode


def described(cloud: str, name: str) -> Path:
    """The cloud's example, for one student, under a name of its own."""
    document = yaml_file.read(PROJECT.description(f"{cloud}-lab")).data
    document["config"]["dockyard:lab"].update(_SAID, name=name)
    path = PROJECT.stacks / f"Pulumi.{name}.yaml"
    write_whole(path, yaml.safe_dump(document, sort_keys=False))
    return path


def agree(cloud: str, path: Path, *, yes: bool) -> None:
    """Says whose account it is and what it costs.

    Raises CredentialsError where nobody is known to the cloud, RefusedError when nobody agrees.
    """
    there = open_cloud(cloud)
    there.look(Wanted("nobody-s-lab"))  # credentials that are there may be over
    lab = read(path).lab
    show.say(f"One {lab.machines[0].size} machine in {there.account.sentence}, for some minutes.")
    for line in price.lines(lab):
        show.say(line)
    if not show.confirm("Make it, and pay for it?", yes=yes):
        raise RefusedError(
            "Nothing was made.", f"Without asking: make test-cloud CLOUD={cloud} YES=1"
        )


def tried(cloud: str, name: str) -> list[int]:
    """The exit codes of a lab's day; it ends with `down` and a look by its tags."""
    codes = []
    try:
        codes.append(typed("up", name, "--yes", "--wait", "20"))
        codes += [typed("check", name), typed("check", name, "--full")]
    finally:
        codes += [typed("down", name, "--yes"), typed("sweep", "--cloud", cloud, "--lab", name)]
    return codes


def run(cloud: str, *, yes: bool) -> int:
    if cloud not in NAMES:
        raise DescriptionError(
            f"Which cloud? There are {', '.join(NAMES)}.", "Type: make test-cloud CLOUD=aws"
        )
    name = f"try-{secrets.token_hex(3)}"
    path = described(cloud, name)
    codes: list[int] = []
    try:
        agree(cloud, path, yes=yes)
        codes = tried(cloud, name)
    finally:
        if not any(codes[-2:]):
            path.unlink()
    failed = next((code for code in codes if code), 0)
    show.say(f"{'✗' if failed else '✓'} {cloud}: exit codes {', '.join(map(str, codes))}.")
    return failed


def main(words: list[str]) -> int:
    named = [word for word in words if word != "--yes"]
    try:
        return run("".join(named), yes="--yes" in words)
    except DockyardError as error:
        show.say(f"✗ {error}")
        return error.exit_code
    except KeyboardInterrupt:
        show.say("Interrupted. Look at what is there: dockyard sweep")
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
