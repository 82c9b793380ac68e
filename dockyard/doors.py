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


def knock(places: Iterable[Place]) -> None:
    """Begins a connection to each place, and waits for none. One that can't even be begun is
    begun again by whoever goes there, who then hears why.
    """
    for place in list(dict.fromkeys(places))[:AT_ONCE]:
        one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        one.settimeout(0)
        try:
            one.connect_ex(place)
        except OSError:  # no IPv4 address
            one.close()
        else:
            _begun[place] = one


async def opened(place: Place) -> socket.socket | None:
    """The connection that was begun to a place, once; None: nobody knocked there.

    Raises OSError when nobody answers there.
    """
    one = _begun.pop(place, None)
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
