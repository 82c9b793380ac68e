"""One call of EC2, as those who answer it have it before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import network
from rehearsal.faults import Refused
from rehearsal.http import aws_views as views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rehearsal.http.manners import Desk
    from rehearsal.inventory import Record

_MOST = 1000


@dataclass(frozen=True)
class Call:
    """One call in one region."""

    desk: Desk
    region: str
    asked: Mapping[str, Any]
    ended: dict[str, Record]

    def records(self, *kinds: str) -> list[Record]:
        return [one for one in self.desk.seen(*kinds) if one.scope == self.region]

    def ghosts(self) -> list[Record]:
        """Instances that are gone, and still seen."""
        return [
            one
            for one in self.ended.values()
            if one.scope == self.region
            and self.desk.inventory.get(one.kind, one.id, one.scope) is None
        ]

    def one(self, kind: str, id_: str) -> Record:
        found = self.desk.inventory.get(kind, id_, self.region)
        if found is None:
            missing = self.desk.cloud.by_token[kind].missing
            raise Refused.said(missing.format(value=id_))
        return found

    def listed(
        self, name: str, found: Sequence[views.View], reads: Mapping[str, str], id_: str = ""
    ) -> dict[str, Any]:
        """A page of a list, filtered, and of these ids alone where ids are given."""
        ids = next((self.asked[key] for key in self.asked if key.endswith("Ids")), None)
        if ids is not None:
            found = [one for one in found if one[id_] in ids]
        passed = views.filtered(found, self.asked.get("Filters") or [], reads)
        most = int(self.asked.get("MaxResults") or _MOST)
        page, token = self.desk.page(passed, self.asked.get("NextToken") or "", most)
        return {name: list(page), **({"NextToken": token} if token else {})}

    def vpc_of(self, subnet: str) -> str:
        found = self.desk.inventory.get(network.SUBNET, subnet, self.region)
        return str(found.inputs["vpcId"]) if found else ""
