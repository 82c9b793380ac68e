"""What `pulumi` needs to be told on this computer: its backend, its passphrase, its place.

What a person has chosen stays: a login, a backend, a passphrase of their own. Only what is
missing is ours: states in $XDG_STATE_HOME/dockyard, their passphrase in
$XDG_CONFIG_HOME/dockyard (so that a copy of one does not hold the other).
"""

import json
import os
import secrets
import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dockyard import show
from dockyard.engine import states
from dockyard.errors import HostError
from dockyard.files import write_whole
from dockyard.project import Project

if TYPE_CHECKING:
    from dockyard.engine.cli import Engine

CLOUD = "https://api.pulumi.com"
"""Pulumi Cloud, as a backend."""
_BACKEND = "PULUMI_BACKEND_URL"
_WORDS = "PULUMI_CONFIG_PASSPHRASE"
_WORDS_FILE = "PULUMI_CONFIG_PASSPHRASE_FILE"
_ACCOUNT = "PULUMI_ACCESS_TOKEN"
_NO_UPDATE_CHECK = "PULUMI_SKIP_UPDATE_CHECK"


@dataclass(frozen=True)
class Settings:
    """`variables` are ours to set; `backend` is where states are, whoever chose it."""

    backend: str
    variables: Mapping[str, str]
    folders: tuple[Path, ...]

    @property
    def in_cloud(self) -> bool:
        """Whether they are in Pulumi Cloud, or another service of its kind."""
        return _is_cloud(self.backend)

    def environment(self) -> dict[str, str]:
        """The environment of this process, with what is ours in it."""
        path = os.pathsep.join([*map(str, self.folders), os.environ.get("PATH", os.defpath)])
        return {**os.environ, **self.variables, "PATH": path}

    def at(self, backend: str) -> "Settings":
        """The same, for states in another place."""
        variables = {**self.variables, _BACKEND: backend}
        if not _own_passphrase():
            # secrets that were locked with it stay so, also in Pulumi Cloud
            variables[_WORDS_FILE] = str(passphrase_file())
        return replace(self, backend=backend, variables=variables)

    def make_folder(self) -> None:
        """Where states are files here, the folder of them."""
        folder = states.folder(self.backend)
        if folder:
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def decide(engine: "Engine") -> Settings:
    """The settings for this person on this computer; makes our folder and passphrase once."""
    variables: dict[str, str] = {}
    backend = chosen_backend()
    if backend is None:
        folder = _states()
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700)
            show.say(f"States of labs are kept in {folder}; no Pulumi account is needed.")
        backend = variables[_BACKEND] = folder.as_uri()
    elif os.environ.get(_BACKEND) == own_backend():
        variables[_BACKEND] = backend  # this shell has read what we wrote before a move
    if not _own_passphrase() and (not _is_cloud(backend) or passphrase_file().exists()):
        variables[_WORDS_FILE] = str(_passphrase(backend))
    if engine.folders:
        variables[_NO_UPDATE_CHECK] = "true"
    return Settings(backend, variables, engine.folders)


def _is_cloud(backend: str) -> bool:
    return backend.startswith(("http://", "https://"))


def chosen_backend() -> str | None:
    """The backend that the person chose, by a variable or a login; None when there is none."""
    named = os.environ.get(_BACKEND)
    if named and named != own_backend():
        return named
    if os.environ.get(_ACCOUNT):
        return CLOUD
    current = _logins().get("current")
    return str(current) if current else None


def _logins() -> dict[str, Any]:
    """What `pulumi login` has written."""
    home = os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi"
    try:
        found = json.loads(Path(home, "credentials.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def knows_cloud(url: str) -> bool:
    """Whether the person is logged in to Pulumi Cloud."""
    return bool(os.environ.get(_ACCOUNT) or (_logins().get("accessTokens") or {}).get(url))


def backend() -> str:
    """Where the states are, whoever chose it; looks, and makes nothing."""
    return chosen_backend() or own_backend()


def own_backend() -> str:
    """Ours, on this computer, where nobody has chosen another."""
    return _states().as_uri()


BY_VARIABLE, BY_LOGIN, BY_US = "by PULUMI_BACKEND_URL", "by a login", "where nothing else is said"


def chosen_by() -> str:
    """Who has chosen where states are."""
    named = os.environ.get(_BACKEND)
    if named and named != own_backend():
        return BY_VARIABLE
    return BY_LOGIN if chosen_backend() else BY_US


def _own_passphrase() -> bool:
    named = os.environ.get(_WORDS_FILE)
    return _WORDS in os.environ or (named is not None and named != str(passphrase_file()))


def another_passphrase(stack: str) -> str:
    """What to type when it is not the one that a stack's secrets were locked with."""
    lost = f"If it is lost: dockyard recover {stack} --rebuild"
    for name in (_WORDS, _WORDS_FILE):
        if name in os.environ and os.environ[name] != str(passphrase_file()):
            return f"It is what {name} says: set the one of then, or unset {name}. {lost}"
    return f"Bring back the file of then, to {passphrase_file()}. {lost}"


def _states() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home, "dockyard", "pulumi").absolute()


def passphrase_file() -> Path:
    """Ours; whoever loses it can no longer read the secrets in the states."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home, "dockyard", "passphrase").absolute()


def _passphrase(backend: str) -> Path:
    file = passphrase_file()
    if file.exists():
        return file
    _refuse_a_second(file, backend)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = file.with_name(f".passphrase.{os.getpid()}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_urlsafe(32) + "\n")
    try:
        os.link(half, file)  # never over the one that another process has just made
        show.say(f"The passphrase of their secrets is {file}; keep a copy of it.")
    except FileExistsError:
        pass
    finally:
        half.unlink()
    return file


def _refuse_a_second(file: Path, backend: str) -> None:
    """A new passphrase would open none of the states that are there, and hide that one is lost."""
    folder, stacks = states.folder(backend), states.made(backend)
    if folder and stacks:
        raise HostError(
            f"The passphrase of the states in {folder.parent} is gone: {file}. "
            f"Without it no lab there can be changed or taken down by Pulumi: "
            f"{', '.join(stacks)}.",
            f"Put its copy back, to {file}; or set PULUMI_CONFIG_PASSPHRASE, if you chose one. "
            f"Without a copy: mv {folder} {folder}-lost, then for each: dockyard recover LAB",
        )


def env_file(project: Project) -> Path:
    """What a person reads into a shell, so that plain `pulumi` works there."""
    return project.root / ".dockyard" / "env"


def path_line(folders: Iterable[Path]) -> str:
    """The engine before what a person has, `dockyard` behind: their own `python` stays theirs."""
    first = "".join(f"{shlex.quote(str(folder))}:" for folder in folders)
    return f'export PATH={first}"$PATH":{shlex.quote(str(Path(sys.executable).parent))}'


def write_env_file(project: Project, settings: Settings) -> Path:
    """Lines that sh, bash, zsh and fish all read."""
    lines = ["# Written by `make ready-…`. Read it into a shell:  . .dockyard/env"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in settings.variables.items()]
    lines.append(path_line(settings.folders))
    file = env_file(project)
    write_whole(file, "\n".join(lines) + "\n")
    return file
