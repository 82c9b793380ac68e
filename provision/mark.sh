#!/bin/sh
# The mark: /var/lib/dockyard/result.json, what this machine is, whoever started the run.
# It survives a reboot and is replaced whole. One line, one flat object of exactly these keys;
# all are strings but the two times:
#
#   state      running | ready | failed. `running` with no run alive: it was cut off, and
#              goes on at the next boot or run
#   step       start preflight users settle hosts docker daemon verify; empty when ready
#   reason     what happened and why, one sentence in the lab's language; empty unless failed
#   hint       what to do now; empty unless failed
#   docker     version of the daemon that answers (28.5.2); empty when not known yet
#   compose    version of the Compose plugin; empty when there is none
#   buildx     version of the Buildx plugin; empty when there is none
#   source     docker | distribution: whose packages; auto as long as that is not known
#   system     debian bookworm amd64
#   started    epoch seconds, begin of the run that wrote the mark
#   finished   epoch seconds, end of that run; 0 while it runs
#   provision  first 12 hex digits of the sha256 of these files, in the order of their names
#   settings   sha256 of the settings file

# mark STATE [REASON HINT]. Where it cannot be written (no root) it is left out. That of a step
# need not outlive a power cut: `unfinished` does (lib.sh), and each program that is started
# takes a while on an emulated machine.
mark() {
	[ -n "$MARKING" ] || return 0
	[ -d "$STATE" ] || mkdir -p "$STATE" 2>/dev/null || return 0
	[ -w "$STATE" ] || return 0
	draft=$STATE/result.json.new
	mark_json "$@" >"$draft"
	[ "$1" = running ] || sync "$draft" 2>/dev/null || :
	mv -f "$draft" "${draft%.new}"
	[ "$1" = running ] || sync "$STATE" 2>/dev/null || :
}

# mark_json STATE [REASON HINT [MORE]]: MORE is further members, ready to print.
mark_json() {
	finished=0 at=$STEP
	[ "$1" = running ] || finished=$(now)
	[ "$1" != ready ] || at=
	printf '{"state":"%s","step":"%s","reason":"%s","hint":"%s","docker":"%s","compose":"%s","buildx":"%s","source":"%s","system":"%s","started":%s,"finished":%s,"provision":"%s","settings":"%s"%s}\n' \
		"$1" "$at" "$(json "${2:-}")" "$(json "${3:-}")" "${DOCKER:-}" "${COMPOSE:-}" "${BUILDX:-}" \
		"${SOURCE:-}" "${SYSTEM:-}" "$STARTED" "$finished" "$PROVISION" "$SUM" "${4:-}"
}

# json TEXT: inside the quotes of a JSON string.
json() {
	[ -z "$1" ] || printf '%s' "$1" | tr -s '\001-\037' ' ' | sed 's/[\\"]/\\&/g'
}

# marked KEY: one text of the mark, as it was when it was last written.
marked() {
	sed -nE "s/.*[{,]\"$1\":\"(([^\"\\\\]|\\\\.)*)\".*/\1/p" "$STATE/result.json" 2>/dev/null |
		sed 's/\\\(.\)/\1/g'
}

# identify SETTINGS_FILE: what is run, with which settings, since when.
identify() {
	STARTED=$(now)
	SUM=$(sha256sum <"$1")
	SUM=${SUM%% *}
	PROVISION=$(payload | (cd "$HERE" && xargs cat) | sha256sum | cut -c1-12)
}

# payload: the files that make a machine; what makes the user data is none of them.
payload() {
	for path in "$HERE"/*; do
		case ${path##*/} in
		user-data* | install*) ;;
		*) printf '%s\n' "${path##*/}" ;;
		esac
	done
}

# ready_already: whether the mark says ready for just these files and settings.
ready_already() {
	[ -e "$STATE/result.json" ] && [ ! -e "$STATE/unfinished" ] &&
		[ "$(marked state) $(marked settings) $(marked provision)" = "ready $SUM $PROVISION" ]
}
