#!/bin/sh
# The first process of a machine that is not as this computer: puts what is its own in place, then
# boots.
#
#	init FOLDER
#
# FOLDER/hardware lies over /sys/class, at each boot. FOLDER/faults holds NAME.sh each, run in the
# order of their names, once in the machine's life.
set -eu

# An overlay, for /sys/class/dmi is not on each computer, and nobody makes a folder in a sysfs.
# Interfaces come and go: an overlay goes on saying that there is none of a name that it was asked.
show_hardware() {
	cd /sys/class/net &&
		mount -t overlay -o "ro,lowerdir=$1:/sys/class" hardware /sys/class &&
		mount --no-canonicalize --bind . /sys/class/net
}

if [ -d "$1/hardware" ]; then
	show_hardware "$1/hardware" || echo "The cloud's hardware can't be shown here."
	cd /
fi
if [ -d "$1/faults" ] && [ ! -e /.faults ]; then
	: >/.faults
	for fault in "$1"/faults/*.sh; do
		sh -eu "$fault"
	done
fi
exec /usr/local/lib/dockyard/container-init
