"""EC2's power: what is stopped, started and rebooted, and what an instance said to its console."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal.clouds.aws import launch, real
from rehearsal.faults import Refused
from rehearsal.http import aws_views as views
from rehearsal.http.aws_roles import decision
from rehearsal.http.manners import is_going

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.http.aws_calls import Call
    from rehearsal.inventory import Record


def _named(call: Call, verb: str) -> list[Record]:
    """All or none: one unknown id, or one that is being terminated, and nothing is done."""
    ghosts = {one.id for one in call.ghosts()}
    found = []
    for id_ in call.asked["InstanceIds"]:
        if id_ in ghosts or is_going(one := call.one(launch.INSTANCE, id_)):
            raise _wrong_state(id_, verb)
        found.append(one)
    return found


def _wrong_state(id_: str, verb: str) -> Refused:
    return Refused(
        "IncorrectInstanceState",
        f"The instance '{id_}' is not in a state from which it can be {verb}.",
    )


def _changes(name: str, found: list[tuple[Record, str]]) -> dict[str, Any]:
    """From what each was before to what EC2 says that it is becoming."""
    said = []
    for one, now in found:
        before = str(one.outputs["instanceState"])
        words = {"PreviousState": before, "CurrentState": now}
        states = {key: {"Code": views.STATES[word], "Name": word} for key, word in words.items()}
        said.append({"InstanceId": one.id, **states})
    return {name: said}


def _stop(call: Call) -> dict[str, Any]:
    """Its public address is let go, its disk and its private one are kept."""
    done = []
    for one in _named(call, "stopped"):
        runs = one.outputs["instanceState"] == "running"
        done.append((one, "stopping" if runs else "stopped"))
        if runs:
            now = real.stopped(one, call.desk.inventory.now())
            call.desk.inventory.put(now)
            call.desk.hooks.happened("stop", now)
    return _changes("StoppingInstances", done)


def _start(call: Call) -> dict[str, Any]:
    """With another public address, where it has one."""
    done = []
    for one in _named(call, "started"):
        runs = one.outputs["instanceState"] == "running"
        done.append((one, "running" if runs else "pending"))
        if not runs:
            scene = call.desk.scene(one)
            scene.stands_for(one, frozenset())
            public = launch.publish(scene, launch.home(scene))
            outputs = {**one.outputs, **public, "instanceState": "running"}
            # it was launched now, and nothing stopped it
            untold = {real.LAUNCHED: call.desk.inventory.now().isoformat(timespec="seconds")}
            now = replace(one, outputs=outputs, address=scene.address, untold=untold)
            call.desk.inventory.put(now)
            call.desk.hooks.happened("start", now)
    return _changes("StartingInstances", done)


def _reboot(call: Call) -> dict[str, Any]:
    found = _named(call, "rebooted")
    for one in found:
        if one.outputs["instanceState"] != "running":
            raise _wrong_state(one.id, "rebooted")
    for one in found:
        call.desk.hooks.happened("reboot", one)
    return {}


def _console(call: Call) -> dict[str, Any]:
    one = call.one(launch.INSTANCE, call.asked["InstanceId"])
    text = call.desk.hooks.console(one)
    return {
        "InstanceId": one.id,
        "Timestamp": call.desk.inventory.now(),
        "Output": base64.b64encode(text.encode()).decode(),
    }


def refuse_right(call: Call, name: str) -> None:
    """Who asks must be allowed to, by policy, on each machine with its tags."""
    action, account = f"ec2:{name}", call.desk.setting("account")
    ids = call.asked.get("InstanceIds") or [call.asked["InstanceId"]]
    for id_ in ids:
        arn = f"arn:aws:ec2:{call.region}:{account}:instance/{id_}"
        found = call.desk.inventory.get(launch.INSTANCE, id_, call.region)
        tags = found.tags if found else {}
        own = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
        said = decision(call.desk, action, arn, own)
        if said != "allowed":
            why = "with an explicit deny" if said == "explicitDeny" else _NO_POLICY.format(action)
            raise Refused(
                "UnauthorizedOperation",
                "You are not authorized to perform this operation. User: "
                f"arn:aws:iam::{account}:user/trainer is not authorized to perform: {action} on "
                f"resource: {arn} {why}",
            )


_NO_POLICY = "because no identity-based policy allows the {} action"

POWER: dict[str, tuple[str, Callable[[Call], dict[str, Any]]]] = {
    "StopInstances": ("InstanceIds", _stop),
    "StartInstances": ("InstanceIds", _start),
    "RebootInstances": ("InstanceIds", _reboot),
    "GetConsoleOutput": ("InstanceId Latest", _console),
}
