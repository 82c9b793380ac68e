"""Which size each kind of machine has: the wanted one, or a fallback that was taken for it.

A kind is known by its name, a cluster's nodes by CLUSTER. What was taken is kept as long as one of
the kind is there: a size that is offered again replaces nobody's machine.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dockyard.seats import machine_names

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dockyard.spec import LabSpec

CHOSEN = "DOCKYARD_SIZES_TAKEN"
"""How `dockyard up` tells the program what it has taken: {"node": "native:t3a.medium"}."""
CLUSTER = "the cluster"
"""No machine can have this name."""


@dataclass(frozen=True)
class Taken:
    """What a stack exported of its last update: `said` of sizes that are not the wanted ones,
    `hosts` and `cluster` of what is there.
    """

    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    hosts: Collection[str] = ()
    cluster: bool = False


def taken(exported: Mapping[str, Any]) -> Taken:
    """Of an exported `lab`; of an older one, too."""
    made = (one for one in exported.get("machines", ()) if one.get("id"))
    return Taken(
        exported.get("sizes", {}), {one["host"] for one in made}, bool(exported.get("cluster"))
    )


def wishes(lab: LabSpec) -> dict[str, tuple[str, ...]]:
    """Of each kind the sizes that it may have, the wanted one first."""
    found = {kind.name: (kind.size, *kind.fallback) for kind in lab.machines}
    if lab.cluster:
        found[CLUSTER] = (lab.cluster.size, *lab.cluster.fallback)
    return found


def is_settled(lab: LabSpec) -> bool:
    """Whether each kind may have one size alone, so that nobody need choose."""
    return all(len(one) == 1 for one in wishes(lab).values())


def kinds(lab: LabSpec) -> dict[str, str]:
    """The kind of each machine of a seat, by the machine's name."""
    names = (kind.name for kind in lab.machines for _ in range(kind.count))
    return dict(zip(machine_names(lab), names, strict=True))


def there(lab: LabSpec, before: Taken) -> set[str]:
    """The kinds of which something is there."""
    of = kinds(lab)
    found = {of.get(host.partition("-")[2], "") for host in before.hosts}
    return {*found, *([CLUSTER] if before.cluster else [])}


def settled(lab: LabSpec, before: Taken | None, chosen: Mapping[str, str] | None = None) -> LabSpec:
    """The lab with one size a kind: what was taken; `chosen`, where nothing is there yet; else
    the wanted one.
    """
    before = before or Taken()
    made, found = there(lab, before), dict[str, str]()
    for name, sizes in wishes(lab).items():
        last = before.said.get(name, {})
        if name in made:
            same = last.get("wanted") == sizes[0] and last.get("taken") in sizes
            found[name] = last["taken"] if same else sizes[0]
        else:
            word = (chosen or {}).get(name)
            found[name] = word if word in sizes else sizes[0]
    return _with(lab, found)


def _with(lab: LabSpec, sizes: Mapping[str, str]) -> LabSpec:
    own = {"fallback": ()}
    machines = tuple(
        kind.model_copy(update={"size": sizes[kind.name], **own}) for kind in lab.machines
    )
    cluster = lab.cluster and lab.cluster.model_copy(update={"size": sizes[CLUSTER], **own})
    return lab.model_copy(update={"machines": machines, "cluster": cluster})


def chosen() -> dict[str, str]:
    """What `dockyard up` has told; nothing when a person types `pulumi up`."""
    found: dict[str, str] = json.loads(os.environ.get(CHOSEN) or "{}")
    return found


def told(sizes: Mapping[str, str]) -> dict[str, str]:
    """The variable that tells it."""
    return {CHOSEN: json.dumps(dict(sizes))} if sizes else {}


def exported(lab: LabSpec, settled_lab: LabSpec) -> dict[str, dict[str, str]]:
    """What the stack says of it: of sizes that are not the wanted ones alone."""
    now = {name: sizes[0] for name, sizes in wishes(settled_lab).items()}
    return {
        name: {"wanted": sizes[0], "taken": now[name]}
        for name, sizes in wishes(lab).items()
        if now[name] != sizes[0]
    }
