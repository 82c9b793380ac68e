"""The one program of every stack: from its description to resources, and to what it exports."""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pulumi

from dockyard import address, clock, deadline, sizes
from dockyard.description import read_mapping, refuse_deadline, refuse_keyless
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
    file = f"{project.stacks.name}/Pulumi.{stack}.yaml"
    lab = read_mapping(data, file, project.stacks, ended=True)
    refuse_twin(project, stack, lab)
    refuse_keyless(lab)
    last = before()
    made = last.made or int(clock.now())
    expires, latest = _deadline(lab, last, file)
    asked, lab = lab, sizes.settled(lab, last.taken, sizes.chosen())
    me = _me(lab, last)
    allowed = _allowed(last)
    making = Making(
        lab=lab,
        before=last,
        made=made,
        expires=expires,
        latest=latest,
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
            "expires": expires,
            "latest": latest,
            "asked": deadline.written(lab),
            "me": me,
            "allowed": allowed,
            "keys": list(lab.access.keys),
            "images": making.images,
            **_sizes(asked, lab),
            **making.said,
            **products,
        },
    )


def _sizes(asked: LabSpec, lab: LabSpec) -> dict[str, Any]:
    """What is to be read back of sizes, where there is something to remember."""
    said = sizes.exported(asked, lab)
    return {"sizes": said} if said else {}


def _make(making: Making) -> dict[str, Any]:
    """What the lab has of each product, by the file of its name; only that file is imported."""
    lab, offers = making.lab, making.facts.offers
    found: dict[str, Any] = {"machines": []}
    if lab.guard:
        making.guards.extend(_guards(lab.target).make(making))
    if making.seats:
        machines = import_module(f"stacks.machines.{lab.target}").make(making)
        found["machines"] = [one.result(making.facts) for one in machines]
    if lab.registry:
        found["registry"] = import_module(f"stacks.registries.{offers['registry']}").make(making)
    if lab.cluster:
        cluster = import_module(f"stacks.clusters.{offers['cluster']}")
        registry = found.get("registry", {}).get("id")
        found["cluster"], kubeconfig = cluster.make(making, registry)
        pulumi.export("kubeconfig", kubeconfig)
    return found


def _guards(target: str) -> Any:
    """What ends the lab in its cloud; a cloud without one says so."""
    try:
        return import_module(f"stacks.guards.{target}")
    except ModuleNotFoundError:
        raise DockyardError(
            f"Nothing of ours ends a lab on {target} by itself.",
            "Write `guard: false` to make one that you must take down yourself.",
        ) from None


def _deadline(lab: LabSpec, last: Before, file: str) -> tuple[int, int]:
    """When the lab ends, and the latest that it may ever; in epoch seconds.

    As long as the description's words stay it is what it was, moved by `extend` alone.
    """
    now = clock.now()
    moved = os.environ.get(deadline.EXTEND)
    if moved or (last.asked and last.asked == deadline.written(lab)):
        expires = int(moved or last.expires)
        if expires <= now:
            raise DockyardError(
                f"The lab's time was over at {deadline.shown(expires)}.",
                f"Take down what is left: dockyard down {pulumi.get_stack()}; then make it anew.",
            )
    else:
        refuse_deadline(lab, file)
        # `hours` count from when the lab was made, a time of day is the next one
        expires = deadline.instant(lab, (last.made or now) if lab.hours is not None else now)
    latest = last.latest or deadline.latest(lab, last.expires or expires)
    if expires > latest:
        raise DockyardError(
            f"The lab would end {deadline.shown(expires)}, but {deadline.shown(latest)} is the "
            "latest: what guards it in the cloud was told so when it was first made.",
            "Take it down and make it anew, with more `hours`, or with `latest: 8h`.",
        )
    return expires, latest


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
