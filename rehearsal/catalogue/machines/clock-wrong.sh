#!/bin/sh
# The clock is days behind for all that installs. A container cannot have one of its own:
# libfaketime says another time to those who ask, and sshd would not bear that.
set -eu

days=${1:-400}
for unit in cloud-init-main cloud-final dockyard-provision; do
	mkdir -p "/etc/systemd/system/$unit.service.d"
	cat >"/etc/systemd/system/$unit.service.d/clock-wrong.conf" <<-CONF
		[Service]
		Environment=LD_PRELOAD=$(echo /usr/lib/*/faketime/libfaketime.so.1) FAKETIME=-${days}d
		Environment=FAKETIME_DONT_FAKE_MONOTONIC=1
	CONF
done
