"""What ends a lab on AWS by itself: a schedule in its region, and the role that it takes.

Neither lies in a network. The role carries the lab's tags; a schedule takes none: its order names
the lab, and its own name the owner. They go last, after all that they guard; what would tell that
they are gone is stopped before (aws_alarms.py has the rest of it).
"""

import json
from collections.abc import Iterator, Mapping

from dockyard.clouds.aws import ALARM
from dockyard.sweep.aws_asking import HOME, Asking
from dockyard.sweep.things import LAB, OWNER, TAGS, GoneError, Thing, Wanted

SCHEDULE, ROLE = "schedule", "role"
KINDS = frozenset([SCHEDULE, ROLE])
PREFIX = "dockyard-"
_GROUP = "default"
_STOPS, _GUARD, _ROLE = 6, 7, 9
"""The order of deleting: first what would tell, then what ends machines, then their roles."""


def schedules(aws: Asking, region: str, wanted: Wanted) -> Iterator[Thing]:
    """Those of a region whose order is for such a lab."""
    for page in aws.pages("scheduler", region, "list_schedules", NamePrefix=PREFIX):
        for row in page["Schedules"]:
            name = row["Name"]
            if row["GroupName"] != _GROUP or not may_be(name, wanted):
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
                    _STOPS if name.endswith(ALARM) else _GUARD,
                    console=f"https://{region}.console.aws.amazon.com/scheduler/home?region="
                    f"{region}#schedules/{_GROUP}/{name}",
                    command=f"aws scheduler delete-schedule --name {name} --region {region}",
                )


def roles(aws: Asking, wanted: Wanted) -> Iterator[Thing]:
    """Those with the lab's tags, which a list of roles does not tell."""
    for page in aws.pages("iam", HOME, "list_roles"):
        for row in page["Roles"]:
            name = row["RoleName"]
            if not may_be(name, wanted):
                continue
            try:
                said = aws.ask("iam", HOME, "get_role", RoleName=name)["Role"]
            except GoneError:
                continue
            tags = {one["Key"]: one["Value"] for one in said.get("Tags") or []}
            if wanted.fits(tags):
                own = "look" if name.endswith(ALARM) else "end"
                yield Thing(
                    ROLE,
                    name,
                    name,
                    "global",
                    {key: tags[key] for key in TAGS if key in tags},
                    _ROLE,
                    console=f"https://console.aws.amazon.com/iam/home#/roles/details/{name}",
                    command=f"aws iam delete-role-policy --role-name {name} --policy-name {own}; "
                    f"aws iam delete-role --role-name {name}",
                )


def delete(aws: Asking, thing: Thing) -> None:
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


def may_be(name: str, wanted: Wanted) -> bool:
    """Spares a question for each of the others."""
    own = name.removesuffix(ALARM)
    return own.startswith(PREFIX) and (not wanted.lab or own.endswith(f"-{wanted.lab}"))


def _ordered(name: str, order: str) -> Mapping[str, str]:
    """Of whose lab a schedule of ours ends the machines, or tells; nothing of somebody else's."""
    try:
        said = json.loads(order)
        if name.endswith(ALARM):
            tags = {LAB: str(said[LAB]), OWNER: str(said[OWNER])}
        else:
            (target,) = said["Targets"]
            (lab,) = target["Values"]
            owner = name.removeprefix(PREFIX).removesuffix(f"-{lab}")
            tags = {LAB: str(lab), OWNER: owner} if target["Key"] == f"tag:{LAB}" else {}
    except (ValueError, KeyError, TypeError):
        return {}
    whose = f"{PREFIX}{tags.get(OWNER)}-{tags.get(LAB)}"
    return tags if name.removesuffix(ALARM) == whose else {}
