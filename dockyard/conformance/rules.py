"""What must be so on every machine. A rule is pure: what was expected, what was seen, and then a
sentence of what is wrong, or nothing.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dockyard.conformance.expected import Expected
from dockyard.conformance.facts import Facts
from dockyard.results import mark

Check = Callable[[Expected, Facts], Iterator[str]]


@dataclass(frozen=True)
class Rule:
    """One thing that must be so."""

    name: str
    title: str
    check: Check


@dataclass(frozen=True)
class Finding:
    """A rule and what was wrong with a machine; `problems` is empty when all is as it must be."""

    host: str
    rule: str
    title: str
    problems: tuple[str, ...]


def _users(wanted: Expected, seen: Facts) -> Iterator[str]:
    for user in wanted.users:
        groups = seen.of("groups", user).split()
        if groups in ([], ["-"]):
            yield f"there is no account {user}"
        elif "docker" not in groups:
            yield f"{user} is not in the group docker"


def _homes(wanted: Expected, seen: Facts) -> Iterator[str]:
    for user in wanted.users:
        owner, _, mode = seen.of("home", user).partition(" ")
        if owner != user:
            yield f"the home of {user} belongs to {owner or 'nobody'}"
        elif int(mode, 8) & 0o022:
            yield f"others may write into the home of {user} ({mode})"


def _sudo(wanted: Expected, seen: Facts) -> Iterator[str]:
    for user in wanted.users:
        if seen.of("sudo", user) in ("", "0"):
            yield f"{user} may not use sudo without a password"


def _passwords(wanted: Expected, seen: Facts) -> Iterator[str]:
    for user in wanted.users:
        if seen.of("password", user) not in ("*", "!"):
            yield f"{user} has a password"


def _keys(wanted: Expected, seen: Facts) -> Iterator[str]:
    for user in wanted.users:
        if not wanted.cloud and user == wanted.login:
            continue  # Vagrant's own key is there
        found = {" ".join(line.split()[1:3]) for line in seen.all("key") if line.split()[0] == user}
        missing, foreign = wanted.keys - found, found - wanted.keys
        if missing:
            yield f"{user} lacks {len(missing)} of the lab's {len(wanted.keys)} public keys"
        if foreign:
            yield f"{user} has {len(foreign)} keys that the lab does not know"


def _docker(wanted: Expected, seen: Facts) -> Iterator[str]:
    version = seen.one("docker")
    if version in ("", "-"):
        yield "Docker does not answer"
    elif wanted.version and not f"{version}.".startswith(f"{wanted.version}."):
        yield f"Docker is {version}, described is {wanted.version}"
    if seen.one("enabled") != "enabled":
        yield "Docker does not start at the next boot"


def _plugins(wanted: Expected, seen: Facts) -> Iterator[str]:
    if wanted.source == "docker":
        for plugin in ("compose", "buildx"):
            if seen.one(plugin) in ("", "-"):
                yield f"there is no docker {plugin}"


def _settings(wanted: Expected, seen: Facts) -> Iterator[str]:
    try:
        found = json.loads(seen.one("daemon"))
    except ValueError:
        yield "/etc/docker/daemon.json is no JSON"
        return
    for key, value in wanted.daemon.items():
        if not isinstance(found, dict) or found.get(key) != value:
            yield f"Docker's setting {key} is not as it is described"


def _clean(_: Expected, seen: Facts) -> Iterator[str]:
    probes = seen.one("containers"), seen.one("images")
    if not all(one.strip().isdigit() for one in probes):
        yield "Docker's containers and images cannot be counted"


def _closed(_: Expected, seen: Facts) -> Iterator[str]:
    if seen.one("api") != "0":
        yield "Docker's API listens on the network"


def _named(wanted: Expected, seen: Facts) -> Iterator[str]:
    if seen.one("hostname") != wanted.host:
        yield f"it calls itself {seen.one('hostname')}"
    own = {wanted.host, wanted.host.partition("-")[2]}
    for name, address in wanted.names.items():
        found = seen.of("name", name)
        if found != address and not (name in own and found.startswith("127.")):
            yield f"{name} leads to {found or 'nowhere'}, not to {address}"


def _together(wanted: Expected, seen: Facts) -> Iterator[str]:
    for peer in wanted.peers:
        if seen.of("peer", peer) != "reached":
            yield f"{peer} of the same seat is not reached"


def _sshd(_: Expected, seen: Facts) -> Iterator[str]:
    if seen.of("sshd", "passwordauthentication") != "no":
        yield "sshd takes passwords"
    if seen.of("sshd", "permitemptypasswords") == "yes":
        yield "sshd takes empty passwords"
    if seen.of("sshd", "permitrootlogin") == "yes":
        yield "sshd lets root in"


def _secrets(_: Expected, seen: Facts) -> Iterator[str]:
    for path in sorted(set(seen.all("secret"))):
        yield f"a secret lies in {path[:200]}"


def _marked(_: Expected, seen: Facts) -> Iterator[str]:
    found = mark(seen.one("mark"))
    if not found.ready:
        yield f"its mark says {found.sentence}"
    if seen.one("unit") != "enabled":
        yield "what goes on after a cut off run is not enabled"


def _healthy(_: Expected, seen: Facts) -> Iterator[str]:
    failed = [one for one in seen.one("failed").split() if not one.startswith("cloud-")]
    if failed:
        yield f"units have failed: {', '.join(failed)}"


RULES = (
    Rule("users", "every account is there and in the group docker", _users),
    Rule("homes", "homes are their owners'", _homes),
    Rule("sudo", "accounts use sudo without a password", _sudo),
    Rule("passwords", "no account has a password", _passwords),
    Rule("keys", "the lab's public keys, and no others", _keys),
    Rule("docker", "Docker answers, in the described version, and starts at boot", _docker),
    Rule("plugins", "compose and buildx are there", _plugins),
    Rule("settings", "Docker's settings are as described", _settings),
    Rule("clean", "Docker's objects can be listed", _clean),
    Rule("api", "Docker's API is not on the network", _closed),
    Rule("names", "the machine and its seat are called as described", _named),
    Rule("seat", "machines of a seat reach each other", _together),
    Rule("sshd", "keys are the only way in", _sshd),
    Rule("secrets", "no secret lies about", _secrets),
    Rule("mark", "the result file says ready, and survives a reboot", _marked),
    Rule("health", "no unit has failed", _healthy),
)


def judge(wanted: Expected, seen: Facts) -> list[Finding]:
    """Every rule's finding on one machine."""
    return [
        Finding(wanted.host, rule.name, rule.title, tuple(rule.check(wanted, seen)))
        for rule in RULES
    ]
