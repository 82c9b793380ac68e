"""The alarm of a lab on AWS: a state machine that looks each hour, and writes to one address.

It asks for what the guard is for, not for the guard's own errors: whether schedule and right are
there as they were made, and, an hour after the deadline, whether a machine still is. A guard
that was deleted fails at nothing. Its role may only read, and is not the guard's: what takes the
guard's rights away leaves it its own.
"""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from dockyard.clouds.aws import ALARM
from stacks.aws_provider import provider
from stacks.guarding import HOUR, WEEK, aws_policy, aws_trust, read_back, utc
from stacks.making import Making

SERVICES = ["scheduler.amazonaws.com", "states.amazonaws.com"]
ALIVE = ["pending", "running", "stopping", "stopped"]
_A_FEW = 10
"""Machines that one look lists: what one state hands the next must stay below 256 kB."""


def make(making: Making, account: str, guard: aws.scheduler.Schedule) -> list[pulumi.Resource]:
    """The schedule that starts it, moved in place when the deadline moves."""
    mine = pulumi.ResourceOptions(provider=provider(making))
    name = f"dockyard-{making.prefix}{ALARM}"
    place = f"{making.region}:{account}"
    arns = {
        "topic": f"arn:aws:sns:{place}:{name}",
        "machine": f"arn:aws:states:{place}:stateMachine:{name}",
        "schedule": f"arn:aws:scheduler:{place}:schedule/default/dockyard-{making.prefix}",
        "role": f"arn:aws:iam::{account}:role/dockyard-{making.prefix}",
    }
    topic = aws.sns.Topic("alarm", name=name, tags=making.tags, opts=mine)
    person = aws.sns.TopicSubscription(
        "alarm",
        topic=topic.arn,
        protocol="email",
        # a person's address: readable in the description alone, not in the state
        endpoint=pulumi.Output.secret(making.lab.alarm),
        # as long as nobody confirmed it AWS deletes it with its topic, and not by itself
        opts=pulumi.ResourceOptions.merge(mine, pulumi.ResourceOptions(deleted_with=topic)),
    )
    role = aws.iam.Role(
        "alarm",
        name=name,
        description=f"looks whether the lab {making.prefix} is ended",
        assume_role_policy=aws_trust(SERVICES, account),
        tags=making.tags,
        opts=mine,
    )
    rights = aws.iam.RolePolicy(
        "alarm", name="look", role=role.name, policy=aws_policy(*_rights(arns)), opts=mine
    )
    machine = aws.sfn.StateMachine(
        "alarm",
        name=name,
        role_arn=role.arn,
        definition=json.dumps(_definition(making, arns["topic"]), sort_keys=True),
        tags=making.tags,
        # AWS looks at the rights when it is made
        opts=pulumi.ResourceOptions.merge(mine, pulumi.ResourceOptions(depends_on=[rights])),
    )
    schedule = aws.scheduler.Schedule(
        "alarm",
        name=name,
        description=f"looks whether the lab {making.prefix} is ended",
        schedule_expression="rate(1 hour)",
        end_date=utc(making.expires + WEEK),
        flexible_time_window={"mode": "OFF"},
        target={
            "arn": machine.arn,
            "role_arn": role.arn,
            "input": json.dumps(_order(making), sort_keys=True),
            "retry_policy": {"maximum_retry_attempts": 20, "maximum_event_age_in_seconds": 3600},
        },
        # it goes before the guard, whose end it would tell
        opts=pulumi.ResourceOptions.merge(mine, pulumi.ResourceOptions(depends_on=[guard, person])),
    )
    return [read_back(aws.scheduler.Schedule, schedule, provider=provider(making))]


def _order(making: Making) -> dict[str, str]:
    """What a look is handed, and the sweep reads: whose lab it is, and when it is over."""
    return {**making.identity, "late": utc(making.expires + HOUR)}


def _rights(arns: dict[str, str]) -> list[dict[str, Any]]:
    """To look, to be started, to write to one topic."""
    allowed = {
        "states:StartExecution": arns["machine"],
        "scheduler:GetSchedule": arns["schedule"],
        "iam:GetRolePolicy": arns["role"],
        "ec2:DescribeInstances": "*",
        "sns:Publish": arns["topic"],
    }
    return [
        {"Effect": "Allow", "Action": action, "Resource": arn} for action, arn in allowed.items()
    ]


def _definition(making: Making, topic: str) -> dict[str, Any]:
    """In Amazon's States Language. Whatever can't be looked at is told, too."""
    guard = f"dockyard-{making.prefix}"
    mine = [{"Name": f"tag:{key}", "Values": [value]} for key, value in making.identity.items()]
    there = [*mine, {"Name": "instance-state-name", "Values": ALIVE}]
    left = [
        {"Variable": "$.found.Reservations[0]", "IsPresent": True},
        {"Variable": "$.found.NextToken", "IsPresent": True},
    ]
    tell = {
        "TopicArn": topic,
        "Subject": f"The lab {making.prefix} does not end by itself",
        "Message": _message(making),
    }
    return {
        "StartAt": "schedule",
        "TimeoutSeconds": 1800,
        "States": {
            "schedule": _ask("scheduler:getSchedule", "armed", Name=guard, GroupName="default"),
            "armed": _choice("right", "tell", Variable="$.found.State", StringEquals="ENABLED"),
            "right": _ask("iam:getRolePolicy", "over", RoleName=guard, PolicyName="end"),
            "over": _choice(
                "good", "look", Variable="$$.Execution.StartTime", TimestampLessThanPath="$.late"
            ),
            "look": _ask("ec2:describeInstances", "left", Filters=there, MaxResults=_A_FEW),
            "left": _choice("tell", "good", Or=left),
            "tell": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish",
                "Parameters": tell,
                "Retry": [_AGAIN],
                "Next": "bad",
            },
            "good": {"Type": "Succeed"},
            "bad": {"Type": "Fail", "Error": "NothingEndsIt"},
        },
    }


_AGAIN = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 60,
    "MaxAttempts": 3,
    "BackoffRate": 1.5,
}
"""A right that was given a moment ago is not known everywhere yet."""


def _ask(call: str, then: str, **words: Any) -> dict[str, Any]:
    """One call of AWS, of which no answer is as bad as a bad one."""
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:{call}",
        "Parameters": words,
        "ResultPath": "$.found",
        "Retry": [_AGAIN],
        "Catch": [
            # the only error that all of them do not cover
            {"ErrorEquals": [name], "ResultPath": "$.found", "Next": "tell"}
            for name in ("States.DataLimitExceeded", "States.ALL")
        ],
        "Next": then,
    }


def _choice(then: str, otherwise: str, **rule: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": [{**rule, "Next": then}], "Default": otherwise}


def _message(making: Making) -> str:
    """What a person reads, who may not be the one who made it."""
    lab = making.lab.name
    return (
        f"Machines of the lab {making.prefix} in {making.region} are there after its time is over, "
        f"or what would end them is not as it was made. They cost money until they are deleted. "
        f"Type: dockyard down {pulumi.get_stack()}; without its state: dockyard sweep --cloud aws "
        f"--lab {lab} --yes; or terminate them in the EC2 console: they carry the tag "
        f"dockyard-lab={lab}. Once an hour until then, a week long."
    )
