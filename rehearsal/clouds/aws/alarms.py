"""Who is told when what ends a lab fails: a topic (SNS), who hears of it, and a state machine."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import roles
from rehearsal.clouds.aws.launch import INSTANCE
from rehearsal.clouds.aws.policies import allowed, trusts
from rehearsal.clouds.aws.states import Run, read
from rehearsal.faults import Refused
from rehearsal.kinds import Kind, Names, Outputs, Problem, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rehearsal.inventory import Inventory, Record
    from rehearsal.kinds import Inputs
    from rehearsal.scene import Scene

TOPIC = "aws:sns/topic:Topic"
PERSON = "aws:sns/topicSubscription:TopicSubscription"
MACHINE = "aws:sfn/stateMachine:StateMachine"
SCHEDULE = "aws:scheduler/schedule:Schedule"
"""Its kind is in guards.py, which starts what is here."""
MACHINE_ARN = re.compile(r"arn:aws:states:[a-z0-9-]+:\d{12}:stateMachine:[\w-]{1,80}")
MAILS = "mails"
"""an output of a topic: whom it has written to, one address a mail"""
PENDING = "pendingConfirmation"
_FILE = "rehearsal/clouds/aws/alarms.py"


# --- topics -------------------------------------------------------------------------------------


def _topic_arn(scene: Scene) -> str:
    return f"arn:aws:sns:{scene.scope}:{scene.setting('account')}:{scene.inputs['name']}"


def _make_topic(scene: Scene) -> Outputs:
    before = scene.old.outputs if scene.old else {}
    kept = {MAILS: before[MAILS]} if MAILS in before else {}
    return {"arn": scene.id, "owner": str(scene.setting("account")), **kept}


def _drop_people(scene: Scene) -> None:
    """A topic goes with all who hear of it."""
    for one in scene.others(PERSON):
        if one.inputs["topic"] == scene.id:
            scene.drop(one)


topic = Kind(
    TOPIC,
    id=_topic_arn,
    title="SNS Topic",
    calls={"create": "CreateTopic", "update": "SetTopicAttributes", "delete": "DeleteTopic"},
    takes="name displayName tags region",
    replaces="name region",
    names=Names(
        "name",
        re.compile(r"[A-Za-z0-9_-]{1,256}"),
        "InvalidParameter: Invalid parameter: Topic Name",
        taken="InvalidParameter: Invalid parameter: Tags Reason: Topic already exists with "
        "different tags",
        auto=lambda name, digits: f"{name}-{digits[:7]}",
    ),
    missing="NotFound: Topic does not exist",
    makes=_make_topic,
    changes=_make_topic,
    unmakes=_drop_people,
)


def _by_mail(inputs: Inputs) -> Iterator[Problem]:
    if inputs.get("protocol") != "email":
        yield "protocol", f"the stand-in knows email alone: add to {_FILE}"


def _make_person(scene: Scene) -> Outputs:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(scene.inputs["endpoint"])):
        raise Refused("InvalidParameter", "Invalid parameter: Email address")
    before = scene.inventory.get(PERSON, scene.id, scene.scope)
    return {
        "arn": scene.id,
        "ownerId": str(scene.setting("account")),
        # who is subscribed twice is so once
        PENDING: before.outputs[PENDING] if before else True,
        "confirmationWasAuthenticated": False,
    }


def confirm(inventory: Inventory) -> None:
    """Everybody who was written to opens the link in the mail."""
    for one in inventory.all(PERSON):
        inventory.put(replace(one, outputs={**one.outputs, PENDING: False}))


def _refuse_unheard(scene: Scene) -> None:
    """What nobody confirmed can't be taken back: it goes with its topic, or after two days."""
    if scene.existing.outputs[PENDING]:
        raise Refused(
            "InvalidParameter",
            "Invalid parameter: SubscriptionArn Reason: This subscription is not confirmed",
        )


person = Kind(
    PERSON,
    id=lambda scene: (
        f"{scene.inputs['topic']}:{uuid.uuid5(uuid.NAMESPACE_URL, scene.inputs['endpoint'])}"
    ),
    title="SNS Topic Subscription",
    calls={"create": "Subscribe", "delete": "Unsubscribe"},
    takes="topic protocol endpoint confirmationTimeoutInMinutes endpointAutoConfirms "
    "rawMessageDelivery region",
    defaults={
        "confirmationTimeoutInMinutes": 1,
        "endpointAutoConfirms": False,
        "rawMessageDelivery": False,
    },
    replaces="topic protocol endpoint region",
    refers={"topic": Ref(TOPIC, holds=False)},
    missing="NotFound: Subscription does not exist",
    checks=(_by_mail,),
    makes=_make_person,
    keeps=_refuse_unheard,
)


# --- state machines -----------------------------------------------------------------------------


def _machine_arn(scene: Scene) -> str:
    place = f"{scene.scope}:{scene.setting('account')}"
    return f"arn:aws:states:{place}:stateMachine:{scene.inputs['name']}"


def _make_machine(scene: Scene) -> Outputs:
    read(str(scene.inputs["definition"]), set(_CALLS))
    taker, account = roles.by_arn(scene, scene.inputs["roleArn"]), str(scene.setting("account"))
    if taker is None or not trusts(
        taker.inputs["assumeRolePolicy"], "states.amazonaws.com", account
    ):
        raise Refused(
            "AccessDeniedException",
            "Neither the global service principal states.amazonaws.com, nor the regional one is "
            "authorized to assume the provided role.",
        )
    before = scene.old.outputs if scene.old else {}
    now = scene.inventory.now().isoformat(timespec="seconds")
    return {
        "arn": scene.id,
        "creationDate": before.get("creationDate") or now,
        "status": "ACTIVE",
        "revisionId": str(uuid.uuid4()),
    }


