"""For all tests: Ctrl-C can be tried, wherever they run; none fails for being slow.

`--share=2/8` runs each eighth test, from the second on: in eight shares all are run.
"""

import signal

import pytest
from hypothesis import HealthCheck, settings

# a shell starts what it puts in the background with SIGINT ignored, and children inherit that
signal.signal(signal.SIGINT, signal.default_int_handler)

# a computer that is busy with something else must not make a test red
settings.register_profile("any load", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any load")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--share", metavar="N/M", help="each M-th test alone, from the N-th on")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    share = config.getoption("--share")
    if share:
        number, of = map(int, share.split("/"))
        chosen = items[number - 1 :: of]
        config.hook.pytest_deselected(items=[one for one in items if one not in chosen])
        items[:] = chosen
