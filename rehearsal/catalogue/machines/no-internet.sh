#!/bin/sh
# There is no way out; the trainer is in the same network, and gets in.
set -eu

ip route del default
