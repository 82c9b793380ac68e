"""`dockyard install`: Docker on machines that somebody else made, all at once, over ssh.

What the installer is told is told to each. A file or folder of this computer that an option names
goes along; a password that `--login` asks for is asked once, here. Ctrl-C ends the watching: what
was begun on a machine goes on there.
"""

import getpass
import json
import os
import re
import secrets
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dockyard import fleet, show
from dockyard.errors import MachineError, UsageError
from dockyard.project import Project
from dockyard.results import Reachable

_HOST = re.compile(
    r"^(?:(?P<user>[^@\s]+)@)?(?P<address>\[[0-9a-fA-F:]+(?:%[\w.-]+)?\]|[^-@\s:\[\]][^@\s:\[\]]*)"
    r"(?::(?P<port>\d{1,5}))?$"
)
_HOW = "Write [USER@]HOST[:PORT]; an IPv6 address in brackets: root@[2001:db8::5]"
_MOST_PORT = 65535
_FOLDER = ".dockyard-install-"
"""Begin of its name on a machine; each run has its own, since one that was left goes on there."""
_SCRIPT = "install-docker.sh"
_FILES = ("--images", "--daemon-json", "--repo-dir", "--proxy")
"""Options that name a file or a folder, or may."""
_SECRET = re.compile(r"(--[a-z-]+=)?[a-z0-9+]+://\S*@")
_LOGIN_SECRET = re.compile(r"(--login=)?[^@:\s]+:")
_SECONDS = 3600.0
_COPY_SECONDS = 900.0


@dataclass(frozen=True)
class Outcome:
    """What became of one machine."""

    host: str
    state: str
    docker: str = ""
    compose: str = ""
    system: str = ""
    seconds: float = 0.0
    reason: str = ""
    hint: str = ""
    code: int | None = None

    @property
    def ok(self) -> bool:
        return self.state == "ready" and self.code == 0


@dataclass(frozen=True)
class Wanted:
    """Who (`listed` is a file of hosts), by which key, and what the installer is told."""

    hosts: Sequence[str]
    listed: Path | None = None
    key: Path | None = None
    options: Sequence[str] = ()
    as_json: bool = False


def run(project: Project, wanted: Wanted) -> None:
    """Installs everywhere, then prints a table.

    Raises MachineError when it failed on any machine.
    """
    refuse_secrets(wanted.options)
    machines = each_once([reachable(host, wanted.key) for host in _hosts(wanted)])
    outcomes = install(project.provision / "install-docker.sh", machines, wanted.options)
    if wanted.as_json:
        show.data([vars(one) for one in outcomes])
    else:
        rows = [
            (o.host, o.docker or "-", o.system or "-", f"{o.seconds:.0f}", _said(o))
            for o in outcomes
        ]
        show.table(("machine", "docker", "system", "seconds", "outcome"), rows)
    bad = [one for one in outcomes if not one.ok]
    if bad:
        raise MachineError(
            f"{len(bad)} of {len(outcomes)} failed: {', '.join(one.host for one in bad)}",
            "Mend what the table says, and type the same again: what is ready is left alone.",
        )


def _said(outcome: Outcome) -> str:
    if outcome.ok:
        return f"{show.MARKS['ok']} {outcome.state}"
    return f"{show.MARKS['bad']} {outcome.reason or outcome.state}"


def _hosts(wanted: Wanted) -> list[str]:
    """Those that were typed and those of the file, each once.

    Raises UsageError when there is none.
    """
    found = list(wanted.hosts)
    if wanted.listed:
        try:
            lines = wanted.listed.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"{wanted.listed} cannot be read: {error}", "One host a line: [USER@]HOST[:PORT]"
            ) from None
        for number, line in enumerate(lines, 1):
            host = line.partition("#")[0].strip()
            if host:
                _parts(host, f"{wanted.listed}, line {number}: ")
            found.append(host)
    found = list(dict.fromkeys(host for host in found if host))
    if not found:
        raise UsageError("No host was named.", "Type: dockyard install HOST… or --from hosts.txt")
    return found


def _parts(host: str, where: str = "") -> "re.Match[str]":
    found = _HOST.match(host)
    if not found or not 0 < int(found["port"] or 22) <= _MOST_PORT:
        raise UsageError(f"{where}{host} is no host.", _HOW)
    return found


def reachable(host: str, key: Path | None) -> Reachable:
    """`[USER@]HOST[:PORT]`; an IPv6 address stands in brackets.

    Raises UsageError for anything else.
    """
    found = _parts(host)
    return Reachable(
        host=host,
        address=found["address"].strip("[]"),
        port=int(found["port"] or 22),
        user=found["user"] or getpass.getuser(),
        key=key,
        identity="",
    )


def each_once(machines: Iterable[Reachable]) -> list[Reachable]:
    """The first of those that are the same account of the same machine, however it was written."""
    found: dict[tuple[str, str, int], Reachable] = {}
    for one in machines:
        found.setdefault((one.user, one.address.lower(), one.port), one)
    return list(found.values())


