"""From a file to a checked LabSpec: every problem of the file in one message."""

import ipaddress
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dockyard import clouds, yaml_file
from dockyard.errors import DescriptionError
from dockyard.problems import Problem, did_you_mean, from_pydantic, shorten
from dockyard.spec import MAX_MACHINES_OF_A_SEAT, NATIVE, Docker, LabSpec

KEY_LINE = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)"
    r"|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)"
    r" +([A-Za-z0-9+/]{40,}={0,3})( .*)?"
)
_MOST_OF_A_KEY = 16_000
OWN_KEYS = ("~/.ssh/id_ed25519.pub", "~/.ssh/id_ecdsa.pub", "~/.ssh/id_rsa.pub")


@dataclass(frozen=True)
class Description:
    """A lab as its file says it. `warnings` are sentences that `plan` and `up` show."""

    path: Path
    lab: LabSpec
    warnings: tuple[str, ...]


def read(path: Path, *, ended: bool = False) -> Description:
    """The lab that a file describes, its public keys read and checked.

    `ended`: one whose time is over is read too, to be looked at and taken down.

    Raises DescriptionError with every problem of the file.
    """
    document = yaml_file.read(path)
    prefix, data = _lab_in(document.data, path)
    lab, problems = _parse(data)
    if lab is not None and (lab.target == "local") != (prefix == ("lab",)):
        where = "stacks/" if prefix == ("lab",) else "vagrant/"
        text = f"is {shorten(lab.target)}, which is described in {where}, not in this file"
        problems = [Problem(("target",), text)] if lab.target in clouds.NAMES else []
    if lab is not None and not problems:
        problems = [*_rules(lab), *(() if ended else _past_rule(lab))]
        if not problems:
            lab, problems = _with_keys(lab, path.parent)
    if lab is None or problems:
        raise DescriptionError(_message(path, document, prefix, problems), _hint(path))
    return Description(path, lab, tuple(_warnings(lab)))


def _lab_in(data: object, path: Path) -> tuple[tuple[str, ...], object]:
    """`lab:` of a Vagrant description, `config: dockyard:lab:` of a stack's."""
    where = ("config", "dockyard:lab") if path.name.startswith("Pulumi.") else ("lab",)
    found = data
    for key in where:
        if not isinstance(found, dict) or key not in found:
            raise DescriptionError(
                f"{path} has no `{': '.join(where)}:` mapping.",
                "Compare it with vagrant/lab.yaml or stacks/Pulumi.aws-lab.yaml.",
            )
        found = found[key]
    return where, found


def _parse(data: object) -> tuple[LabSpec | None, list[Problem]]:
    try:
        return LabSpec.model_validate(_tuples(data)), []
    except ValidationError as error:
        return None, from_pydantic(error, LabSpec)


