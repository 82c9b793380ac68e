"""What a lab still needs of its cloud: the description, without what is there."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dockyard import clouds, sizes
from dockyard.seats import machines
from dockyard.spec import NATIVE, LabSpec
from dockyard.stack_result import StackResult


@dataclass(frozen=True)
class Kind:
    """Machines that are alike: `sizes` as the description says them, the wanted one first.

    `count` are not there yet; `other` are there in another size than they are to have: which one,
    as a description would say it, and how many.
    """

    name: str
    sizes: tuple[str, ...]
    count: int
    other: Mapping[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """How many get the size."""
        return self.count + sum(self.other.values())

    @property
    def nodes(self) -> bool:
        """Whether they are a cluster's."""
        return self.name == sizes.CLUSTER


@dataclass(frozen=True)
class Needs:
    """`machines`, `gigabytes` and `seats` are of what is not there yet, `kinds` of what gets
    another size, too; `whole`: nothing is there, and the lab's network is needed. `rights`: the
    folder of what an account must be allowed.
    """

    lab: LabSpec
    region: str
    kinds: tuple[Kind, ...]
    machines: int
    gigabytes: int
    seats: int
    cluster: bool
    whole: bool
    rights: Path

    @property
    def addresses(self) -> int:
        """Public ones; a cluster has one for its way out."""
        return self.machines + self.cluster

    @property
    def nothing(self) -> bool:
        """Whether all that costs or counts is there."""
        return not self.kinds and not self.cluster


def needs(lab: LabSpec, made: StackResult | None, rights: Path) -> Needs:
    """`made`: what there is of it."""
    facts = clouds.load(lab.target)
    before = (made.taken if made else None) or sizes.Taken()
    missing = [one for one in machines(lab) if one.host not in before.hosts]
    of = sizes.kinds(lab)
    count = Counter(of[one.name] for one in missing)
    cluster = lab.cluster is not None and not before.cluster
    if lab.cluster:
        count[sizes.CLUSTER] = lab.cluster.nodes if cluster else _more_nodes(lab, made)
    # what is there has its size: others of its kind get the same
    fixed, now = sizes.there(lab, before), sizes.wishes(sizes.settled(lab, before))
    other = _other(lab, made, {name: facts.size(one[0]) for name, one in now.items()})
    kinds = (
        Kind(name, now[name] if name in fixed else all_, count[name], other.get(name, {}))
        for name, all_ in sizes.wishes(lab).items()
    )
    return Needs(
        lab=lab,
        region=lab.region or facts.default_region,
        kinds=tuple(kind for kind in kinds if kind.whole),
        machines=len(missing),
        gigabytes=sum(facts.disk(one.disk) for one in missing),
        seats=len({one.seat for one in missing}),
        cluster=cluster,
        whole=made is None,
        rights=rights,
    )


def _other(
    lab: LabSpec, made: StackResult | None, wanted: Mapping[str, str]
) -> dict[str, Counter[str]]:
    """Of each kind the machines and nodes that are there in another size."""
    of, described = sizes.kinds(lab), {one.host: one for one in machines(lab)}
    found: dict[str, Counter[str]] = {}
    for one in made.machines if made else ():
        kind = of[described[one.host].name] if one.host in described else ""
        if kind and one.id and one.size not in {"", wanted[kind]}:
            found.setdefault(kind, Counter())[f"{NATIVE}{one.size}"] += 1
    there = (made.cluster if made else None) or {}
    if lab.cluster and there.get("size", wanted[sizes.CLUSTER]) != wanted[sizes.CLUSTER]:
        nodes = min(_nodes(lab, made), lab.cluster.nodes)
        found[sizes.CLUSTER] = Counter({f"{NATIVE}{there['size']}": nodes})
    return found


def _more_nodes(lab: LabSpec, made: StackResult | None) -> int:
    return max(0, lab.cluster.nodes - _nodes(lab, made)) if lab.cluster else 0


def _nodes(lab: LabSpec, made: StackResult | None) -> int:
    """How many are there; as many as are described where an older stack does not say it."""
    described = lab.cluster.nodes if lab.cluster else 0
    there = (made.cluster if made else None) or {}
    return int(there.get("nodes") or described)
