"""That a guard is there and says what it was told, read back from the cloud."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pulumi

HOUR, WEEK = 3600, 7 * 24 * 3600
"""After the deadline: what a guard may take until an alarm tells, and how long both go on."""


def utc(epoch: int) -> str:
    """As all clouds write an instant."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_back(kind: Any, made: Any, *before: Any, **options: Any) -> pulumi.Resource:
    """The resource as the cloud has it now, asked anew when it was made or changed.

    What depends on it is not made when the cloud does not know it, or something in `before`
    could not be made.
    """
    after = pulumi.ResourceOptions(depends_on=[made, *before], **options)
    name = f"{made.pulumi_resource_name} read back"
    found: pulumi.Resource = kind.get(name, made.id, opts=after)
    return found


def aws_policy(*statements: dict[str, Any]) -> str:
    """A policy, in IAM's own language."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)


def aws_trust(services: Sequence[str], account: str) -> str:
    """That these services may take a role, when this account asks them to."""
    return aws_policy(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": list(services)},
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
    )
