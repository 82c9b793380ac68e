#!/bin/sh
# Proof: a container runs, from an image made here: nothing is pulled, nothing is left.
# The image is this machine's own sh and the libraries that it names.

PROBE=dockyard/probe:$$

# run_complaint: docker's last line only points to its help.
run_complaint() {
	said=$(sed -n '/^docker: /{p;q;}' "$OUT" | cut -c1-300)
	printf '%s\n' "${said:-$(last_line)}"
}

ensure_verified() {
	[ -n "$CHANGED" ] || return 0
	say container
	look_at_plugins
	container_runs bridge && return 0
	said=$(run_complaint)
	wait
	container_runs host || die 7 no_container "$said"
	die 7 no_bridge "$said"
}

# container_runs NETWORK: on a bridge it has a way out of its own, a default route (00000000).
# What it said is the proof, also when a very busy machine takes long to clear it away. The image is taken away while the rest goes on; `finish` waits for that.
container_runs() {
	ldd "$ROOT/bin/sh" | awk '{ print "bin/sh"; for (i = 1; i <= NF; i++) if ($i ~ /^\//) print substr($i, 2) }' |
		sort -u | tar -C "$ROOT/" -chf "$OUT.tar" -T - 2>/dev/null
	logged docker import "$OUT.tar" "$PROBE" || return 1
	logged timeout 120 docker run --rm --network "$1" "$PROBE" \
		/bin/sh -c "while read -r link to rest; do echo out by \$link \$to; done </proc/net/route" || :
	timeout 60 docker image rm -f "$PROBE" >/dev/null 2>&1 &
	grep -q 'out by .* 00000000' "$OUT"
}

# check_machine: looks at the machine again and says in JSON what it is now; nothing is changed. Beside
# the mark's members (mark.sh), with fresh facts, the object has
#   container        true | false: one ran just now, on a bridge
#   members_missing  accounts that are not in the group docker
#   names_missing    names of the seat that do not lead to their address
#   marked           state of the mark: ready, running, failed, or empty without a mark
check_machine() {
	OUT=$(mktemp)
	export LOG=/dev/null STEP=check
	trap 'wait; rm -f "$OUT" "$OUT".*' EXIT
	read_settings "$FILE"
	find_system
	find_source
	daemon_answers || :
	look_at_plugins
	marked=$(marked state) members=$(members_missing) names=$(names_missing) container=true
	container_runs bridge || container=false
	read_plugins
	set --
	if [ -z "$DOCKER" ]; then
		set -- down "$(daemon_complaint)"
	elif [ "$container" = false ]; then
		set -- no_container "$(run_complaint)"
	elif [ "$marked" != ready ]; then
		set -- not_ready "$(marked step)" "$(marked reason)"
	elif [ -n "$members" ]; then
		set -- no_member "$members"
	elif [ -n "$names" ]; then
		set -- no_name "$names"
	fi
	more=",\"container\":$container,\"members_missing\":\"$members\",\"names_missing\":\"$names\",\"marked\":\"$marked\""
	if [ $# = 0 ]; then
		mark_json ready '' '' "$more"
		exit 0
	fi
	explain 7 "$@"
	mark_json failed "$REASON" "$HINT" "$more"
	exit 7
}
