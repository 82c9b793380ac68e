"""The guard of a lab on Azure: a Logic App in a group of its own, which deletes the lab's group.

From the deadline on, each hour, it sends one DELETE; Azure then deletes all that is in the group
in its own order, machines, cluster and registry alike. Its identity may act on the lab's group
alone, and no machine has an identity. Below it lies a floor, machine by machine: a daily
shutdown that stops paying for what a lock or a lost right kept from being deleted.
"""

from typing import Any

import pulumi
from pulumi_azure_native import authorization, devtestlab, logic, managedidentity, resources

from dockyard import deadline
from stacks.alarms import azure as alarms
from stacks.azure_group import resource_group
from stacks.azure_logic import asked, assigned, definition
from stacks.guarding import read_back, utc
from stacks.making import Making

CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
"""The built-in role, the narrowest that may delete a resource group; over this one group."""


def make(making: Making) -> list[pulumi.Resource]:
    """The Logic App, changed in place when the deadline moves."""
    lab = resource_group(making)
    group = resources.ResourceGroup(
        "guard",
        resource_group_name=f"dockyard-{making.prefix}-guard",
        location=making.region,
        tags=making.tags,
    )
    place = {"resource_group_name": group.name, "location": group.location, "tags": making.tags}
    mine = pulumi.ResourceOptions(deleted_with=group)
    who = managedidentity.UserAssignedIdentity("guard", resource_name_="guard", **place, opts=mine)
    right = assigned("guard", lab, who, CONTRIBUTOR)
    app = logic.Workflow(
        "guard",
        workflow_name="guard",
        state="Enabled",
        identity={"type": "UserAssigned", "user_assigned_identities": [who.id]},
        definition=pulumi.Output.all(lab.id, who.id).apply(
            lambda both: definition(
                {"deadline": utc(making.expires)},
                {
                    "end": {
                        "type": "Http",
                        "inputs": asked("DELETE", both[0], "2021-04-01", both[1]),
                        "runAfter": {},
                    }
                },
            )
        ),
        **place,
        opts=mine,
    )
    alarm = alarms.make(making, lab, group, right, app) if making.lab.alarm else []
    return [
        read_back(authorization.RoleAssignment, right),
        read_back(logic.Workflow, app, right),
        *alarm,
    ]


def floor(making: Making, host: str, machine: Any, options: pulumi.ResourceOptions) -> None:
    """A machine's daily shutdown, at the hour of the latest end.

    Only of a lab that is gone within a day: Azure knows no shutdown but a daily one, and the
    machines of a longer course would be found stopped in the morning.
    """
    if making.latest - making.made > deadline.DAY:
        return
    devtestlab.GlobalSchedule(
        f"{host} floor",
        name=f"shutdown-computevm-{host}",  # Azure takes no other name
        resource_group_name=resource_group(making).name,
        location=resource_group(making).location,
        task_type="ComputeVmShutdownTask",
        status="Enabled",
        daily_recurrence={"time": f"{utc(making.latest)[11:13]}{utc(making.latest)[14:16]}"},
        time_zone_id="UTC",
        notification_settings={"status": "Disabled"},
        target_resource_id=machine.id,
        tags=making.tags,
        opts=options,
    )