def _tuples(value: object) -> object:
    """Lists as tuples, since strict pydantic takes no list for a tuple; daemon stays JSON."""
    if isinstance(value, dict):
        return {k: v if k == "daemon" else _tuples(v) for k, v in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return value


def _message(
    path: Path, document: yaml_file.Document, prefix: tuple[str, ...], problems: list[Problem]
) -> str:
    def line(problem: Problem) -> int:
        return document.line((*prefix, *problem.path))

    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    lines = (
        f"  line {line(problem)}: {problem.where or prefix[-1]} {problem.text}"
        for problem in sorted(problems, key=line)
    )
    return "\n".join((f"{path} has {count}:", *lines))


def _hint(path: Path) -> str:
    return f"Mend {path.name}; every key is explained in docs/description.md."


def _rules(lab: LabSpec) -> Iterator[Problem]:
    """What one field alone can't tell."""
    if lab.target not in clouds.NAMES:
        hint = did_you_mean(lab.target, clouds.NAMES)
        yield Problem(("target",), f"is {shorten(lab.target)}, which is no target; {hint}")
        return
    facts = clouds.load(lab.target)
    yield from _machine_rules(lab)
    yield from _place_rules(lab, facts)
    yield from _lifetime_rules(lab)
    yield from _docker_rules(lab, facts)
    yield from _product_rules(lab, facts)


def _machine_rules(lab: LabSpec) -> Iterator[Problem]:
    names = Counter(
        f"{kind.name}{number}" for kind in lab.machines for number in range(1, kind.count + 1)
    )
    for name, times in names.items():
        if times > 1:
            yield Problem(("machines",), f"make {times} machines named {name}; rename one kind")
    if (total := names.total()) > MAX_MACHINES_OF_A_SEAT:
        text = f"make {total} machines a seat, but {MAX_MACHINES_OF_A_SEAT} is the most"
        yield Problem(("machines",), text)
    if lab.target == "local":
        for index, kind in enumerate(lab.machines):
            native = kind.size.removeprefix(NATIVE)
            if kind.size.startswith(NATIVE) and not re.fullmatch(r"[0-9]+x[0-9]+", native):
                text = f"is {shorten(kind.size)}, but local sizes are `native:2x2048`: CPUs x MiB"
                yield Problem(("machines", index, "size"), text)


def _place_rules(lab: LabSpec, facts: clouds.Facts) -> Iterator[Problem]:
    for name, pattern in (("region", facts.region), ("zone", facts.zone)):
        value = getattr(lab, name)
        if value is None:
            continue
        if pattern is None:
            yield Problem((name,), f"is {shorten(value)}, but {lab.target} has no {name}s")
        elif not pattern.fullmatch(value):
            default = f", for example {facts.default_region}" if name == "region" else ""
            text = f"is {shorten(value)}, which is no {name} of {lab.target}{default}"
            yield Problem((name,), text)


def _lifetime_rules(lab: LabSpec) -> Iterator[Problem]:
    if lab.hours is not None and lab.until is not None:
        yield Problem(("until",), "is given beside hours; write one of the two")
    if lab.target == "local":
        return
    if lab.hours is None and lab.until is None:
        text = "is missing, and so is until: a lab in a cloud must end; write `hours: 9`"
        yield Problem(("hours",), text)
    if lab.owner is None:
        yield Problem(("owner",), "is missing; write who answers for the lab, as `owner: ada`")


def _past_rule(lab: LabSpec) -> Iterator[Problem]:
    if lab.until is None:
        return
    if datetime.fromisoformat(lab.until).astimezone() <= datetime.now().astimezone():
        text = f"is {shorten(lab.until)}, which is past; write when the lab is to end"
        yield Problem(("until",), text)


def _docker_rules(lab: LabSpec, facts: clouds.Facts) -> Iterator[Problem]:
    docker = lab.docker
    defaults = Docker()
    if docker.source != "docker":
        for name in ("version", "channel"):
            if getattr(docker, name) != getattr(defaults, name):
                text = "goes with `source: docker`; a distribution has the one it has"
                yield Problem(("docker", name), text)
    if docker.source == "distribution" and docker.mirror is not None:
        yield Problem(("docker", "mirror"), "goes with `source: docker` or `auto`")
    elif docker.mirror_key is not None and docker.mirror is None:
        yield Problem(("docker", "mirror_key"), "goes with `mirror`, which is missing")
    yield from _user_rules(lab, facts)


def _user_rules(lab: LabSpec, facts: clouds.Facts) -> Iterator[Problem]:
    users = lab.docker.users
    # a system's own accounts are the same everywhere
    reserved = facts.reserved_users | clouds.load("local").reserved_users
    for index, user in enumerate(users):
        if user in reserved:
            text = f"is {shorten(user)}, which {lab.target} keeps for itself; take another name"
            yield Problem(("docker", "users", index), text)
        elif user in users[:index]:
            yield Problem(("docker", "users", index), f"is {shorten(user)} a second time")


def _product_rules(lab: LabSpec, facts: clouds.Facts) -> Iterator[Problem]:
    for name in ("cluster", "registry"):
        if getattr(lab, name) is not None and name not in facts.offers:
            able = [cloud for cloud in clouds.NAMES if name in clouds.load(cloud).offers]
            text = f"can't be made on {lab.target}; targets that can: {', '.join(able)}"
            yield Problem((name,), text)
    if lab.seats == 0 and lab.cluster is None and lab.registry is None:
        yield Problem(("students",), "is 0, and there is no cluster or registry: nothing to make")
    for key in lab.tags:
        if key.startswith("dockyard"):
            yield Problem(("tags", key), "is Dockyard's own; take another key")


def _with_keys(lab: LabSpec, folder: Path) -> tuple[LabSpec, list[Problem]]:
    """The lab with its public keys as `type blob`, read from the files that it names."""
    lines: list[str] = []
    problems: list[Problem] = []
    for index, entry in enumerate(lab.access.keys or _own_keys(lab)):
        try:
            lines.append(public_key(entry, folder))
        except ValueError as error:
            problems.append(Problem(("access", "keys", index), str(error)))
    access = lab.access.model_copy(update={"keys": tuple(dict.fromkeys(lines))})
    return lab.model_copy(update={"access": access}), problems


def _own_keys(lab: LabSpec) -> tuple[str, ...]:
    # a local machine is reached with the key that Vagrant made
    if lab.target == "local":
        return ()
    return tuple(path for path in OWN_KEYS if Path(path).expanduser().is_file())[:1]


def public_key(entry: str, folder: Path = Path()) -> str:
    """A public key without its comment; `entry` is the key or a path of its file.

    Relative paths start at `folder`.

    Raises ValueError with what to write instead.
    """
    text = entry
    if entry.startswith(("~", "/", ".")):
        path = folder / os.path.expanduser(entry)  # noqa: PTH111 - the error must not be a traceback
        try:
            if path.exists() and not path.is_file():
                raise ValueError(f"is {shorten(entry)}, which is no file")
            with path.open(encoding="ascii") as file:
                text = file.read(_MOST_OF_A_KEY).strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no text file"
            raise ValueError(f"is {shorten(entry)}, which can't be read: {reason}") from None
    if "PRIVATE KEY" in text:
        raise ValueError("is a private key, which stays with you: name the file that ends in .pub")
    match = KEY_LINE.fullmatch(text)
    if not match:
        shown = shorten(entry)
        raise ValueError(f"is {shown}, which is no public key (ssh-ed25519 AAAA…) or .pub file")
    return f"{match[1]} {match[2]}"


def _warnings(lab: LabSpec) -> Iterator[str]:
    for cidr in lab.access.cidrs:
        if cidr != "me" and ipaddress.ip_network(cidr).prefixlen == 0:
            yield f"access.cidrs: {cidr} lets the whole world try; only keys get in."
    if lab.target != "local" and lab.seats and not lab.access.keys:
        yield "access.keys: no public key here or in ~/.ssh; make one: ssh-keygen -t ed25519"


def schema() -> dict[str, Any]:
    """The JSON Schema of a description, for both files that hold one."""
    lab = LabSpec.model_json_schema()
    lab["properties"]["target"]["enum"] = list(clouds.NAMES)
    lab["properties"]["tags"]["additionalProperties"] = False
    definitions = lab.pop("$defs")
    definitions["LabSpec"] = lab
    reference = {"$ref": "#/$defs/LabSpec"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A lab of Dockyard",
        "type": "object",
        "properties": {
            "lab": reference,
            "config": {
                "type": "object",
                "properties": {"dockyard:lab": reference},
                "required": ["dockyard:lab"],
            },
        },
        "oneOf": [{"required": ["lab"]}, {"required": ["config"]}],
        "$defs": definitions,
    }
