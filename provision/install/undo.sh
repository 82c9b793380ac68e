#!/bin/sh
# `--uninstall`: takes away what record.sh has written down, and nothing else.

uninstall() {
	export STEP=uninstall
	if [ -z "$(recorded ours)$(recorded files)$(recorded members)$(recorded held)" ]; then
		say nothing_ours
		[ -n "$PURGE" ] || return 0
	fi
	resume_man_db
	ensure_dpkg_whole
	find_engine_of_ours
	leave_members
	leave_rootless
	leave_packages
	leave_files
	[ -z "$PURGE" ] || leave_data
	rm -rf "$STATE"
	export MARKING=''
	[ -z "$PURGE" ] || rm -f "$LOG"
	say gone
}

# plan_undo: `--uninstall --dry-run`, of the same records.
plan_undo() {
	export STEP=plan
	planned=
	for user in $(recorded members); do would leaves_group "$user"; done
	for user in $(recorded rootless); do would leaves_rootless "$user"; done
	packages=$(recorded ours | tr '\n' ' ')
	[ -z "$packages" ] || would removes "$packages"
	for path in $(recorded files); do plan_file "$path"; done
	[ -z "$PURGE" ] || would data
	[ -n "$planned" ] || say nothing_ours
}

plan_file() {
	if ! as_we_left "$1"; then
		would stays "$1"
	elif [ -e "$ROOT$1" ] || [ -e "$STATE/kept$1" ]; then
		would puts_back "$1"
	fi
}

recorded() {
	sort -u "$STATE/$1" 2>/dev/null || :
}

# find_engine_of_ours: a Docker that was here before us runs on.
find_engine_of_ours() {
	OURS=''
	for engine in docker-ce docker.io docker moby-engine; do
		if grep -qx "$engine" "$STATE/ours" 2>/dev/null; then OURS=$engine; fi
	done
}

leave_members() {
	[ -s "$STATE/members" ] || return 0
	while read -r user; do
		say leaves_group "$user"
		logged gpasswd -d "$user" docker || :
	done <"$STATE/members"
}

leave_packages() {
	for package in $(recorded held); do logged apt-mark unhold "$package" || :; done
	[ -s "$STATE/ours" ] || return 0
	[ -z "$OURS" ] || stop_docker
	set --
	while read -r package; do set -- "$@" "$package"; done <"$STATE/ours"
	say removes "$*"
	remove_packages "$@"
	[ -z "$OURS" ] || leave_group
	if [ -s "$STATE/removed" ]; then say were_removed "$(tr '\n' ' ' <"$STATE/removed")"; fi
}

# stop_docker: containers end, and with them what they keep open.
stop_docker() {
	running=$(docker ps -q 2>/dev/null | wc -l | tr -d ' ')
	[ "$running" = 0 ] || say ends_containers "$running"
	logged systemctl disable --now docker.service docker.socket containerd.service || :
	if have ip; then logged ip link delete docker0 || :; fi
}

# remove_packages PACKAGE...: settings files too; but Debian's docker.io deletes all images when
# it is purged. What others have come to need stays, and is said. What somebody has purged, or a run
# before that was cut off, apt need not know any more.
remove_packages() {
	dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
		sed -n 's/^.[^n]. *//p' >"$WORK/there"
	set --
	while read -r package; do set -- "$@" "$package"; done <"$WORK/there"
	[ $# != 0 ] || return 0
	logged apt-mark unhold "$@" || :
	apt-get -s purge "$@" 2>/dev/null | sed -n 's/^\(Purg\|Remv\) \([^ ]*\).*/\2/p' | sort >"$WORK/would"
	sort -u "$STATE/ours" | comm -13 - "$WORK/would" >"$WORK/others"
	if [ -s "$WORK/others" ]; then
		say others_need "$(tr '\n' ' ' <"$WORK/others")"
		logged apt-mark auto "$@" || :
		leaving=$(installed "$OF_DOCKER $EXTRA_OF_DOCKER docker.io docker-cli docker-buildx docker-compose")
		set --
		for package in $leaving; do set -- "$@" "$package"; done
	fi
	if [ -z "$PURGE" ] && [ -n "$(installed docker.io)" ]; then
		patiently apt_get 600 remove docker.io || give_up
		say rest_of_package docker.io
		leaving="$*"
		set --
		for package in $leaving; do [ "$package" = docker.io ] || set -- "$@" "$package"; done
	fi
	[ $# = 0 ] || patiently apt_get 600 purge "$@" || give_up
}

# leave_group: Docker's packages leave the group that they made, and systemd its sockets.
leave_group() {
	if [ ! -e "$STATE/group.before" ] && getent group docker >/dev/null; then logged groupdel docker || :; fi
	# a container on the host's network leaves it mounted there, also when the daemon has ended
	umount "$ROOT"/run/docker/netns/* 2>/dev/null || :
	rm -rf "$ROOT/run/docker" "$ROOT/run/docker.sock" "$ROOT/run/containerd"
	# containerd makes these, empty, when it starts
	rmdir "$ROOT/opt/containerd/bin" "$ROOT/opt/containerd/lib" "$ROOT/opt/containerd" 2>/dev/null || :
	logged systemctl daemon-reload || :
	logged systemctl reset-failed || :
}

leave_files() {
	[ -s "$STATE/files" ] || return 0
	while read -r path; do
		if as_we_left "$path"; then
			put_back "$path"
		else
			say stays "$path"
		fi
	done <"$STATE/files"
	rm -f "$ROOT$DAEMON_JSON.before"
	[ "$FAMILY" != apt ] || rm -f "$ROOT"/var/lib/apt/lists/*_linux_"$DISTRO"_dists_*
	rmdir "$ROOT/etc/docker" 2>/dev/null || :
	take_folders
}

leave_data() {
	if have dockerd; then
		say data_in_use
		return 0
	fi
	say data
	rm -rf "$ROOT/var/lib/docker" "$ROOT/var/lib/containerd" 2>/dev/null ||
		find "$ROOT/var/lib/docker" "$ROOT/var/lib/containerd" -mindepth 1 -delete 2>/dev/null || :
}
