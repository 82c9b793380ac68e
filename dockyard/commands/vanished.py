"""Machines that a state knows and their cloud has no more: somebody deleted them in its console.

Or, on AWS, somebody shut them down from inside.

The engine believes its state, so the cloud is asked, by the lab's tags, while the engine previews.
A cloud's list may lag behind: what it does not list is only then called gone when the engine has
read it, too.
"""

from collections.abc import Sequence

from dockyard import show
from dockyard.commands.teardown import account_of, opened
from dockyard.engine.lab import StackLab
from dockyard.errors import DockyardError
from dockyard.stack_result import StackResult
from dockyard.sweep.clouds import NAMES, open_cloud
from dockyard.sweep.things import Wanted


def unlisted(lab: StackLab, made: StackResult | None) -> list[str] | DockyardError:
    """The machines, by host, that a stack made and its cloud does not list; or why nobody knows."""
    ids = {one.id.casefold(): one.host for one in made.machines if one.id} if made else {}
    if made is None or not ids or made.target not in NAMES:
        return []
    try:
        cloud = open_cloud(made.target)
        there = cloud.machines(Wanted(made.name, made.owner), made.region)
        listed = {one.casefold() for one in there}
    except DockyardError as problem:
        return problem
    found = [host for id_, host in ids.items() if id_ not in listed]
    if found and cloud.stays and cloud.account.id != (own := account_of(lab.resources())):
        return DockyardError(f"they are in {own}, and you are {cloud.account.sentence}.")
    return found


def told(found: list[str] | DockyardError) -> list[str]:
    """The machines; a look that failed stops nobody, and is said."""
    if isinstance(found, DockyardError):
        show.say(f"! Whether all machines are still in the cloud was not seen: {found.message}")
        return []
    if found:
        show.say(f"! The cloud no longer lists {', '.join(found)}.")
    return found


def read_in(lab: StackLab, hosts: Sequence[str]) -> None:
    """Reads what is there into the state, and says which of `hosts` are gone from it.

    Raises DockyardError in another account than the lab's, where nothing of it would be found.
    """
    made = lab.need_result()
    opened(made.target, made.name, account_of(lab.resources()))
    show.say(f"Reading what is there into the state of {lab.name}.")
    lab.stack.refresh(lambda _: None)
    gone = [host for host in hosts if host not in lab.made_hosts()]
    if gone:
        show.say(f"! Gone, deleted there or shut down from inside: {', '.join(gone)}.")
