"""AWS: every region the account has, what ends labs by itself, and what tells of that."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from dockyard import at_once
from dockyard.sweep import aws_alarms, aws_guards
from dockyard.sweep.aws_asking import HOME, Asking, tried
from dockyard.sweep.aws_kinds import KINDS, Kind
from dockyard.sweep.aws_region import Region
from dockyard.sweep.things import (
    Account,
    BusyError,
    CloudError,
    DeniedError,
    GoneError,
    Look,
    Standing,
    Thing,
    Wanted,
)

_AT_ONCE = 8
_BATCH = 50
"""Machines that one call ends."""
_UNSEEN = (
    "AWS: what carries no tag and lies in none of the lab's networks (S3, Lambda, DNS); a load "
    "balancer or a gateway in them is seen by its network card"
)


Place = tuple[str, Callable[[], Iterable[Thing]]]
"""In words, and how it is looked at."""
_LOOKS = {
    "schedules": aws_guards.schedules,
    "topics": aws_alarms.topics,
    "state machines": aws_alarms.machines,
}
_DELETES = {aws_guards.KINDS: aws_guards.delete, aws_alarms.KINDS: aws_alarms.delete}


def open_cloud() -> "Aws":
    """As whom boto3 finds: environment, profile, role.

    Raises CredentialsError when it finds nobody.
    """
    cloud = Aws()
    said = cloud.ask("sts", HOME, "get_caller_identity")
    cloud.account = Account("aws", said["Account"], said["Arn"])
    return cloud


@dataclass
class Aws(Asking):
    stays: bool = field(default=False, init=False)

    # --- looking --------------------------------------------------------------------------------

    def look(self, wanted: Wanted) -> Look:
        """All regions that the account has, at once."""
        said = self.ask("ec2", self.region or HOME, "describe_regions")
        regions = sorted(one["RegionName"] for one in said["Regions"])
        with at_once.pool(_AT_ONCE) as pool:
            looked = list(pool.map(lambda region: self._region(region, wanted), regions))
            looked += pool.map(lambda place: tried(*place), self._guards(regions, wanted))
        things = [thing for found, _, _ in looked for thing in found]
        failed = [problem for _, problem, _ in looked if problem]
        denied = sorted({reason for _, _, reason in looked if reason})
        unseen = (f"AWS: what ends labs by itself, of which it says {denied[0]}",) if denied else ()
        asked = (
            f"EC2's tags, the tagging API, the lab's networks, the {', '.join(_LOOKS)} in "
            f"{len(regions)} regions: {', '.join(regions)}; the roles"
        )
        return Look(tuple(things), (asked,), (_UNSEEN, *unseen), tuple(failed), bool(denied))

    def machines(self, wanted: Wanted, region: str) -> Iterable[Standing]:
        """What is being terminated is gone."""
        return Region(self, region, wanted).machines()

    def unconfirmed(self, wanted: Wanted, region: str) -> bool:
        """Until who is named in `alarm` opens the link in AWS's mail, AWS writes nothing else."""
        return aws_alarms.unconfirmed(self, wanted, region)

    def _region(self, region: str, wanted: Wanted) -> tuple[list[Thing], str, str]:
        found, problem, denied = tried(region, Region(self, region, wanted).things)
        said = f"{region} could not be looked at: {denied}" if denied else ""
        return found, problem or said, ""

    def _guards(self, regions: Sequence[str], wanted: Wanted) -> Iterator[Place]:
        """Who may not list them has none: their lab was made with `guard: false`."""
        yield "the roles", lambda: aws_guards.roles(self, wanted)
        for name in regions:
            for what, look in _LOOKS.items():
                yield f"the {what} of {name}", partial(look, self, name, wanted)

    def identify(self, type_: str, inputs: Mapping[str, Any], found: Iterable[Thing]) -> str:
        """Guards have names of their own; how a subnet is joined to its routes, EC2 says."""
        match type_.rpartition(":")[2]:
            case "Schedule":
                return f"{inputs.get('groupName') or 'default'}/{inputs['name']}"
            case "Role":
                return str(inputs["name"])
            case "RolePolicy":
                return f"{inputs['role']}:{inputs['name']}"
            case "TopicSubscription":
                return aws_alarms.heard_by(self, str(inputs["topic"]))
            case "RouteTableAssociation":
                return self._joined(str(inputs["subnetId"]), found)
        return ""

    def _joined(self, subnet: str, found: Iterable[Thing]) -> str:
        for thing in found:
            if thing.id == subnet:
                mine = [{"Name": "association.subnet-id", "Values": [subnet]}]
                said = self.ask("ec2", thing.place, "describe_route_tables", Filters=mine)
                for one in (a for t in said["RouteTables"] for a in t["Associations"]):
                    if one.get("SubnetId") == subnet:
                        return str(one["RouteTableAssociationId"])
        return ""

    # --- deleting -------------------------------------------------------------------------------

    def batches(self, things: Iterable[Thing]) -> list[Sequence[Thing]]:
        """Machines of a region are ended together, everything else one by one."""
        machines: dict[str, list[Thing]] = {}
        found: list[Sequence[Thing]] = []
        for one in things:
            if one.kind == KINDS["instance"].word:
                machines.setdefault(one.place, []).append(one)
            else:
                found.append((one,))
        for here in machines.values():
            found += [here[first : first + _BATCH] for first in range(0, len(here), _BATCH)]
        return found

    def delete(self, things: Sequence[Thing]) -> None:
        """What is gone already is gone."""
        for kinds, delete in _DELETES.items():
            if things[0].kind in kinds:
                with suppress(GoneError):
                    delete(self, things[0])
                return
        kind = next(one for one in KINDS.values() if one.word == things[0].kind)
        try:
            self._delete(kind, things)
        except (BusyError, DeniedError):
            raise
        except CloudError as error:
            if len(things) > 1:
                self._each(things)
            elif not isinstance(error, GoneError):
                raise

    def _each(self, things: Sequence[Thing]) -> None:
        """One that may not be ended, or is gone, spares no other; then what was said is raised."""
        said: list[CloudError] = []
        for one in things:
            try:
                self.delete((one,))
            except CloudError as error:
                said.append(error)
        if said:
            raise said[0]

    def _delete(self, kind: Kind, things: Sequence[Thing]) -> None:
        one, region = things[0], things[0].place
        if kind.before:
            # what it lets go of may be gone itself
            with suppress(GoneError):
                kind.before(lambda call, **words: self.ask("ec2", region, call, **words), one.id)
        ids: Any = [thing.id for thing in things] if kind.many else one.id
        self.ask("ec2", region, kind.call, **{kind.parameter: ids})
