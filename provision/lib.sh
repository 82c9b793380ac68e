#!/bin/sh
# What every file here stands on: paths, sentences, settings, files, the lock. Runs nothing.
# Needs HERE, the folder of these files. Every path on the machine begins with ROOT, which
# is empty but in tests.

ROOT=${ROOT:-}
STATE=$ROOT/var/lib/dockyard
LOG=$ROOT/var/log/dockyard.log
OUT=$ROOT/run/dockyard.out
NEWLINE='
'
# Programs must answer in English: apt.sh looks for their words.
export LC_ALL=C STEP=start CHANGED='' TOLD='' NAMES_ONLY='' MARKING=''

have() {
	command -v "$1" >/dev/null 2>&1
}

now() {
	date +%s
}

# sentences KEY: in all languages. install-docker.sh carries them in itself.
sentences() {
	sed -n "s/^$1 //p" "$HERE/messages.txt"
}

# message KEY [ARG...]: the sentence in the lab's language, {1} {2} filled in.
message() {
	text=$(sentences "$1")
	case $(setting LANGUAGE) in
	fr) text=${text#*|} ;;
	*) text=${text%%|*} ;;
	esac
	number=0
	shift
	for word in "$@"; do
		number=$((number + 1))
		case $text in
		*"{$number}"*) text=${text%%"{$number}"*}$word${text#*"{$number}"} ;;
		esac
	done
	printf '%s\n' "$text"
}

note() {
	printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$STEP" "$1" 2>/dev/null >>"$LOG" || :
}

# say KEY [ARG...]: for the person and for the log. The subshell takes the signal when the
# person's connection is gone; the work goes on.
say() {
	sentence=$(message "$@")
	(printf 'dockyard: %s: %s\n' "$STEP" "$sentence") 2>/dev/null || :
	note "$sentence"
}

# explain CODE KEY [ARG...]: REASON and HINT.
explain() {
	code=$1
	shift
	REASON=$(message "$@")
	key=$1
	shift
	HINT=$(message "$key.hint" "$@")
	[ -n "$HINT" ] || HINT=$(message "$code.hint")
}

# die CODE KEY [ARG...]: says what happened, why and what now; leaves the mark; ends.
die() {
	explain "$@"
	(printf '%s: %s: %s.\n  %s\n' "${PROGRAM:-dockyard}" "$STEP" "$REASON" "$HINT" >&2) || :
	note "$REASON ($1)"
	mark failed "$REASON" "$HINT"
	TOLD=yes
	exit "$1"
}

# act KEY [ARG...]: said before each change. From the first one on the machine is unfinished,
# unless only the names of a ready one are written anew.
act() {
	[ -n "$NAMES_ONLY$CHANGED" ] || unfinished
	say "$@"
}

step() {
	STEP=$1
	[ -z "$CHANGED" ] || mark running
}

unfinished() {
	CHANGED=yes
	: >"$STATE/unfinished"
	mark running
	sync "$STATE/result.json" "$STATE" 2>/dev/null || :
}

# logged COMMAND...: its output goes to OUT and the log, not to the screen.
logged() {
	status=0
	"$@" >"$OUT" 2>&1 </dev/null || status=$?
	cat "$OUT" 2>/dev/null >>"$LOG" || :
	return "$status"
}

last_line() {
	sed '/^[[:space:]]*$/d' "$OUT" | tail -n 1 | cut -c1-300
}

# read_settings FILE: keeps its text. Lines are looked at, never run.
read_settings() {
	[ -r "$1" ] || die 2 no_settings "$1"
	wrong=$(grep -vxE 'AUTHORIZED_KEYS=[ -~]*
CHANNEL=(stable|test)
DAEMON=[{][ -~]*[}]
HOSTNAME=[a-zA-Z0-9][a-zA-Z0-9.-]*
HOSTS=[a-zA-Z0-9.:, -]*
LAB=[a-z0-9-]*
LANGUAGE=(en|fr)
MIRROR=https?://[!-~]*
MIRROR_KEY=[0-9A-F]{40}
SOURCE=(auto|docker|distribution)
USERS=[a-z_][a-z0-9_-]*( [a-z_][a-z0-9_-]*)*
VERSION=[0-9]+(\.[0-9]+){0,2}' "$1" | sed q) || :
	SETTINGS=$(cat "$1")
	SOURCE=$(setting SOURCE docker)
	export SOURCE
	[ -z "$wrong" ] || die 2 not_understood "$wrong"
}

# setting KEY [DEFAULT]
setting() {
	value=
	case $NEWLINE${SETTINGS:-} in
	*"$NEWLINE$1="*)
		value=${SETTINGS#"$1="}
		[ "$value" != "$SETTINGS" ] || value=${SETTINGS#*"$NEWLINE$1="}
		value=${value%%"$NEWLINE"*}
		;;
	esac
	printf '%s\n' "${value:-${2:-}}"
}

# put FILE MODE: writes stdin to FILE, whole or not at all. 0644 is what umask makes.
put() {
	cat >"$1.new"
	[ "$2" = 0644 ] || chmod "$2" "$1.new"
	sync "$1.new" 2>/dev/null || :
	mv -f "$1.new" "$1"
}

# replace FILE TEXT: as `put`, but keeps owner and mode, and writes into a file that is a
# mount point, as /etc/hosts and /etc/hostname are in a container.
replace() {
	[ -e "$1" ] || : >"$1"
	cp -p "$1" "$1.new"
	printf '%s\n' "$2" >"$1.new"
	mv -f "$1.new" "$1" 2>/dev/null || {
		cat "$1.new" >"$1"
		rm -f "$1.new"
	}
}

# ensure_block FILE TEXT KEY [ARG...]: TEXT between our two markers in FILE, the rest of FILE
# as it is; empty TEXT takes the block away. KEY is said when something changes.
ensure_block() {
	file=$1 block=$2
	shift 2
	old=$(cat "$file" 2>/dev/null) || old=
	new=$old
	case $old in
	*'# dockyard: '*) new=$(printf '%s\n' "$old" | without_block) ;;
	esac
	[ -z "$block" ] || new=$(printf '%s\n' "$new" '# dockyard: begin' "$block" '# dockyard: end')
	new=${new#"$NEWLINE"}
	[ "$new" != "$old" ] || return 0
	act "$@"
	replace "$file" "$new"
}

# without_block: stdin; a block whose end somebody took away loses its marker alone.
without_block() {
	awk '
		$0 == "# dockyard: begin" { printf "%s", held; held = ""; inside = 1; next }
		$0 == "# dockyard: end" { held = ""; inside = 0; next }
		inside { held = held $0 "\n"; next }
		{ print }
		END { printf "%s", held }
	'
}

# take_lock: one run at a time; a second one waits for the first, an hour at most.
take_lock() {
	exec 9>"$ROOT/run/dockyard.lock"
	waited=0
	until flock -n 9; do
		[ "$waited" -gt 0 ] || say waiting
		[ "$waited" -lt "${LOCK_WAIT:-3600}" ] || die 4 other_run
		waited=$((waited + 1))
		sleep 1
	done
}
