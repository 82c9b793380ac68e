"""The guard of a lab on Google Cloud: a job in the project, which ends its machines by label.

Each machine carries the latest end itself (`terminationTime`), which nobody can take away, and
which can't be moved while it runs. The deadline that can is the job's: every ten minutes it hands
it to a workflow, which does nothing before it, and then deletes each instance that carries the
lab's labels. Its account may delete instances whose name begins with the lab's, and no others.
"""

import base64
import hashlib
import json
from typing import Any

import pulumi
from pulumi_gcp import cloudscheduler, projects, serviceaccount, workflows

from dockyard.clouds.gcp import GUARDS, GUARDS_ELSEWHERE
from stacks.alarms import gcp as alarms
from stacks.gcp_provider import provider
from stacks.guarding import read_back
from stacks.making import Making

PERMISSIONS = [
    "compute.instances.delete",
    "compute.instances.get",
    "compute.instances.list",
    "compute.zoneOperations.get",
    "workflows.executions.create",
]
EXECUTIONS = "https://workflowexecutions.googleapis.com/v1"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def make(making: Making) -> list[pulumi.Resource]:
    """The job, changed in place when the deadline moves."""
    project = provider(making).project.apply(lambda found: found or "")
    mine = pulumi.ResourceOptions(provider=provider(making))
    named = {"name": f"dockyard-{making.prefix}", "opts": mine}
    region = GUARDS.get(making.region.partition("-")[0], GUARDS_ELSEWHERE)
    # an account's name has 30 letters at most
    short = hashlib.sha256(making.prefix.encode()).hexdigest()[:16]
    who = serviceaccount.Account(
        "guard",
        account_id=f"dockyard-{short}",
        display_name=f"ends the machines of the lab {making.prefix}",
        description=making.whose,
        opts=mine,
    )
    role = projects.IAMCustomRole(
        "guard",
        role_id=f"dockyard_{making.prefix}".replace("-", "_"),
        title=f"ends the machines of the lab {making.prefix}",
        description=making.whose,
        permissions=PERMISSIONS,
        opts=mine,
    )
    right = projects.IAMMember(
        "guard",
        project=project,
        role=role.name,
        member=who.member,
        condition={"title": "the lab's alone", "expression": _own(making)},
        opts=mine,
    )
    flow = workflows.Workflow(
        "guard",
        region=region,
        service_account=who.email,
        source_contents=project.apply(lambda found: json.dumps(_flow(making, found), indent=1)),
        labels=making.identity,
        deletion_protection=False,
        **named,
    )
    order = json.dumps({"argument": json.dumps({"expires": making.expires})})
    job = cloudscheduler.Job(
        "guard",
        region=region,
        description=making.whose,
        schedule="*/10 * * * *",
        time_zone="Etc/UTC",
        http_target={
            "uri": flow.id.apply(lambda id_: f"{EXECUTIONS}/{id_}/executions"),
            "http_method": "POST",
            "headers": {"Content-Type": "application/json"},
            "body": base64.b64encode(order.encode()).decode(),
            "oauth_token": {"service_account_email": who.email, "scope": SCOPE},
        },
        retry_config={"retry_count": 3},
        **named,
    )
    alarm = alarms.make(making, flow, job) if making.lab.alarm else []
    return [read_back(cloudscheduler.Job, job, right, provider=provider(making)), *alarm]


def _own(making: Making) -> str:
    """In IAM's language: of all instances those alone whose name is the lab's."""
    part = f'resource.name.extract("/instances/{{name}}").startsWith("{making.prefix}-seat")'
    return f'resource.type != "compute.googleapis.com/Instance" || {part}'


def _flow(making: Making, project: str) -> dict[str, Any]:
    """In the language of Workflows."""
    tags = " AND ".join(f"labels.{key}={value}" for key, value in making.identity.items())
    zone = '${text.split(place, "/")[1]}'
    which = {"project": project, "zone": zone, "instance": "${one.name}"}
    end = [{"end": {"call": "googleapis.compute.v1.instances.delete", "args": which}}]
    here = '"instances" in found.items[place]'
    in_place = [
        {"some": {"switch": [{"condition": f"${{not({here})}}", "next": "continue"}]}},
        {
            "each": {
                "parallel": {
                    "for": {
                        "value": "one",
                        "in": "${found.items[place].instances}",
                        "steps": end,
                    }
                }
            }
        },
    ]
    early = {"condition": "${sys.now() < order.expires}", "return": "not yet"}
    look = {"project": project, "filter": tags}
    steps = [
        {"early": {"switch": [early]}},
        {
            "look": {
                "call": "googleapis.compute.v1.instances.aggregatedList",
                "args": look,
                "result": "found",
            }
        },
        {"all": {"for": {"value": "place", "in": "${keys(found.items)}", "steps": in_place}}},
    ]
    return {"main": {"params": ["order"], "steps": steps}}
