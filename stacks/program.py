"""The one program of every stack: from its description to resources, and to what it exports."""

import os
import time
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pulumi

from dockyard import address
from dockyard.description import read_mapping
from dockyard.errors import DockyardError
from dockyard.project import Project
from dockyard.spec import LabSpec
from dockyard.stack_result import VERSION
from dockyard.twins import refuse_twin
from stacks.before import Before, before
from stacks.making import Making

NOBODY = "0.0.0.0/32"
"""No packet comes from it; AKS's own word for a closed API server."""


def run() -> None:
    """Declares the stack's lab and exports it; what a person must mend is one sentence."""
    try:
        _declare()
    except DockyardError as error:
        raise pulumi.RunError(str(error)) from None


def _declare() -> None:
    project = Project(Path(pulumi.get_root_directory()))
    stack = pulumi.get_stack()
    data = pulumi.Config().require_object("lab")
    lab = read_mapping(data, f"{project.stacks.name}/Pulumi.{stack}.yaml", project.stacks)
    refuse_twin(project, stack, lab)
    if lab.seats and not lab.access.keys:
        raise DockyardError(
            "The lab has no public key: nobody could enter its machines.",
            "Make one: ssh-keygen -t ed25519, or name one in access.keys.",
        )
    last = before()
    made = last.made or int(time.time())
    me = _me(lab, last)
    allowed = _allowed(last)
    making = Making(
        lab=lab,
        before=last,
        expires=_expires(lab, made),
        cidrs=_cidrs(lab, me, allowed),
        provision=project.provision,
        kept=project.kept(stack),
    )
    products = _make(making)
    pulumi.export(
        "lab",
        {
            "version": VERSION,
            "name": lab.name,
            "owner": lab.owner,
            "target": lab.target,
            "region": making.region,
            "made": made,
            "expires": making.expires,
            "me": me,
            "allowed": allowed,
            "images": making.images,
            **making.said,
            **products,
        },
    )


def _make(making: Making) -> dict[str, Any]:
    """What the lab has of each product, by the file of its name; only that file is imported."""
    lab, offers = making.lab, making.facts.offers
    found: dict[str, Any] = {"machines": []}
    if making.seats:
        machines = import_module(f"stacks.machines.{lab.target}").make(making)
        found["machines"] = [one.result(making.facts.login) for one in machines]
    if lab.registry:
        found["registry"] = import_module(f"stacks.registries.{offers['registry']}").make(making)
    if lab.cluster:
        cluster = import_module(f"stacks.clusters.{offers['cluster']}")
        registry = found.get("registry", {}).get("id")
        found["cluster"], kubeconfig = cluster.make(making, registry)
        pulumi.export("kubeconfig", kubeconfig)
    return found


def _expires(lab: LabSpec, made: int) -> int:
    """The deadline, in epoch seconds: `hours` count from when the lab was first made."""
    if lab.until is not None:
        return int(datetime.fromisoformat(lab.until).astimezone().timestamp())
    return made + (lab.hours or 0) * 3600


def _me(lab: LabSpec, last: Before) -> str:
    """The trainer's address, or the last known one when nobody can be asked for it."""
    if "me" not in lab.access.cidrs:
        return ""
    try:
        return address.own()
    except DockyardError as error:
        if not last.me:
            raise
        pulumi.log.warn(f"{error} The last known one stays: {last.me}")
        return last.me


def _allowed(last: Before) -> list[str]:
    """Who is let in beyond the description, with what `dockyard allow` changes now."""
    found = list(last.allowed)
    for word in os.environ.get(address.ALLOW, "").split():
        cidr = word[1:]
        if word.startswith("+") and cidr not in found:
            found.append(cidr)
        elif word.startswith("-") and cidr in found:
            found.remove(cidr)
    return found


def _cidrs(lab: LabSpec, me: str, allowed: list[str]) -> list[str]:
    """Everyone who may connect, once; the machines have IPv4 addresses alone."""
    given = (f"{me}/32" if cidr == "me" else cidr for cidr in lab.access.cidrs)
    found = [cidr for cidr in dict.fromkeys((*given, *allowed)) if ":" not in cidr]
    # no range at all is the whole world to GCP's firewall and to AKS
    return found or [NOBODY]
