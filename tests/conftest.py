"""For all tests: Ctrl-C can be tried, wherever they run; none fails for being slow."""

import signal

from hypothesis import HealthCheck, settings

# a shell starts what it puts in the background with SIGINT ignored, and children inherit that
signal.signal(signal.SIGINT, signal.default_int_handler)

# a computer that is busy with something else must not make a test red
settings.register_profile("any load", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any load")
