"""From a file to a checked LabSpec: every problem of the file in one message."""

import ipaddress
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dockyard import clouds, deadline, yaml_file
from dockyard.errors import DescriptionError, HostError
from dockyard.problems import Problem, from_pydantic, shorten
from dockyard.project import LOCAL
from dockyard.public_keys import OWN_KEYS, public_key
from dockyard.rules import past_rule, rules
from dockyard.spec import LabSpec


@dataclass(frozen=True)
class Description:
    """A lab as its file says it. `warnings` are sentences that `plan` and `up` show."""

    path: Path
    lab: LabSpec
    warnings: tuple[str, ...]

    @property
    def kept(self) -> str:
        """The name of the folder that keeps what the lab leaves on this computer.

        A stack's own, which no other stack has; the local lab's, below `local`, is known to the
        Vagrantfile, too.
        """
        name = self.path.name
        stack = name.startswith("Pulumi.")
        own = name.removeprefix("Pulumi.").removesuffix(".yaml")
        return own if stack else f"{LOCAL}/{self.lab.name}"


def read(path: Path, *, ended: bool = False) -> Description:
    """The lab that a file describes, its public keys read and checked.

    `ended`: one whose time is over is read too, to be looked at and taken down.

    Raises DescriptionError with every problem of the file.
    """
    document = yaml_file.read(path)
    prefix, data = _lab_in(document.data, path)
    lab, problems = _checked(data, path.parent, local=prefix == ("lab",), ended=ended)
    if lab is None:
        message = _message(str(path), problems, lambda p: document.line((*prefix, *p.path)))
        raise DescriptionError(message, _hint(path.name))
    return Description(path, lab, tuple(_warnings(lab)))


def read_mapping(data: object, name: str, folder: Path, *, ended: bool = False) -> LabSpec:
    """The lab of a mapping that something else has read, as `pulumi` its config.

    `name` is what the person calls it; relative paths of keys start at `folder`; `ended` as above.

    Raises DescriptionError with every problem.
    """
    lab, problems = _checked(data, folder, local=False, ended=ended)
    if lab is None:
        raise DescriptionError(_message(name, problems), _hint(name))
    return lab


def refuse_deadline(lab: LabSpec, name: str) -> None:
    """Raises DescriptionError for a lab that is not to be made now: its time is over, or soon.

    Not asked of a lab that is there: its deadline is decided, and may have been moved.
    """
    problems = list(past_rule(lab))
    if problems:
        raise DescriptionError(_message(name, problems), _hint(name))


def refuse_keyless(lab: LabSpec) -> None:
    """Raises HostError for a lab in a cloud whose seats nobody could enter: it names no public key,
    and there is none here.
    """
    if lab.target == LOCAL or not lab.seats or lab.access.keys:
        return
    # with sudo it is root's folder that is looked into
    sudo = "sudo " if "SUDO_USER" in os.environ else ""
    raise HostError(
        "The lab has no public key: nobody could enter its machines.",
        f"Make one in {Path('~/.ssh').expanduser()}: {sudo}ssh-keygen -t ed25519; "
        f"or name one in access.keys.",
    )


def _checked(
    data: object, folder: Path, *, local: bool, ended: bool = False
) -> tuple[LabSpec | None, list[Problem]]:
    """The lab, or its problems; `local` says for which targets its place is."""
    lab, problems = _parse(data)
    if lab is None:
        return None, problems
    if lab.target in clouds.NAMES and (lab.target == "local") != local:
        where = "stacks/" if local else "vagrant/"
        text = f"is {shorten(lab.target)}, which is described in {where}, not in this file"
        return None, [Problem(("target",), text)]
    problems = [*rules(lab), *(() if ended else past_rule(lab))]
    if not problems:
        lab, problems = _with_keys(lab, folder)
    return (None, problems) if problems else (lab, [])


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
    name: str, problems: list[Problem], line: Callable[[Problem], int] | None = None
) -> str:
    """Every problem in a line; with `line`, in the order of the file and with their lines."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    ordered = sorted(problems, key=line) if line else problems
    lines = (
        f"  {f'line {line(problem)}: ' if line else ''}{problem.where or 'lab'} {problem.text}"
        for problem in ordered
    )
    return "\n".join((f"{name} has {count}:", *lines))


def _hint(name: str) -> str:
    return f"Mend {name}; every key is explained in docs/description.md."


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


def _warnings(lab: LabSpec) -> Iterator[str]:
    for cidr in lab.access.cidrs:
        if cidr != "me" and ipaddress.ip_network(cidr).prefixlen == 0:
            yield f"access.cidrs: {cidr} lets the whole world try; only keys get in."
    yield from _nobody(lab)
    yield from deadline.warnings(lab)
    least = clouds.load(lab.target).least_disk
    if lab.seats and any(machine.disk < least for machine in lab.machines):
        yield f"machines.disk: the images of {lab.target} have {least} GB; so have the machines."
    if lab.target != "local" and lab.seats and not lab.access.keys:
        yield "access.keys: no public key here or in ~/.ssh; make one: ssh-keygen -t ed25519"


def _nobody(lab: LabSpec) -> Iterator[str]:
    """Ranges that let nobody in: machines in a cloud have IPv4 addresses alone."""
    if lab.target == "local":
        return
    useless = [cidr for cidr in lab.access.cidrs if ":" in cidr]
    for cidr in useless:
        yield f"access.cidrs: {cidr} lets nobody in, for the machines have no IPv6 address."
    if len(useless) == len(lab.access.cidrs):
        yield "access.cidrs: nobody can connect, you neither; write [me], or an IPv4 range."


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
