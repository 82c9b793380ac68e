"""The resource group that holds all of a lab on Azure: deleting it deletes the lab."""

from functools import cache

from pulumi_azure_native import resources

from stacks.making import Making


@cache
def resource_group(making: Making) -> resources.ResourceGroup:
    """The lab's own group, made once and never one that was there before."""
    return resources.ResourceGroup(
        "lab",
        resource_group_name=f"dockyard-{making.prefix}",
        location=making.region,
        tags=making.tags,
    )
