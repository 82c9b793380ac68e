#!/bin/sh
# Rootless Docker: a daemon of an account's own, whose containers can do no more than the account
# can. The machine's daemon stays, for root. In STATE: rootless, linger (accounts), subids (account,
# uid or gid, range), as we made them.

# look_at_rootless: nothing is changed where it cannot come to be.
look_at_rootless() {
	[ -n "$(setting ROOTLESS)" ] || return 0
	[ "$SOURCE-$FAMILY-$INIT" = docker-apt-systemd ] || die 2 no_rootless_here "$PRETTY_NAME"
	for user in $(setting ROOTLESS); do
		id "$user" >/dev/null 2>&1 || die 2 no_user "$user"
		[ "$(id -u "$user")" != 0 ] || die 2 rootless_root
		case " $(setting USERS) " in *" $user "*) die 2 rootless_member "$user" ;; esac
		! is_member "$user" || die 2 rootless_member "$user"
	done
}

# all_wanted: as wanted_packages, and what rootless Docker needs.
all_wanted() {
	set -- "$(wanted_packages)"
	[ -z "$(setting ROOTLESS)" ] ||
		set -- "$1" docker-ce-rootless-extras uidmap slirp4netns dbus-user-session
	printf '%s\n' "$*"
}

ensure_rootless() {
	for user in $(setting ROOTLESS); do
		[ -n "$(rootless_version "$user")" ] || ensure_one_rootless "$user"
	done
}

# rootless_version ACCOUNT: of its own daemon, or nothing.
rootless_version() {
	own_docker "$1" timeout 20 docker version -f '{{.Server.Version}}' 2>/dev/null || :
}

# own_docker ACCOUNT COMMAND...: docker in COMMAND speaks to the account's own daemon.
own_docker() {
	host=unix://$ROOT/run/user/$(id -u "$1")/docker.sock
	shift
	(
		export DOCKER_HOST="$host"
		"$@"
	)
}

ensure_one_rootless() {
	act rootless "$1"
	printf '%s\n' "$1" >>"$STATE/rootless"
	ensure_subids "$1" uid
	ensure_subids "$1" gid
	ensure_linger "$1"
	logged modprobe -a ip_tables nf_tables || :
	logged as_account "$1" timeout 120 dockerd-rootless-setuptool.sh install ||
		die 7 no_rootless "$1" "$(rootless_complaint "$1")"
	[ -n "$(rootless_version "$1")" ] || die 7 no_rootless "$1" "$(last_line)"
}

# rootless_complaint ACCOUNT: what the tool misses, as the remarks of the lines that it would have a
# person type; else the last word of the account's daemon; else the tool's own, without its colours.
rootless_complaint() {
	said=$(sed -n '/^sudo sh -eux/,/^EOF/s/^# //p' "$OUT" | tr '\n' ';' | cut -c1-300)
	[ -n "$said" ] || said=$(journalctl "_UID=$(id -u "$1")" -n 60 -o cat --no-pager 2>/dev/null |
		grep -E 'error: |level=(fatal|error)' | tail -n 1 | cut -c1-300)
	[ -n "$said" ] || said=$(sed -n 's/.*\[ERROR\]//p' "$OUT" | tr -d '\033' | sed -e 's/^\(\[[0-9]*m\)* *//' -e q | cut -c1-300)
	printf '%s\n' "${said:-$(last_line)}"
}

# as_account ACCOUNT COMMAND...: with what a login would give it, and nothing of ours.
as_account() {
	account=$1
	shift
	home=$(getent passwd "$account" | cut -d: -f6)
	runs=/run/user/$(id -u "$account")
	(cd "$home" && exec runuser -u "$account" -- env -i "HOME=$home" "USER=$account" \
		"LOGNAME=$account" LC_ALL=C PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
		"XDG_RUNTIME_DIR=$runs" "DBUS_SESSION_BUS_ADDRESS=unix:path=$runs/bus" "$@")
}

# ensure_subids ACCOUNT uid|gid: 65536 of them after all that are given away already.
ensure_subids() {
	if cut -d: -f1 "$ROOT/etc/sub$2" 2>/dev/null | grep -qxF "$1"; then return 0; fi
	first=$(awk -F: '$2 + $3 > last { last = $2 + $3 } END { print (last > 100000 ? last : 100000) }' \
		"$ROOT/etc/sub$2" 2>/dev/null)
	range=$first-$((first + 65535))
	printf '%s %s %s\n' "$1" "$2" "$range" >>"$STATE/subids"
	usermod "--add-sub${2}s" "$range" "$1"
}

# ensure_linger ACCOUNT: its services run from boot on, whether or not it logs in.
ensure_linger() {
	if [ ! -e "$ROOT/var/lib/systemd/linger/$1" ]; then
		printf '%s\n' "$1" >>"$STATE/linger"
		logged loginctl enable-linger "$1" || die 7 no_rootless "$1" "$(last_line)"
	fi
	waited=0
	until logged as_account "$1" systemctl --user start dbus.socket; do
		waited=$((waited + 1))
		[ "$waited" -lt 20 ] || die 7 no_rootless "$1" "$(last_line)"
		sleep 1
	done
}

# prove_rootless: from the image that `prove` made.
prove_rootless() {
	for user in $(setting ROOTLESS); do
		say rootless_proof "$user"
		{
			logged own_docker "$user" docker import "$WORK/probe.tar" "$PROBE"
			own_docker "$user" run_probe --network bridge
		} || die 7 no_rootless "$user" "$(run_complaint)"
		logged own_docker "$user" docker image rm -f "$PROBE" || :
	done
}

# rootless_missing: accounts whose own daemon does not answer.
rootless_missing() {
	for user in $(setting ROOTLESS); do
		[ -n "$(rootless_version "$user")" ] || printf '%s ' "$user"
	done
}

leave_rootless() {
	[ -s "$STATE/rootless" ] || return 0
	sort -u "$STATE/rootless" >"$WORK/rootless"
	while read -r user; do
		say leaves_rootless "$user"
		logged as_account "$user" timeout 60 dockerd-rootless-setuptool.sh uninstall -f || :
		home=$(getent passwd "$user" | cut -d: -f6)
		[ -z "$PURGE" ] || logged as_account "$user" rootlesskit rm -rf "$home/.local/share/docker" || :
		leave_home "$user" "$home"
		if grep -qsxF "$user" "$STATE/linger"; then logged loginctl disable-linger "$user" || :; fi
	done <"$WORK/rootless"
	[ -s "$STATE/subids" ] || return 0
	while read -r user kind range; do
		logged usermod "--del-sub${kind}s" "$range" "$user" || :
	done <"$STATE/subids"
}

# leave_home ACCOUNT FOLDER: what the tool left there; settings of the account's own stay.
leave_home() {
	case $(tr -d '[:space:]' <"$2/.docker/config.json" 2>/dev/null) in
	'{}' | '{"auths":{}}' | '{"auths":{},"currentContext":"default"}') rm -f "$2/.docker/config.json" ;;
	esac
	for folder in .docker/contexts/meta .docker/contexts/tls .docker/contexts .docker \
		.config/systemd/user/default.target.wants .config/systemd/user .config/systemd .config \
		.local/share .local; do
		as_account "$1" rmdir "$2/$folder" 2>/dev/null || :
	done
}
