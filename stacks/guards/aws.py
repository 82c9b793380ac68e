"""The guard of a lab on AWS: a schedule in the account, which ends its machines by their tag.

From the deadline on, each hour for a week, EventBridge Scheduler starts AWS's own runbook on
every instance that then carries the lab's tag; its role may end instances of this lab and owner
and do nothing else. A list of ids would fail whole for one machine that was replaced.
"""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from stacks.alarms import aws as alarms
from stacks.aws_provider import provider
from stacks.guarding import WEEK, aws_policy, aws_trust, read_back, utc
from stacks.making import Making

RUNBOOK = "AWS-TerminateEC2Instance"
SERVICES = ["scheduler.amazonaws.com", "ssm.amazonaws.com"]


def make(making: Making) -> list[pulumi.Resource]:
    """The schedule, moved in place when the deadline moves."""
    mine = pulumi.ResourceOptions(provider=provider(making))
    ask = pulumi.InvokeOptions(provider=provider(making))
    account = aws.get_caller_identity(opts=ask).account_id
    name = f"dockyard-{making.prefix}"
    role = aws.iam.Role(
        "guard",
        name=name,
        description=f"ends the machines of the lab {making.prefix}",
        assume_role_policy=aws_trust(SERVICES, account),
        tags=making.tags,
        opts=mine,
    )
    arn = f"arn:aws:iam::{account}:role/{name}"
    rights = aws.iam.RolePolicy(
        "guard",
        name="end",
        role=role.name,
        policy=aws_policy(*_rights(making, account, arn)),
        opts=mine,
    )
    schedule = aws.scheduler.Schedule(
        "guard",
        name=name,
        description=f"ends the machines of the lab {making.prefix} at its deadline",
        schedule_expression="rate(1 hour)",
        start_date=utc(making.expires),
        end_date=utc(making.expires + WEEK),
        flexible_time_window={"mode": "OFF"},
        target={
            "arn": "arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution",
            "role_arn": role.arn,
            "input": json.dumps(_order(making, arn), sort_keys=True),
            "retry_policy": {"maximum_retry_attempts": 20, "maximum_event_age_in_seconds": 3600},
        },
        opts=pulumi.ResourceOptions.merge(mine, pulumi.ResourceOptions(depends_on=[rights])),
    )
    alarm = alarms.make(making, account, schedule) if making.lab.alarm else []
    return [read_back(aws.scheduler.Schedule, schedule, provider=provider(making)), *alarm]


def _order(making: Making, role: str) -> dict[str, Any]:
    """What Systems Manager is asked: it looks for the tag when it is asked, not before."""
    return {
        "DocumentName": RUNBOOK,
        "Parameters": {"AutomationAssumeRole": [role]},
        "TargetParameterName": "InstanceId",
        "Targets": [{"Key": "tag:dockyard-lab", "Values": [making.lab.name]}],
        "MaxConcurrency": "50",
        "MaxErrors": "100%",
    }


def _rights(making: Making, account: str, role: str) -> list[dict[str, Any]]:
    """As narrow as the runbook lets them be; reading knows no narrower resource than all."""
    place = f"arn:aws:ssm:{making.region}"
    tags = {f"aws:ResourceTag/{key}": value for key, value in making.identity.items()}
    return [
        {
            "Effect": "Allow",
            "Action": "ec2:TerminateInstances",
            "Resource": f"arn:aws:ec2:{making.region}:{account}:instance/*",
            "Condition": {"StringEquals": tags},
        },
        {
            "Effect": "Allow",
            "Action": "ssm:StartAutomationExecution",
            "Resource": [
                f"{place}::automation-definition/{RUNBOOK}:*",
                f"{place}::document/{RUNBOOK}",
                f"{place}:{account}:automation-execution/*",
            ],
        },
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": role,
            "Condition": {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
        },
        {
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeInstances",
                "ec2:DescribeInstanceStatus",
                "ssm:GetAutomationExecution",
                "tag:GetResources",
            ],
            "Resource": "*",
        },
    ]
