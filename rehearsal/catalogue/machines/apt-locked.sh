#!/bin/sh
# Another program holds the locks of packages for a while, from the boot on. They are fcntl locks,
# which flock(1) does not take.
set -eu

seconds=${1:-30}
mkdir -p /etc/systemd/system/sysinit.target.wants
cat >/usr/local/sbin/hold-locks <<'HOLD'
import fcntl, os, sys, time

for path in ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock"):
    fcntl.lockf(os.open(path, os.O_RDWR | os.O_CREAT, 0o640), fcntl.LOCK_EX)
time.sleep(int(sys.argv[1]))
HOLD
cat >/etc/systemd/system/hold-locks.service <<UNIT
[Unit]
DefaultDependencies=no

[Service]
ExecStart=/usr/bin/python3 /usr/local/sbin/hold-locks $seconds
UNIT
ln -s ../hold-locks.service /etc/systemd/system/sysinit.target.wants/
