"""Operations that were cut off, or that are still to be: what the engine knows of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Pending:
    """One of them: whether it happened, only the cloud knows.

    `operation` is the engine's word, as creating; `inputs` are what was asked of the cloud.
    """

    operation: str
    type: str
    name: str
    urn: str
    inputs: Mapping[str, Any]
