"""One file a cloud: how it is looked at, and how it deletes. No cloud knows another.

Each imports its SDK when it is asked, not before.
"""

import importlib
import pkgutil
from typing import cast

from dockyard.sweep.things import Cloud, NobodyError

NAMES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def open_cloud(name: str) -> Cloud:
    """The cloud, as the person who types is known there.

    Raises KeyError for a name that is not in NAMES, CloudError when nobody is known there.
    """
    if name not in NAMES:
        raise KeyError(name)
    try:
        return cast("Cloud", importlib.import_module(f"{__name__}.{name}").open_cloud())
    except ModuleNotFoundError as error:
        raise NobodyError(
            f"What asks {name} is not installed here ({error.name}).", f"Type: make ready-{name}"
        ) from None
