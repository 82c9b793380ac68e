#!/bin/sh
# No home can be made.
set -eu

mount --bind /home /home
mount -o remount,bind,ro /home
