#!/bin/sh
# What dpkg knows of its packages cannot be written.
set -eu

mount --bind /var/lib/dpkg /var/lib/dpkg
mount -o remount,bind,ro /var/lib/dpkg
