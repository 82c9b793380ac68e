"""The group docker: a person in it may use Docker, from the next login on.

`sg` spares that login. It changes the main group too, which newuidmap (called by mmdebstrap)
does not stand, so a second `sg` gives that back.
"""

import grp
import os
import pwd
import shlex
import sys

from dockyard.errors import HostError

NAME = "docker"
_JOINED = "DOCKYARD_JOINED_DOCKER"


def me() -> str:
    """The account of this process, whatever $USER says."""
    return pwd.getpwuid(os.getuid()).pw_name


def has(user: str) -> bool:
    """Whether the account is in the group, whatever this session has."""
    try:
        return user in grp.getgrnam(NAME).gr_mem
    except KeyError:
        return False


def take_up() -> None:
    """Replaces this process by the same command in a session that has the group, if it lacks it.

    Raises HostError when that did not help.
    """
    if os.geteuid() == 0 or not has(me()):
        return
    if grp.getgrnam(NAME).gr_gid in os.getgroups():
        return
    if os.environ.get(_JOINED):
        raise HostError("Docker does not answer you.", "Log out and in, then type the same again.")
    os.environ[_JOINED] = "1"
    again = shlex.join([sys.executable, *sys.orig_argv[1:]])
    within = shlex.join(["sg", grp.getgrgid(os.getgid()).gr_name, "-c", again])
    os.execvp("sg", ["sg", NAME, "-c", within])  # noqa: S606 - this process goes on as that
