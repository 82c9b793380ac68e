"""A bare program: things in seats, as many and as slow as its config says."""

import pulumi

config = pulumi.Config("dockyard").require_object("lab")
fault = config.get("fault")
if fault == "sentence":
    raise pulumi.RunError("The description asks for too much.\n  Ask for less.")
if fault == "bug":
    raise ZeroDivisionError("a bug")
if fault == "plugin":
    pulumi.CustomResource("nosuch:index:Thing", "thing", {})


class Seat(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("dockyard:index:Seat", name, {})


for number in range(int(config["things"])):
    seat = Seat(f"seat{number + 1:02}")
    name = f"seat{number + 1:02}-thing"
    pulumi.CustomResource(
        "slow:index:Thing",
        name,
        {"name": config.get("name", name), "seconds": config.get("seconds", 0)},
        pulumi.ResourceOptions(parent=seat),
    )
pulumi.export("lab", {"version": 1, "things": config["things"]})
pulumi.export("secret", pulumi.Output.secret("swordfish"))
