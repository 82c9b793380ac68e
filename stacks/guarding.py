"""That a guard is there and says what it was told, read back from the cloud."""

from datetime import UTC, datetime
from typing import Any

import pulumi


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
