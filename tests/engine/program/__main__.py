"""A bare program: a thing a student, and the faults that the environment asks for."""

import os
import sys

import pulumi

lab = pulumi.Config("dockyard").require_object("lab")
fault = os.environ.get("FAULT", "")
if fault == "sentence":
    raise pulumi.RunError("The description asks for too much.\n  Ask for less.")
if fault == "bug":
    raise ZeroDivisionError("a bug")
if fault == "print":
    sys.stdout.write("printed by the program\n")
if fault == "provider":
    pulumi.CustomResource("nosuch:index:Thing", "thing", {})


class Seat(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("dockyard:index:Seat", name, {})


for number in range(lab["students"]):
    seat = f"seat{number + 1:02}"
    pulumi.CustomResource(
        "slow:index:Thing",
        f"{seat}-thing",
        {
            "name": fault if fault == "refused" else f"{seat}-thing",
            "seconds": int(os.environ.get("SECONDS_EACH", "0")),
        },
        pulumi.ResourceOptions(parent=Seat(seat), ignore_changes=["seconds"]),
    )
pulumi.export("students", lab["students"])
pulumi.export("word", pulumi.Output.secret("swordfish"))
