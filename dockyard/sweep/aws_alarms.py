"""What tells that a guard on AWS failed: a topic, who hears of it, a state machine that looks.

Topic and state machine carry the lab's tags, which no list of theirs tells. Who hears of a topic
goes with it, and is never listed: a person's address is needed nowhere here. The schedule that
starts it all, and the role, are among the guards.
"""

from collections.abc import Iterator, Mapping

from dockyard.clouds.aws import ALARM
from dockyard.sweep.aws_asking import Asking
from dockyard.sweep.aws_guards import PREFIX, may_be
from dockyard.sweep.things import TAGS, GoneError, Thing, Wanted

TOPIC, MACHINE = "topic", "state machine"
KINDS = frozenset([TOPIC, MACHINE])
_MACHINE, _TOPIC = 8, 9
_PENDING = "PendingConfirmation"


def topics(aws: Asking, region: str, wanted: Wanted) -> Iterator[Thing]:
    """Those with the lab's tags."""
    for page in aws.pages("sns", region, "list_topics"):
        for arn in (row["TopicArn"] for row in page["Topics"]):
            name = arn.rpartition(":")[2]
            if not _may_be(name, wanted):
                continue
            try:
                said = aws.ask("sns", region, "list_tags_for_resource", ResourceArn=arn)
            except GoneError:
                continue
            tags = {one["Key"]: one["Value"] for one in said["Tags"]}
            if wanted.fits(tags):
                yield Thing(
                    TOPIC,
                    arn,
                    name,
                    region,
                    _ours(tags),
                    _TOPIC,
                    console=f"https://{region}.console.aws.amazon.com/sns/v3/home?region={region}"
                    f"#/topic/{arn}",
                    command=f"aws sns delete-topic --topic-arn {arn} --region {region}",
                )


def machines(aws: Asking, region: str, wanted: Wanted) -> Iterator[Thing]:
    """Those with the lab's tags; one goes when what it runs has ended."""
    for page in aws.pages("stepfunctions", region, "list_state_machines"):
        for row in page["stateMachines"]:
            arn, name = row["stateMachineArn"], row["name"]
            if not _may_be(name, wanted):
                continue
            try:
                said = aws.ask("stepfunctions", region, "list_tags_for_resource", resourceArn=arn)
                state = aws.ask(
                    "stepfunctions", region, "describe_state_machine", stateMachineArn=arn
                )
            except GoneError:
                continue
            tags = {one["key"]: one["value"] for one in said["tags"]}
            if wanted.fits(tags):
                yield Thing(
                    MACHINE,
                    arn,
                    name,
                    region,
                    _ours(tags),
                    _MACHINE,
                    going=state["status"] == "DELETING",
                    console=f"https://{region}.console.aws.amazon.com/states/home?region={region}"
                    f"#/statemachines/view/{arn}",
                    command="aws stepfunctions delete-state-machine --state-machine-arn "
                    f"{arn} --region {region}",
                )


def delete(aws: Asking, thing: Thing) -> None:
    """A topic goes with who hears of it."""
    if thing.kind == TOPIC:
        aws.ask("sns", thing.place, "delete_topic", TopicArn=thing.id)
    else:
        words = {"stateMachineArn": thing.id}
        aws.ask("stepfunctions", thing.place, "delete_state_machine", **words)


def unconfirmed(aws: Asking, wanted: Wanted, region: str) -> bool:
    """Whether somebody is to hear of a lab's topic, and has not confirmed it yet."""
    name = f"{PREFIX}{wanted.owner}-{wanted.lab}{ALARM}"
    arn = f"arn:aws:sns:{region}:{aws.account.id}:{name}"
    try:
        return _PENDING in _heard(aws, arn)
    except GoneError:
        return False


def heard_by(aws: Asking, topic: str) -> str:
    """The one who hears of a topic, by AWS's own id; empty: nobody, or nobody yet."""
    try:
        found = [one for one in _heard(aws, topic) if one != _PENDING]
    except GoneError:
        return ""
    return found[0] if found else ""


def _heard(aws: Asking, topic: str) -> list[str]:
    region = topic.split(":")[3]
    return [
        str(one["SubscriptionArn"])
        for page in aws.pages("sns", region, "list_subscriptions_by_topic", TopicArn=topic)
        for one in page["Subscriptions"]
    ]


def _may_be(name: str, wanted: Wanted) -> bool:
    return name.endswith(ALARM) and may_be(name, wanted)


def _ours(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: tags[key] for key in TAGS if key in tags}
