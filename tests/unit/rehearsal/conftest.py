"""What the tests of the stand-ins share."""

from collections.abc import Callable, Iterator

import pytest

from rehearsal.plain import Plain
from rehearsal.serve import running
from unit.rehearsal.small_engine import Engine


@pytest.fixture
def connect(request: pytest.FixtureRequest) -> Iterator[Callable[..., Engine]]:
    """Connects to the stand-in that a test file names in its STANDIN, as another provider each."""
    engines = []
    name = request.module.STANDIN

    with running(name) as served:
        where = served.environment["PULUMI_DEBUG_PROVIDERS"]

        def new(**config: Plain) -> Engine:
            engines.append(Engine(where, served.inventory[name], **config))
            return engines[-1]

        yield new
        for engine in engines:
            engine.channel.close()
