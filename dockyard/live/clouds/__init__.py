"""One file a cloud: how it is asked what it allows. No cloud knows another.

Each speaks through the client of dockyard/sweep/clouds, which knows who asks.
"""

import importlib
import pkgutil
from typing import cast

from dockyard.errors import DockyardError
from dockyard.live.answers import Asked
from dockyard.sweep import clouds

NAMES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def open_cloud(name: str) -> Asked:
    """The cloud, as the person who types is known there.

    Raises DockyardError for a cloud without a file here, CredentialsError when nobody is known.
    """
    if name not in NAMES:
        raise DockyardError(
            f"Nobody has written yet how {name} is asked.", f"It would be {__name__}.{name}."
        )
    client = clouds.open_cloud(name)
    return cast("Asked", importlib.import_module(f"{__name__}.{name}").asked(client))