def start(scene: Scene, arn: str, given: Mapping[str, Any]) -> None:
    """Runs one to its end, as the role that it was given."""
    found = scene.inventory.get(MACHINE, arn, scene.scope)
    if found is None:
        return
    rights = roles.taken(scene, found.inputs["roleArn"], "states.amazonaws.com")

    def call(resource: str, words: Mapping[str, Any]) -> dict[str, Any]:
        return _CALLS[resource](scene, rights, words)

    machine = read(str(found.inputs["definition"]), set(_CALLS))
    try:
        Run(machine, scene.inventory.now(), call).end(given)
    except Refused as refused:
        if not refused.code:  # the stand-in's own words
            raise


def _must(rights: list[str], action: str, arn: str) -> None:
    if not allowed(rights, action, arn):
        raise Refused("AccessDeniedException", f"not authorized to perform: {action} on {arn}")


def _schedule(scene: Scene, rights: list[str], words: Mapping[str, Any]) -> dict[str, Any]:
    name, place = words["Name"], f"{scene.scope}:{scene.setting('account')}"
    _must(rights, "scheduler:GetSchedule", f"arn:aws:scheduler:{place}:schedule/default/{name}")
    for one in scene.others(SCHEDULE):
        if one.inputs["name"] == name:
            return {"Name": name, "State": one.outputs["state"]}
    raise Refused("Scheduler.ResourceNotFoundException", f"Schedule {name} does not exist.")


def _role_policy(scene: Scene, rights: list[str], words: Mapping[str, Any]) -> dict[str, Any]:
    name, account = words["RoleName"], scene.setting("account")
    _must(rights, "iam:GetRolePolicy", f"arn:aws:iam::{account}:role/{name}")
    for one in scene.inventory.all(roles.POLICY):
        if (one.inputs["role"], one.inputs["name"]) == (name, words["PolicyName"]):
            return {"RoleName": name, "PolicyDocument": one.inputs["policy"]}
    raise Refused("Iam.NoSuchEntityException", f"The role policy of {name} cannot be found.")


def _instances(scene: Scene, rights: list[str], words: Mapping[str, Any]) -> dict[str, Any]:
    _must(rights, "ec2:DescribeInstances", "*")
    found = [
        {"Instances": [{"InstanceId": one.id}]}
        for one in scene.others(INSTANCE)
        if all(_fits(one, ask) for ask in words["Filters"])
    ]
    more = {"NextToken": "more"} if len(found) > words["MaxResults"] else {}
    return {"Reservations": found[: words["MaxResults"]], **more}


def _fits(record: Record, ask: Mapping[str, Any]) -> bool:
    name = str(ask["Name"])
    if name == "instance-state-name":
        return record.outputs["instanceState"] in ask["Values"]
    if not name.startswith("tag:"):
        raise Refused("", f"the stand-in doesn't know the filter {name}: add to {_FILE}")
    return record.tags.get(name.removeprefix("tag:")) in ask["Values"]


def _publish(scene: Scene, rights: list[str], words: Mapping[str, Any]) -> dict[str, Any]:
    """To all who have confirmed that they want to hear."""
    arn = words["TopicArn"]
    _must(rights, "sns:Publish", arn)
    found = scene.inventory.get(TOPIC, arn, scene.scope)
    if found is None:
        raise Refused("Sns.NotFoundException", "Topic does not exist")
    if not re.fullmatch(r"[\x20-\x7e]{1,99}", words["Subject"]):
        raise Refused("Sns.InvalidParameterException", "Invalid parameter: Subject")
    to = [
        one.inputs["endpoint"]
        for one in scene.others(PERSON)
        if one.inputs["topic"] == arn and not one.outputs[PENDING]
    ]
    mails = [*(found.outputs.get(MAILS) or []), *to]
    scene.inventory.put(replace(found, outputs={**found.outputs, MAILS: mails}))
    return {"MessageId": str(uuid.uuid4())}


_CALLS = {
    "arn:aws:states:::aws-sdk:scheduler:getSchedule": _schedule,
    "arn:aws:states:::aws-sdk:iam:getRolePolicy": _role_policy,
    "arn:aws:states:::aws-sdk:ec2:describeInstances": _instances,
    "arn:aws:states:::sns:publish": _publish,
}

machine = Kind(
    MACHINE,
    id=_machine_arn,
    title="SFN State Machine",
    calls={
        "create": "CreateStateMachine",
        "update": "UpdateStateMachine",
        "delete": "DeleteStateMachine",
    },
    takes="name definition roleArn type publish tags region",
    defaults={"type": "STANDARD", "publish": False},
    replaces="name type region",
    names=Names(
        "name",
        re.compile(r"[\w-]{1,80}"),
        "InvalidName: Invalid Name: '{value}'",
        taken="StateMachineAlreadyExists: State Machine Already Exists: '{id}'",
        auto=lambda name, digits: f"{name}-{digits[:7]}",
    ),
    missing="StateMachineDoesNotExist: State Machine Does Not Exist: '{value}'",
    makes=_make_machine,
    changes=_make_machine,
    seconds={"delete": 5},
)

KINDS = (topic, person, machine)
