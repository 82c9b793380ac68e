"""The one provider of a lab on Google Cloud: the project in which it was first made."""

from functools import cache

import pulumi
import pulumi_gcp as gcp

from stacks.making import Making


@cache
def provider(making: Making) -> gcp.Provider:
    """Made once; the project stays the lab's, whatever this shell is told later."""
    project = making.before.project or pulumi.Config("gcp").get("project")
    made = gcp.Provider("gcp", project=project)
    making.said["project"] = made.project
    return made
