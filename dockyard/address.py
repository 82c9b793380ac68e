"""Who is let in: the address that the trainer has now, as the clouds see it, is `me`."""

import ipaddress
import os

from dockyard import plain_http
from dockyard.errors import DockyardError, reason

GIVEN = "DOCKYARD_ADDRESS"
ASKED = "DOCKYARD_ADDRESS_URL"
ALLOW = "DOCKYARD_ALLOW"
"""How `dockyard allow` tells the program what changes: `+CIDR` or `-CIDR`, separated by spaces."""

URL = "https://checkip.amazonaws.com"
"""Answers with the address alone, over IPv4; any that does so may be named in its place."""

_SECONDS = 5.0


def own() -> str:
    """An IPv4 address: the one that is given, or the one that a site on the net sees.

    Raises DockyardError when it is none, or nobody can be asked.
    """
    given = os.environ.get(GIVEN)
    if given:
        return _checked(given, f"{GIVEN} says")
    url = os.environ.get(ASKED, URL)
    if not plain_http.is_http(url):
        raise DockyardError(f"{ASKED} is {url!r}, which is no http:// or https:// address.", _HINT)
    try:
        said = plain_http.read(url, _SECONDS, 200).decode("ascii", "replace").strip()
    except (OSError, ValueError) as error:
        raise DockyardError(
            f"Your own address is not known: {url} does not answer ({reason(error)}).", _HINT
        ) from None
    return _checked(said, f"{url} says")


_HINT = f"Give it: {GIVEN}=203.0.113.7, or write access.cidrs in the description in place of `me`."


def _checked(text: str, whose: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise DockyardError(f"{whose} {text[:60]!r}, which is no IPv4 address.", _HINT) from None
