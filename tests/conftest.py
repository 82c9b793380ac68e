"""For all tests: Ctrl-C can be tried, wherever they run."""

import signal

# a shell starts what it puts in the background with SIGINT ignored, and children inherit that
signal.signal(signal.SIGINT, signal.default_int_handler)
