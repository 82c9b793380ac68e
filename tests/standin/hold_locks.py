"""Holds apt's and dpkg's locks, or the PATHs, as another installer would:
`hold_locks.py SECONDS [PATH...]`.

Runs inside a machine. They are fcntl locks, which flock(1) does not take.
"""

import fcntl
import os
import sys
import time

LOCKS = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock")

for path in sys.argv[2:] or LOCKS:
    fcntl.lockf(os.open(path, os.O_RDWR | os.O_CREAT, 0o640), fcntl.LOCK_EX)
time.sleep(int(sys.argv[1]))
