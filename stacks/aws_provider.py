"""The one provider of a lab on AWS: the description's region, whatever this shell says."""

from functools import cache

import pulumi_aws as aws

from stacks.making import Making


@cache
def provider(making: Making) -> aws.Provider:
    """Made once for all that the lab has."""
    return aws.Provider("aws", region=making.region)
