"""Doors knocked at early: connections are begun while the rest of a command is still read in.

What sshd does before it hears a word (a process of its own, its keys, its greeting) is a good part
of a fresh connection. It needs nothing of us, so it is done by the time that we can speak.
"""

import asyncio
import errno
import socket
from collections.abc import Iterable

Place = tuple[str, int]
"""An address and a port."""

AT_ONCE = 128

_begun: dict[Place, socket.socket] = {}
"""of this process, which runs one command"""


def opens(address: str, port: int) -> bool:
    """Whether somebody answers there at once; which a person would wait for."""
    try:
        socket.create_connection((address, port), _SECONDS).close()
    except OSError:
        return False
    return True


_SECONDS = 4.0
"""In which the kernel knocks three times."""


def knock(places: Iterable[Place]) -> None:
    """Begins a connection to each place, and waits for none. One that can't even be begun is
    begun again by whoever goes there, who then hears why.
    """
    for place in list(dict.fromkeys(places))[:AT_ONCE]:
        one = _begin(place)
        if one:
            _begun[place] = one


def _begin(place: Place) -> socket.socket | None:
    """None: it is no IPv4 address, and to look a name up takes time."""
    try:
        socket.inet_aton(place[0])
    except OSError:
        return None
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    one.settimeout(0)
    one.connect_ex(place)
    return one


async def opened(place: Place) -> socket.socket | None:
    """The connection that was begun to a place, or is now; None: that can't be done from here.

    Raises OSError when nobody answers there.
    """
    one = _begun.pop(place, None) or _begin(place)
    if one is None:
        return None
    try:
        await asyncio.get_running_loop().sock_connect(one, place)
    except OSError as error:
        if error.errno != errno.EISCONN:  # it is there already
            one.close()
            raise
    except asyncio.CancelledError:
        one.close()
        raise
    return one