def refuse_secrets(options: Sequence[str]) -> None:
    """Raises UsageError for a password in an option: `ps` would show it on every machine."""
    for before, word in zip(("", *options), options, strict=False):
        if _SECRET.match(word):
            raise UsageError(
                "An address with a password does not belong on a command line: ps shows it.",
                "Write a proxy's into a file, and name that: -- --proxy FILE",
            )
        if "--login" in (before, word.partition("=")[0]) and _LOGIN_SECRET.match(word):
            raise UsageError(
                "--login takes the name alone: ps shows to everybody what is typed.",
                "The password is asked for, or read from stdin.",
            )


def known_hosts() -> Path:
    """Host keys of machines that belong to no lab."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home, "dockyard", "known_hosts").absolute()


def install(script: Path, machines: Sequence[Reachable], options: Sequence[str]) -> list[Outcome]:
    """The installer on every machine; who was not reached is not asked further."""
    known = fleet.KnownHosts(known_hosts())
    options, password = list(options), _password(options)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, _FOLDER + secrets.token_hex(4))
        folder.mkdir(0o700)
        shutil.copy(script, folder / _SCRIPT)
        options = _packed(folder, options)
        copied = fleet.copy(machines, fleet.Parcel([folder], "."), known, _COPY_SECONDS)
    there = [one for one, answer in zip(machines, copied, strict=True) if answer.ok]
    progress = show.Progress()

    def heard(host: str, stream: str, line: str) -> None:
        if stream == "err" and line.strip():
            progress.set(host, re.sub(r"^ *\d+ s  ", "", line))

    line = (
        f"as=; [ \"$(id -u)\" = 0 ] || as='sudo -n'; $as sh {folder.name}/{_SCRIPT} --json "
        f"{shlex.join(options)}; code=$?; rm -rf {folder.name}; exit $code"
    )
    command = fleet.Command(line, password)
    answers = fleet.run(there, command, known, _SECONDS, fleet.Watch(heard=heard)) if there else []
    found = {answer.host: answer for answer in (*copied, *answers)}
    return [outcome(found[machine.host]) for machine in machines]


def _packed(folder: Path, options: Sequence[str]) -> list[str]:
    """The options, as they are where `folder` was copied to: with what they name in it. A name that
    is not here is taken for one on the machines.

    Raises UsageError when it cannot be read.
    """
    found: list[str] = []
    for number, word in enumerate(options):
        name, _, value = word.partition("=")
        before = options[number - 1] if number else ""
        if name in _FILES and value:
            found.append(f"{name}={_put(folder, name, value)}")
        elif before in _FILES:
            found.append(_put(folder, before, word))
        else:
            found.append(word)
    return found


def _put(folder: Path, option: str, name: str) -> str:
    if not Path(name).exists():
        return name
    there = folder / option.lstrip("-")
    while there.exists():  # said twice: the last one counts
        there = there.with_name(there.name + "-")
    try:
        if Path(name).is_dir():
            shutil.copytree(name, there)
        else:
            shutil.copy(name, there)
    except OSError as error:
        raise UsageError(
            f"{option} {name} cannot be read: {error.strerror or error}",
            "It is copied from this computer to each machine.",
        ) from None
    return f"{folder.name}/{there.name}"


def _password(options: Sequence[str]) -> str:
    """What `--login` needs: typed, or the first line of stdin; empty without that option."""
    names = [word for word in options if word.partition("=")[0] == "--login"]
    if not names:
        return ""
    if sys.stdin.isatty():
        return getpass.getpass("Password or token of the registry: ") + "\n"
    return sys.stdin.readline()


def outcome(answer: fleet.Answer) -> Outcome:
    """From the installer's JSON; else from what was said, or why the machine was not reached."""
    if answer.status is None:
        reason, anew, _ = answer.problem.partition("; `dockyard down`")
        if anew and "host key" in reason:
            reason += ". Was it set up anew? Then take its line out of that file"
        return Outcome(answer.host, "unreachable", seconds=answer.seconds, reason=reason)
    result = _result(answer.out)
    if not result:
        last = [line for line in answer.err.splitlines() if line.strip()]
        reason = _reason(last)
        return Outcome(
            answer.host, "failed", seconds=answer.seconds, reason=reason, code=answer.status
        )
    kept = {one.name for one in fields(Outcome)} - {"host", "seconds", "code"}
    plain = {name: str(result.get(name, ""))[:300] for name in kept}
    return Outcome(answer.host, seconds=answer.seconds, code=answer.status, **plain)


def _reason(lines: Iterable[str]) -> str:
    """What sudo says, or the installer's sentence and its remedy."""
    text = " ".join(line.strip() for line in list(lines)[-2:])[:300]
    if "sudo:" in text:
        return f"{text} (log in as root, or allow sudo without a password)"
    return text or "it said nothing"


def _result(text: str) -> dict[str, Any]:
    for line in reversed(text.splitlines()):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and "state" in found:
            return found
    return {}
