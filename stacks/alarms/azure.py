"""The alarm of a lab on Azure: a second Logic App, which looks each hour, and a metric alert on it.

It asks for what the guard is for, not for the guard's own failed runs: whether the guard is enabled
and has its right, and, an hour after the deadline, whether the lab's group is still there. Of the
guard itself each run is refused once the group is gone; and a guard that was deleted fails at
nothing. A look that finds something amiss ends as failed, which the alert counts. Its identity is a
Reader of the two groups, and is not the guard's.
"""

from typing import Any

import pulumi
from pulumi_azure_native import authorization, logic, managedidentity, monitor, resources

from stacks.azure_logic import asked, assigned, definition
from stacks.guarding import HOUR, read_back, utc
from stacks.making import Making

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
EVERYWHERE = "Global"
"""Where Azure keeps what watches."""
CRITERIA = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"
"""Azure's word for: some metrics of one thing."""
AMISS = monitor.MetricCriteriaArgs(
    criterion_type="StaticThresholdCriterion",
    name="amiss",
    metric_namespace="Microsoft.Logic/workflows",
    metric_name="RunsFailed",
    operator="GreaterThan",
    threshold=0,
    time_aggregation="Total",
)


def make(
    making: Making,
    lab: resources.ResourceGroup,
    group: resources.ResourceGroup,
    right: authorization.RoleAssignment,
    guard: logic.Workflow,
) -> list[pulumi.Resource]:
    """All in the guard's own group, and gone with it; what machines wait for is the alert."""
    place = {"resource_group_name": group.name, "tags": making.tags}
    mine = pulumi.ResourceOptions(deleted_with=group)
    who = managedidentity.UserAssignedIdentity(
        "alarm", resource_name_="alarm", location=group.location, **place, opts=mine
    )
    rights = [
        assigned(f"alarm {name}", over, who, READER)
        for name, over in (("lab", lab), ("guard", group))
    ]
    app = logic.Workflow(
        "alarm",
        workflow_name="alarm",
        state="Enabled",
        location=group.location,
        identity={"type": "UserAssigned", "user_assigned_identities": [who.id]},
        definition=pulumi.Output.all(lab.id, guard.id, right.id, who.id).apply(
            lambda found: _definition(making, *found)
        ),
        **place,
        opts=pulumi.ResourceOptions.merge(mine, pulumi.ResourceOptions(depends_on=rights)),
    )
    person = monitor.ActionGroup(
        "alarm",
        action_group_name="alarm",
        group_short_name="dockyard",
        enabled=True,
        location=EVERYWHERE,
        email_receivers=[
            {
                "name": "alarm",
                # a person's address: readable in the description alone, not in the state
                "email_address": pulumi.Output.secret(making.lab.alarm),
                "use_common_alert_schema": True,
            }
        ],
        **place,
        opts=mine,
    )
    alert = monitor.MetricAlert(
        "alarm",
        rule_name="alarm",
        description=_message(making),
        enabled=True,
        severity=1,
        location=EVERYWHERE,
        scopes=[app.id],
        evaluation_frequency="PT15M",
        # longer than from one look to the next: what stays amiss is told once
        window_size="PT6H",
        # of several kinds of criteria: the SDK translates no mapping here
        criteria=monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
            odata_type=CRITERIA, all_of=[AMISS]
        ),
        actions=[{"action_group_id": person.id}],
        **place,
        opts=mine,
    )
    return [read_back(logic.Workflow, app), read_back(monitor.MetricAlert, alert)]


def _definition(making: Making, lab: str, guard: str, right: str, identity: str) -> dict[str, Any]:
    """In Logic Apps' own language: three looks, whatever they bring, and then one judgement."""
    versions = {"lab": "2021-04-01", "guard": "2016-06-01", "right": "2022-04-01"}
    ids = {"lab": lab, "guard": guard, "right": right}
    actions: dict[str, Any] = {}
    after: dict[str, list[str]] = {}
    for name, id_ in ids.items():
        ask = asked("GET", id_, versions[name], identity)
        actions[name] = {"type": "Http", "inputs": ask, "runAfter": after}
        after = {name: ["Succeeded", "Failed", "TimedOut"]}
    actions["judge"] = {
        "type": "If",
        "expression": _amiss(utc(making.expires + HOUR)),
        "actions": {"amiss": _ends("Failed")},
        "else": {"actions": {"good": _ends("Succeeded")}},
        "runAfter": after,
    }
    # an hour after the lab: a role that was just assigned is not known everywhere
    return definition({"look": utc(making.made + HOUR)}, actions)


def _ends(status: str) -> dict[str, Any]:
    more = {"runError": {"code": "NothingEndsIt"}} if status == "Failed" else {}
    return {"type": "Terminate", "inputs": {"runStatus": status, **more}, "runAfter": {}}


def _amiss(late: str) -> dict[str, Any]:
    """The lab is there though its time is over; or is not being deleted, and nothing would end it.

    A group that is gone, and the role in it with it, answers that one may not look at it.
    """
    is_late = {"greater": ["@ticks(utcNow())", f"@ticks('{late}')"]}
    is_going = {"equals": ["@body('lab')?['properties']?['provisioningState']", "Deleting"]}
    is_armed = {
        "and": [
            {"equals": ["@body('guard')?['properties']?['state']", "Enabled"]},
            {"equals": ["@outputs('right')?['statusCode']", 200]},
        ]
    }
    return {
        "and": [
            {"equals": ["@outputs('lab')?['statusCode']", 200]},
            {"or": [is_late, {"and": [{"not": is_going}, {"not": is_armed}]}]},
        ]
    }


def _message(making: Making) -> str:
    """What a person reads, who may not be the one who made it."""
    lab = making.lab.name
    return (
        f"The lab {making.prefix} is there after its time is over, or what would end it is not as "
        f"it was made. It costs money until it is deleted. Type: dockyard down "
        f"{pulumi.get_stack()}; without its state: dockyard sweep --cloud azure --lab {lab} --yes; "
        f"or delete the resource group dockyard-{making.prefix} in the portal."
    )
