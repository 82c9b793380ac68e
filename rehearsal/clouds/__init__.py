"""The stand-in clouds, by the word that a target is called."""

import importlib
import pkgutil
from typing import cast

from rehearsal.kinds import Cloud

NAMES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load(name: str) -> Cloud:
    """The cloud of one target.

    Raises KeyError for a name that is not in NAMES.
    """
    if name not in NAMES:
        raise KeyError(name)
    return cast("Cloud", importlib.import_module(f"{__name__}.{name}").CLOUD)
