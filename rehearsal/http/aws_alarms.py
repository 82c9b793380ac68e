"""Topics (SNS) and state machines (Step Functions), as who looks for what tells of guards asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import alarms
from rehearsal.faults import Refused
from rehearsal.http.aws_views import tags
from rehearsal.http.manners import Desk, is_going, unknown

if TYPE_CHECKING:
    from rehearsal.inventory import Record

_FILE = "rehearsal/http/aws_alarms.py"
_MOST = 100
Handler = Callable[[Desk, Mapping[str, Any], str], dict[str, Any]]


def sns(desk: Desk, name: str, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    """One call of SNS."""
    _refuse(desk, f"sns:{name}", "AuthorizationError", name in _SNS)
    return _taken(_SNS[name], asked)(desk, asked, region)


def states(desk: Desk, name: str, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    """One call of Step Functions."""
    desk.called(name, region)
    _refuse(desk, f"states:{name}", "AccessDeniedException", name in _STATES)
    return _taken(_STATES[name], asked)(desk, asked, region)


def _refuse(desk: Desk, action: str, denied: str, known: bool) -> None:  # noqa: FBT001
    """Each service has its own word for what one may not."""
    if action in desk.setting("denied"):
        raise Refused(denied, f"not authorized to perform: {action}")
    if not known:
        raise Refused("InvalidAction", unknown([f"the call {action}"], _FILE))


def _taken(call: tuple[str, Handler], asked: Mapping[str, Any]) -> Handler:
    takes, handler = call
    if strange := asked.keys() - {*takes.split()}:
        raise Refused("InvalidParameter", unknown(strange, _FILE))
    return handler


def _here(desk: Desk, kind: str, region: str) -> list[Record]:
    return [one for one in desk.seen(kind) if one.scope == region]


def _one(desk: Desk, kind: str, arn: str, region: str) -> Record:
    found = desk.inventory.get(kind, arn, region)
    if found is None:
        raise Refused.said(desk.cloud.by_token[kind].missing.format(value=arn))
    return found


# --- topics -------------------------------------------------------------------------------------


def _topics(desk: Desk, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    found = [{"TopicArn": one.id} for one in _here(desk, alarms.TOPIC, region)]
    page, token = desk.page(found, asked.get("NextToken") or "", _MOST)
    return {"Topics": list(page), **({"NextToken": token} if token else {})}


def _topic_tags(desk: Desk, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    return {"Tags": tags(_one(desk, alarms.TOPIC, asked["ResourceArn"], region).tags)}


def _people(desk: Desk, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Whoever has not confirmed has a word in place of an ARN."""
    topic = _one(desk, alarms.TOPIC, asked["TopicArn"], region)
    found = [
        {
            "SubscriptionArn": "PendingConfirmation" if one.outputs[alarms.PENDING] else one.id,
            "Protocol": one.inputs["protocol"],
            "Endpoint": one.inputs["endpoint"],
            "TopicArn": topic.id,
            "Owner": one.outputs["ownerId"],
        }
        for one in _here(desk, alarms.PERSON, region)
        if one.inputs["topic"] == topic.id
    ]
    page, token = desk.page(found, asked.get("NextToken") or "", _MOST)
    return {"Subscriptions": list(page), **({"NextToken": token} if token else {})}


def _delete_topic(desk: Desk, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    """One that is gone is gone."""
    found = desk.inventory.get(alarms.TOPIC, asked["TopicArn"], region)
    if found:
        desk.delete(found)
    return {}


_SNS = {
    "ListTopics": ("NextToken", _topics),
    "ListTagsForResource": ("ResourceArn", _topic_tags),
    "ListSubscriptionsByTopic": ("TopicArn NextToken", _people),
    "DeleteTopic": ("TopicArn", _delete_topic),
}


# --- state machines -----------------------------------------------------------------------------


def _machines(desk: Desk, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    found = [
        {
            "stateMachineArn": one.id,
            "name": one.inputs["name"],
            "type": one.inputs["type"],
            "creationDate": 0,
        }
        for one in _here(desk, alarms.MACHINE, region)
    ]
    most = int(asked.get("maxResults") or _MOST)
    page, token = desk.page(found, asked.get("nextToken") or "", most)
    return {"stateMachines": list(page), **({"nextToken": token} if token else {})}


def _machine(desk: Desk, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    one = _one(desk, alarms.MACHINE, asked["stateMachineArn"], region)
    return {
        "stateMachineArn": one.id,
        "name": one.inputs["name"],
        "status": "DELETING" if is_going(one) else "ACTIVE",
        "definition": one.inputs["definition"],
        "roleArn": one.inputs["roleArn"],
        "type": one.inputs["type"],
        "creationDate": 0,
    }


def _machine_tags(desk: Desk, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    """In small letters, as Step Functions alone writes them."""
    own = _one(desk, alarms.MACHINE, asked["resourceArn"], region).tags
    return {"tags": [{"key": key, "value": value} for key, value in own.items()]}


def _delete_machine(desk: Desk, asked: Mapping[str, Any], region: str) -> dict[str, Any]:
    """It is being deleted for a while; one that is gone is gone."""
    found = desk.inventory.get(alarms.MACHINE, asked["stateMachineArn"], region)
    if found:
        desk.delete(found)
    return {}


_STATES = {
    "ListStateMachines": ("maxResults nextToken", _machines),
    "DescribeStateMachine": ("stateMachineArn", _machine),
    "ListTagsForResource": ("resourceArn", _machine_tags),
    "DeleteStateMachine": ("stateMachineArn", _delete_machine),
}
