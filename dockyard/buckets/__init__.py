"""Where states can be kept but on this computer, one file a kind, named as Pulumi's URLs begin.

A file's `make` finds or makes the person's own bucket, closed to the world, encrypted, with its
older versions kept, and says its URL. A second time it finds what is there.
"""

import importlib
import pkgutil
from typing import TYPE_CHECKING, cast

from dockyard.errors import DockyardError, HostError
from dockyard.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
WORDS = (*NAMES, "cloud", "here")


def make(word: str) -> str:
    """The backend's URL, for one of NAMES.

    Raises DockyardError for another word, and with what the cloud says against it.
    """
    if word not in NAMES:
        raise DockyardError(
            f"No states can be kept in `{word}`: {did_you_mean(word, WORDS)}",
            "Or name the place as Pulumi does: s3://BUCKET, gs://BUCKET, azblob://CONTAINER.",
        )
    try:
        module = importlib.import_module(f"{__name__}.{word}")
        return cast("Callable[[], str]", module.make)()
    except ModuleNotFoundError as error:
        raise HostError(
            f"What makes it is not installed here ({error.name}).", "Type: make ready-aws"
        ) from None
