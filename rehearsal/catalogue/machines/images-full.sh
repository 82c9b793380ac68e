#!/bin/sh
# Docker has 1 MB.
set -eu

mount -t tmpfs -o size=1m tmpfs /var/lib/docker
mount -t tmpfs -o size=1m tmpfs /var/lib/containerd
