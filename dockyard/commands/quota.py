"""`dockyard plan --live`: what the account allows, asked before anything is made."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from dockyard import clouds, show
from dockyard.description import read
from dockyard.errors import DockyardError
from dockyard.project import Project
from dockyard.seats import machines
from dockyard.spec import LabSpec
from dockyard.sweep.clouds import gcp

GCP_VCPUS = {"e2-micro": 2, "e2-small": 2, "e2-medium": 2}
"""Shared cores count as two; any other size ends in its number of them."""


@dataclass(frozen=True)
class Quota:
    """One thing of which a cloud allows so much."""

    what: str
    needed: int
    used: int
    allowed: int

    @property
    def fits(self) -> bool:
        return self.used + self.needed <= self.allowed


def run(project: Project, name: str) -> None:
    """Says needed, used, allowed; raises DockyardError when the lab would be refused half-way."""
    lab = read(project.description(name), ended=True).lab
    found = list(ask(lab))
    rows = [
        (one.what, str(one.needed), str(one.used), str(one.allowed), "ok" if one.fits else "✗")
        for one in found
    ]
    show.table(("quota", "needed", "used", "allowed", ""), rows)
    short = [one for one in found if not one.fits]
    if short:
        said = ", ".join(
            f"{one.what}: {one.needed} more than the {one.used} in use, {one.allowed} allowed"
            for one in short
        )
        raise DockyardError(
            f"The account does not allow the whole lab: {said}.",
            "Ask for more (IAM and admin, Quotas), take another region, or fewer students.",
        )


def ask(lab: LabSpec) -> Iterator[Quota]:
    """What the lab needs beside what the region allows; a lab that is there counts as used."""
    if lab.target != "gcp":
        raise DockyardError(
            f"The quotas of {lab.target} are not asked yet, only those of Google Cloud.",
            "A machine that is refused is named by `dockyard up`, and the others are made.",
        )
    facts = clouds.load(lab.target)
    made = machines(lab)
    sizes = Counter(facts.size(one.size) for one in made)
    needed = {
        "CPUS": sum(_vcpus(size) * count for size, count in sizes.items()),
        "IN_USE_ADDRESSES": len(made),
    }
    for one in gcp.open_cloud().region(lab.region or facts.default_region)["quotas"]:
        if one["metric"] in needed:
            used, allowed = int(one["usage"]), int(one["limit"])
            yield Quota(one["metric"], needed[one["metric"]], used, allowed)


def _vcpus(size: str) -> int:
    last = size.rpartition("-")[2]
    return GCP_VCPUS.get(size) or (int(last) if last.isdecimal() else 1)
