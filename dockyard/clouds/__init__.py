"""Plain facts of each target, one file each. The file's name is the target's name.

Every file defines a `FACTS`; nothing here imports pulumi, and no cloud knows another.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from dockyard.spec import NATIVE, Image, Size


@dataclass(frozen=True)
class Facts:
    """What the description may ask of a target, and the target's own words for it."""

    title: str
    login: str
    """The account that the target itself makes for ssh."""
    sizes: Mapping[Size, str]
    images: Mapping[Image, str]
    machine: str = ""
    """Pulumi's type of a machine; a local machine has none."""
    native_image: tuple[re.Pattern[str], str] | None = None
    """What an image by `native:` looks like, as a pattern and in words; None: anything."""
    least_disk: int = 10
    """GB of the images' own disks: a smaller one is refused."""
    default_region: str = ""
    region: re.Pattern[str] | None = None
    """None: the target has no regions."""
    zone: re.Pattern[str] | None = None
    region_of: Callable[[str], str] | None = None
    """The region that a zone's name says; None: it says none."""
    offers: Mapping[str, str] = field(default_factory=dict)
    """Products beyond machines, `cluster` and `registry`, and the target's own word for each."""
    has_alarm: bool = False
    """Whether somebody can be told that what ends a lab has failed."""
    off: Mapping[str, str] = field(default_factory=dict)
    """The target's own words for a machine that is switched off, and what of it still costs."""
    reserved_users: frozenset[str] = frozenset({"root"})

    def size(self, meaning: str) -> str:
        """The target's own name of a size; `native:` passes through."""
        return _native(meaning) or self.sizes[Size(meaning)]

    def image(self, meaning: str) -> str:
        """The target's own name of an image; `native:` passes through."""
        return _native(meaning) or self.images[Image(meaning)]

    def disk(self, asked: int) -> int:
        """What is made of an asked size, in GB."""
        return max(asked, self.least_disk)


def _native(meaning: str) -> str:
    return meaning.removeprefix(NATIVE) if meaning.startswith(NATIVE) else ""


NAMES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load(name: str) -> Facts:
    """The facts of one target.

    Raises KeyError for a name that is not in NAMES.
    """
    if name not in NAMES:
        raise KeyError(name)
    module = importlib.import_module(f"{__name__}.{name}")
    return cast("Facts", module.FACTS)
