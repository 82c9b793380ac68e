"""`dockyard allow`: who may connect, changed in seconds, replacing nothing."""

import ipaddress

from dockyard import address, show
from dockyard.commands import up_stack
from dockyard.commands.target import stack_lab
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError, RefusedError, UsageError
from dockyard.project import Project

WORLD = "0.0.0.0/0"


def run(project: Project, name: str, who: str, *, remove: bool, yes: bool) -> None:
    """Opens the lab to a CIDR or to the trainer's address; `remove` closes it again."""
    lab = stack_lab(project, name)
    cidr = _cidr(who) if who else ""
    made = lab.need_result()
    if not who:
        _say(lab)
        return
    if remove and cidr not in made.allowed:
        hint = "What the description lets in is changed there: access.cidrs"
        raise DockyardError(f"{cidr} was not let in by `allow`.", hint)
    if cidr == WORLD and not remove:
        show.say("! This lets the whole world try to connect; only keys get in.")
        if not show.confirm("Open it to the world?", yes=yes):
            raise RefusedError(
                "Nothing was changed.", f"Without asking: dockyard allow {name} {WORLD} --yes"
            )
    _change(lab, f"{'-' if remove else '+'}{cidr}")
    _say(lab)


def _change(lab: StackLab, word: str) -> None:
    """The door alone: other changes that wait in the description are for `up`."""
    more = {address.ALLOW: word, **up_stack.own_address(lab.lab)}
    changes = lab.changes(more)
    others = [c.sentence for c in changes if c.step.seat or c.operation != "update"]
    if others:
        raise DockyardError(
            f"The description has changed, too: {', '.join(others[:5])}.",
            f"Make these changes first: dockyard up {lab.name}; or take them back.",
        )
    if changes:
        progress = show.Progress()
        lab.up(progress.set, more)
        show.say(f"Changed in {progress.seconds:.0f} s.")
    else:
        show.say("Nothing to change.")


def _say(lab: StackLab) -> None:
    made = lab.need_result()
    described = [made.me + "/32" if cidr == "me" else cidr for cidr in lab.lab.access.cidrs]
    show.line(f"described: {', '.join(described) or '-'}")
    show.line(f"allowed:   {', '.join(made.allowed) or '-'}")


def _cidr(who: str) -> str:
    """An IPv4 range; `me` is the address that the trainer has now."""
    if who == "me":
        return f"{address.own()}/32"
    try:
        return str(ipaddress.IPv4Network(who))
    except ValueError as error:
        raise UsageError(
            f"{who[:60]!r} is no CIDR ({error}).",
            "Write an IPv4 range as 203.0.113.7/32, or me; the machines have no IPv6 address.",
        ) from None
