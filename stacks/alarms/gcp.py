"""The alarm of a lab on Google Cloud: mail when the workflow has not ended well for an hour.

A job that was paused or deleted, a right that was taken away, a machine that could not be deleted
all come to that: it ends well each ten minutes, before the deadline and after it.
"""

import pulumi
from pulumi_gcp import cloudscheduler, monitoring, workflows

from stacks.gcp_provider import provider
from stacks.guarding import read_back
from stacks.making import Making


def make(
    making: Making, flow: workflows.Workflow, job: cloudscheduler.Job
) -> list[pulumi.Resource]:
    """A policy that misses the workflow's good ends, and the address that it writes to."""
    mine = pulumi.ResourceOptions(provider=provider(making))
    named = {"display_name": f"dockyard-{making.prefix}", "user_labels": making.identity}
    # a person's address: readable in the description alone, not in the state
    address = {"email_address": pulumi.Output.secret(making.lab.alarm)}
    person = monitoring.NotificationChannel(
        "alarm", type="email", labels=address, opts=mine, **named
    )
    runs = flow.name.apply(
        lambda name: (
            'resource.type = "workflows.googleapis.com/Workflow" AND '
            f'resource.labels.workflow_id = "{name}" AND '
            'metric.type = "workflows.googleapis.com/finished_execution_count" AND '
            'metric.labels.status = "SUCCEEDED"'
        )
    )
    # all revisions of the workflow are one
    counted = {
        "alignment_period": "600s",
        "per_series_aligner": "ALIGN_SUM",
        "cross_series_reducer": "REDUCE_SUM",
    }
    policy = monitoring.AlertPolicy(
        "alarm",
        combiner="OR",
        conditions=[
            {
                "display_name": f"nothing would end the lab {making.prefix}",
                "condition_absent": {
                    "filter": runs,
                    "duration": "3600s",
                    "aggregations": [counted],
                },
            }
        ],
        notification_channels=[person.id],
        documentation={
            "content": f"What ends the lab {making.prefix} has not run well for an hour. Look at "
            "the workflow's executions; take the lab down (dockyard down) or delete its machines.",
            "mime_type": "text/markdown",
        },
        opts=pulumi.ResourceOptions.merge(mine, pulumi.ResourceOptions(depends_on=[job])),
        **named,
    )
    return [read_back(monitoring.AlertPolicy, policy, provider=provider(making))]
