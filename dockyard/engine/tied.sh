#!/bin/sh
# Runs a command that does not outlive who started it, however that one ends: killed, too.
#
# usage: tied.sh COMMAND...   stdin is a pipe that only the starter holds open, and this process
#                             leads a group of its own: the command's own children end with it
set -u

exec 3<&0 </dev/null
"$@" 3<&- &
work=$!
{
	# the end of the pipe is the end of the starter
	read -r _ <&3
	kill -s KILL 0
} >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$work"
code=$?
kill "$watch"
exit "$code"
