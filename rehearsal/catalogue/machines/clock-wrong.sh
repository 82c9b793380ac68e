#!/bin/sh
# Whatever systemd starts has a clock that is days behind. A container cannot have one of its own:
# libfaketime says another time to those who ask.
set -eu

days=${1:-400}
mkdir -p /etc/systemd/system.conf.d
cat >/etc/systemd/system.conf.d/clock-wrong.conf <<CONF
[Manager]
DefaultEnvironment=LD_PRELOAD=$(echo /usr/lib/*/faketime/libfaketime.so.1) FAKETIME=-${days}d FAKETIME_DONT_FAKE_MONOTONIC=1
CONF
