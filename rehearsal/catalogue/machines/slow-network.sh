#!/bin/sh
# 8 Mbit/s to the machine and from it.
set -eu

tc qdisc add dev eth0 root tbf rate 8mbit burst 64kb latency 400ms
