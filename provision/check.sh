#!/bin/sh
# Looks at the machine again and says in JSON what it is now; nothing is changed. Beside the
# mark's members (mark.sh), with fresh facts, the object has
#   container        true | false: one ran just now, on a bridge
#   members_missing  accounts that are not in the group docker
#   names_missing    names of the seat that do not lead to their address
#   marked           state of the mark: ready, running, failed, or empty without a mark

check() {
	OUT=$(mktemp)
	export LOG=/dev/null STEP=check
	trap 'rm -f "$OUT" "$OUT".*' EXIT
	read_settings "$FILE"
	find_system
	find_facts
	marked=$(marked state) members=$(members_missing) names=$(names_missing) container=true
	container_runs bridge || container=false
	set --
	if [ -z "$DOCKER" ]; then
		set -- down "$(daemon_complaint)"
	elif [ "$container" = false ]; then
		set -- no_container "$(last_line)"
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
	else
		explain 7 "$@"
		mark_json failed "$REASON" "$HINT" "$more"
		exit 7
	fi
}
