"""The same test for several clouds: the first each time, the others with the slow ones."""

from typing import Any

import pytest


def first(quick: str, *others: str) -> list[Any]:
    """What `parametrize` takes: the others are marked slow."""
    return [quick, *(pytest.param(one, marks=pytest.mark.slow) for one in others)]
