#!/bin/sh
# `--dry-run`: what would be done, by the same questions that decide it.

plan() {
	export STEP=plan
	find_source
	[ "$SOURCE" != auto ] || SOURCE=docker
	wanted=$(all_wanted)
	planned=
	if ! fits; then
		plan_packages
	elif [ -n "$UPGRADE" ]; then
		would_upgrade
	fi
	[ ! -e "$WORK/settled.json" ] || {
		would settings
		[ -n "$QUIET" ] || cat "$WORK/settled.json"
	}
	for user in $(setting USERS); do
		is_member "$user" || would member_of "$user"
	done
	for user in $(rootless_missing); do would rootless "$user"; done
	[ -z "$IMAGES" ] || would images "$IMAGES"
	[ -n "$planned" ] || say nothing_planned
}

plan_packages() {
	if [ -n "$REPO_DIR" ]; then
		would install "$REPO_DIR"
		return 0
	fi
	[ "$SOURCE" != docker ] || would source "$(setting MIRROR https://download.docker.com)/linux/$DISTRO"
	would index
	set -- "$wanted"
	[ -n "$LEAN" ] || [ "$SOURCE" != docker ] || have dockerd || set -- "$wanted" "$EXTRA_OF_DOCKER"
	leaving=$(conflicting | tr '\n' ' ')
	[ -z "$leaving" ] || would replace "$leaving"
	would install "$*$(setting VERSION | sed 's/^\(.\)/ = \1/')"
	would daemon
}

would_upgrade() {
	would index
	would install "$wanted"
}

would() {
	planned=yes
	say "$@"
}
