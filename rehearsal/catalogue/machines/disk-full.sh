#!/bin/sh
# Packages have 20 MB.
set -eu

mount -t tmpfs -o size=20m tmpfs /var/cache/apt
