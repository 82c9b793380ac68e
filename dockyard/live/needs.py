"""What a lab still needs of its cloud: the description, without what is there."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from dockyard import clouds, sizes
from dockyard.seats import machines
from dockyard.spec import LabSpec
from dockyard.stack_result import StackResult


@dataclass(frozen=True)
class Kind:
    """Machines that are alike: `sizes` as the description says them, the wanted one first."""

    name: str
    sizes: tuple[str, ...]
    count: int

    @property
    def nodes(self) -> bool:
        """Whether they are a cluster's."""
        return self.name == sizes.CLUSTER


@dataclass(frozen=True)
class Needs:
    """`kinds`, `machines`, `gigabytes` and `seats` are of what is not there yet; `whole`: nothing
    is, and the lab's network is needed, too. `rights`: the folder of what an account must be
    allowed.
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
        return not self.machines and not self.cluster


def needs(lab: LabSpec, made: StackResult | None, rights: Path) -> Needs:
    """`made`: what there is of it."""
    facts = clouds.load(lab.target)
    before = (made.taken if made else None) or sizes.Taken()
    missing = [one for one in machines(lab) if one.host not in before.hosts]
    of = sizes.kinds(lab)
    count = Counter(of[one.name] for one in missing)
    cluster = lab.cluster is not None and not before.cluster
    if lab.cluster and cluster:
        count[sizes.CLUSTER] = lab.cluster.nodes
    # what is there has its size: others of its kind get the same
    fixed, now = sizes.there(lab, before), sizes.wishes(sizes.settled(lab, before))
    kinds = (
        Kind(name, now[name] if name in fixed else all_, count[name])
        for name, all_ in sizes.wishes(lab).items()
    )
    return Needs(
        lab=lab,
        region=lab.region or facts.default_region,
        kinds=tuple(kind for kind in kinds if kind.count),
        machines=len(missing),
        gigabytes=sum(facts.disk(one.disk) for one in missing),
        seats=len({one.seat for one in missing}),
        cluster=cluster,
        whole=made is None,
        rights=rights,
    )
