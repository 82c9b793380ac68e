#!/bin/sh
# The first process of a machine that something is wrong with: puts the faults in, then boots.
#
#	init FOLDER
#
# FOLDER holds the faults, NAME.sh each, run in the order of their names, once in the machine's
# life.
set -eu

if [ ! -e /.faults ]; then
	: >/.faults
	for fault in "$1"/*.sh; do
		sh -eu "$fault"
	done
fi
exec /usr/local/lib/dockyard/container-init
