"""What Logic Apps of a lab have in common: once an hour they ask Azure something, as themselves."""

import uuid
from typing import Any

import pulumi
from pulumi_azure_native import authorization, managedidentity, resources

ARM = "https://management.azure.com"
SCHEMA = f"{ARM.replace('management', 'schema.management')}/providers/Microsoft.Logic/schemas"


def asked(method: str, id_: str, version: str, identity: str) -> dict[str, Any]:
    """One call of Azure Resource Manager, by an identity of the app's own."""
    return {
        "method": method,
        "uri": f"{ARM}{id_}?api-version={version}",
        "authentication": {
            "type": "ManagedServiceIdentity",
            "identity": identity,
            "audience": f"{ARM}/",
        },
    }


def definition(begins: dict[str, str], actions: dict[str, Any]) -> dict[str, Any]:
    """Hourly; `begins` names the trigger, and the first time."""
    return {
        "$schema": f"{SCHEMA}/2016-06-01/workflowdefinition.json#",
        "contentVersion": "1.0.0.0",
        "triggers": {
            name: {
                "type": "Recurrence",
                "recurrence": {"frequency": "Hour", "interval": 1, "startTime": first},
            }
            for name, first in begins.items()
        },
        "actions": actions,
    }


def assigned(
    name: str,
    over: resources.ResourceGroup,
    who: managedidentity.UserAssignedIdentity,
    role: str,
) -> authorization.RoleAssignment:
    """A built-in role of an identity over one group, gone with that."""
    return authorization.RoleAssignment(
        name,
        # always the same for one identity, so that a repeated create is found, not doubled
        role_assignment_name=pulumi.Output.all(over.id, who.principal_id).apply(
            lambda both: str(uuid.uuid5(uuid.NAMESPACE_URL, "|".join((*both, role))))
        ),
        scope=over.id,
        principal_id=who.principal_id,
        # without it Azure refuses an identity that was made a second ago
        principal_type="ServicePrincipal",
        role_definition_id=authorization.get_client_config_output().apply(
            lambda found: (
                f"/subscriptions/{found.subscription_id}/providers/"
                f"Microsoft.Authorization/roleDefinitions/{role}"
            )
        ),
        opts=pulumi.ResourceOptions(deleted_with=over),
    )
