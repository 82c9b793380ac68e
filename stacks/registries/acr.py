"""The registry of the class: Azure Container Registry, without a user of its own."""

import hashlib

import pulumi
from pulumi_azure_native import authorization, containerregistry

from dockyard.spec import Registry
from stacks.azure_group import resource_group
from stacks.making import Making


def make(making: Making) -> dict[str, pulumi.Input[str]]:
    """Its ARM id, its name, and the host name that images are named with."""
    group = resource_group(making)
    registry = containerregistry.Registry(
        "registry",
        registry_name=authorization.get_client_config_output().apply(
            lambda client: name(making.prefix, client.subscription_id)
        ),
        resource_group_name=group.name,
        location=group.location,
        sku={"name": (making.lab.registry or Registry()).sku.capitalize()},
        admin_user_enabled=False,
        tags=making.tags,
        opts=pulumi.ResourceOptions(
            deleted_with=group, delete_before_replace=True, depends_on=making.guards
        ),
    )
    return {"id": registry.id, "name": registry.name, "server": registry.login_server}


def name(prefix: str, subscription: str) -> str:
    """Letters and digits only, at most 50, and unique in the world: hence the hash."""
    plain = prefix.replace("-", "")
    return plain[:40] + hashlib.sha256(f"{prefix} {subscription}".encode()).hexdigest()[:8]
