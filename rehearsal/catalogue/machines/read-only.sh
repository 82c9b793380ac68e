#!/bin/sh
# Where the settings of services are, nothing can be written.
set -eu

mount --bind /etc/apt /etc/apt
mount -o remount,bind,ro /etc/apt
