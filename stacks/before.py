"""What the stack itself said at its last update: the only memory that the program has.

A deadline counted in hours, an image that a cloud moves on, an address that was let in: each
is decided once and then read back from here, so that an `up` an hour later changes nothing.
"""

from typing import Any

import pulumi


class Before:
    """The exported `lab` of the last update; every answer is empty before the first one."""

    def __init__(self) -> None:
        name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
        self.lab: pulumi.Output[dict[str, Any]] = (
            pulumi.StackReference(name).get_output("lab").apply(lambda found: found or {})
        )

    def made(self) -> pulumi.Output[float | None]:
        """When the lab was first made, in epoch seconds."""
        return self.lab.apply(lambda lab: lab.get("made"))

    def images(self, region: str) -> pulumi.Output[dict[str, str]]:
        """Each image that is named by meaning, as it was found in this region."""
        return self.lab.apply(
            lambda lab: lab.get("images", {}) if lab.get("region") == region else {}
        )

    def allowed(self) -> pulumi.Output[list[str]]:
        """Who was let in beyond the description."""
        return self.lab.apply(lambda lab: lab.get("allowed", []))

    def me(self) -> pulumi.Output[str]:
        """The trainer's address."""
        return self.lab.apply(lambda lab: lab.get("me", ""))
