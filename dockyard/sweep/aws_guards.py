"""What ends a lab on AWS by itself: a schedule in its region, and the role that it takes.

Neither lies in a network. The role carries the lab's tags; a schedule takes none: its order names
the lab, and its own name the owner. They go last, after all that they guard.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from dockyard.sweep.things import LAB, OWNER, TAGS, GoneError, Thing, Wanted

HOME = "us-east-1"
"""Where AWS is asked what is the same everywhere, when nothing else is configured."""
SCHEDULE, ROLE = "schedule", "role"
_PREFIX = "dockyard-"
_GROUP = "default"
_STAGES = {SCHEDULE: 6, ROLE: 7}


Said = Any
"""What an SDK takes and gives: made when it runs, without types."""


class Asks(Protocol):
    """Who asks AWS."""

    def ask(self, service: str, region: str, call: str, **words: Said) -> Said:
        """One call."""

    def pages(self, service: str, region: str, call: str, **words: Said) -> Iterator[Any]:
        """Every page of a list."""


def schedules(aws: Asks, region: str, wanted: Wanted) -> Iterator[Thing]:
    """Those of a region whose order is for such a lab."""
    for page in aws.pages("scheduler", region, "list_schedules", NamePrefix=_PREFIX):
        for row in page["Schedules"]:
            name = row["Name"]
            if row["GroupName"] != _GROUP or not _may_be(name, wanted):
                continue
            try:
                said = aws.ask("scheduler", region, "get_schedule", GroupName=_GROUP, Name=name)
            except GoneError:
                continue
            tags = _ordered(name, said["Target"].get("Input") or "")
            if wanted.fits(tags):
                yield Thing(
                    SCHEDULE,
                    f"{_GROUP}/{name}",
                    name,
                    region,
                    tags,
                    _STAGES[SCHEDULE],
                    console=f"https://{region}.console.aws.amazon.com/scheduler/home?region="
                    f"{region}#schedules/{_GROUP}/{name}",
                    command=f"aws scheduler delete-schedule --name {name} --region {region}",
                )


def roles(aws: Asks, wanted: Wanted) -> Iterator[Thing]:
    """Those with the lab's tags, which a list of roles does not tell."""
    for page in aws.pages("iam", HOME, "list_roles"):
        for row in page["Roles"]:
            name = row["RoleName"]
            if not name.startswith(_PREFIX) or not _may_be(name, wanted):
                continue
            try:
                said = aws.ask("iam", HOME, "get_role", RoleName=name)["Role"]
            except GoneError:
                continue
            tags = {one["Key"]: one["Value"] for one in said.get("Tags") or []}
            if wanted.fits(tags):
                yield Thing(
                    ROLE,
                    name,
                    name,
                    "global",
                    {key: tags[key] for key in TAGS if key in tags},
                    _STAGES[ROLE],
                    console=f"https://console.aws.amazon.com/iam/home#/roles/details/{name}",
                    command=f"aws iam delete-role-policy --role-name {name} --policy-name end; "
                    f"aws iam delete-role --role-name {name}",
                )


def delete(aws: Asks, thing: Thing) -> None:
    """A role goes after its policies."""
    if thing.kind == SCHEDULE:
        words = {"GroupName": _GROUP, "Name": thing.name}
        aws.ask("scheduler", thing.place, "delete_schedule", **words)
        return
    policies = [
        name
        for page in aws.pages("iam", HOME, "list_role_policies", RoleName=thing.name)
        for name in page["PolicyNames"]
    ]
    for name in policies:
        aws.ask("iam", HOME, "delete_role_policy", RoleName=thing.name, PolicyName=name)
    aws.ask("iam", HOME, "delete_role", RoleName=thing.name)


def _may_be(name: str, wanted: Wanted) -> bool:
    """Spares a question for each of the others."""
    return not wanted.lab or name.endswith(f"-{wanted.lab}")


def _ordered(name: str, order: str) -> Mapping[str, str]:
    """Of whose lab a schedule of ours ends the machines; nothing of somebody else's."""
    try:
        (target,) = json.loads(order)["Targets"]
        (lab,) = target["Values"]
    except (ValueError, KeyError, TypeError):
        return {}
    owner = name.removeprefix(_PREFIX).removesuffix(f"-{lab}")
    is_ours = target.get("Key") == f"tag:{LAB}" and name == f"{_PREFIX}{owner}-{lab}"
    return {LAB: str(lab), OWNER: owner} if is_ours else {}
