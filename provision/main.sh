#!/bin/sh
# Makes this machine ready for a Docker course, and says so only when a container ran.
#
# usage: sh main.sh [--boot | --check] [SETTINGS_FILE]     (as root)
#   SETTINGS_FILE  lines KEY=value, all of them optional: AUTHORIZED_KEYS CHANNEL DAEMON
#                  HOSTNAME HOSTS LAB LANGUAGE MIRROR MIRROR_KEY SOURCE USERS VERSION;
#                  by default those of the last run, /var/lib/dockyard/settings
#   --boot         on a machine that is ready only sees to the names, which containers and
#                  cloud-init write anew at every boot; otherwise goes on where it was cut off
#   --check        changes nothing; says in JSON what the machine is now (verify.sh)
#
# It may be run any number of times, and changes nothing on a machine that is as it should be.
# What it does, and how to undo it: docs/machine-actions.md. Log: /var/log/dockyard.log.
# Result: /var/lib/dockyard/result.json (mark.sh).
#
# exit codes
#   0 ready
#   1 something unforeseen; the log's last lines say what
#   2 an option or a setting is wrong
#   3 this machine is not fit: no root, no systemd, an unknown system, read-only, a full disk
#   4 waited too long: another run, or another program that installs packages
#   5 packages cannot be fetched, or not be trusted
#   6 packages cannot be installed
#   7 Docker does not run as it should
# environment (for tests): ROOT, HERE, LOCK_WAIT, PATIENCE, TRIES
set -eu
umask 022

HERE=${HERE:-$(cd "$(dirname "$0")" && pwd)}
. "$HERE/lib.sh"
. "$HERE/mark.sh"
. "$HERE/system.sh"
. "$HERE/settle.sh"
. "$HERE/hosts.sh"
. "$HERE/users.sh"
. "$HERE/apt.sh"
. "$HERE/repository.sh"
. "$HERE/docker.sh"
. "$HERE/daemon.sh"
. "$HERE/deadline.sh"
. "$HERE/verify.sh"

main() {
	MODE=
	case ${1:-} in
	--boot | --check)
		MODE=$1
		shift
		;;
	-*) die 2 not_understood "$1" ;;
	esac
	FILE=${1:-$STATE/settings}
	[ -r "$FILE" ] || die 2 no_settings "$FILE"
	identify "$FILE"
	[ "$MODE" != --check ] || check_machine
	MARKING=yes
	trap finish EXIT
	trap 'exit 143' TERM INT
	trap '' HUP
	read_settings "$FILE"
	STEP=preflight
	check_system
	take_lock
	ensure_all
}

ensure_all() {
	[ "$MODE" = --boot ] && ready_already && NAMES_ONLY=yes
	if [ -z "$NAMES_ONLY" ]; then
		# first, so that the trainer can log in and see what failed after it
		step users
		ensure_users
	fi
	step settle
	settle "$FILE"
	step hosts
	ensure_hosts
	ensure_deadline
	[ -z "$NAMES_ONLY" ] || return 0
	step docker
	ensure_settings
	ensure_docker
	step daemon
	ensure_daemon
	step verify
	ensure_verified
	ready
}

ready() {
	[ -n "$CHANGED" ] || {
		say nothing "$DOCKER"
		return 0
	}
	read_plugins
	rm -f "$STATE/unfinished"
	mark ready
	say ready "$DOCKER" $(($(now) - STARTED))
}

# finish: what ends without a word of `die` still leaves its mark.
finish() {
	code=$?
	trap - EXIT
	case $code$TOLD in
	0 | *yes) ;;
	143) die 143 stopped ;;
	*) die 1 unforeseen "$code" ;;
	esac
	wait
	rm -f "$OUT" "$OUT".*
	exit "$code"
}

if [ "${DOCKYARD_MAIN:-}" != noop ]; then main "$@"; fi
