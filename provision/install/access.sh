#!/bin/sh
# A proxy, and who may use Docker.

APT_PROXY=/etc/apt/apt.conf.d/95install-docker
DAEMON_PROXY=/etc/systemd/system/docker.service.d/install-docker-proxy.conf
DAEMON_PROXY_VALUES=/etc/systemd/system/docker.service.d/install-docker-proxy.env

# ensure_proxy: also for what comes after this run; a name and password in it are root's alone. Not by
# Environment= in the unit: `systemctl show` would tell it to everybody.
ensure_proxy() {
	[ -n "$PROXY" ] || return 0
	if [ "$FAMILY" = apt ]; then
		printf 'Acquire::http::Proxy "%s";\nAcquire::https::Proxy "%s";\n' "$PROXY" "$PROXY" >"$WORK/apt"
		proxy_file "$APT_PROXY" "$WORK/apt" "$(proxy_mode)" || :
	fi
	[ "$INIT" = systemd ] || return 0
	printf 'HTTP_PROXY="%s"\nHTTPS_PROXY="%s"\nNO_PROXY="%s"\n' \
		"$PROXY" "$PROXY" "${no_proxy:-${NO_PROXY:-localhost,127.0.0.0/8}}" >"$WORK/values"
	printf '[Service]\nEnvironmentFile=%s\n' "$DAEMON_PROXY_VALUES" >"$WORK/unit"
	other=
	if proxy_file "$DAEMON_PROXY_VALUES" "$WORK/values" "$(proxy_mode)"; then other=yes; fi
	if proxy_file "$DAEMON_PROXY" "$WORK/unit" 0644; then other=yes; fi
	[ -n "$other" ] || return 0
	logged systemctl daemon-reload || :
	! have dockerd || restart_daemon || die 7 down "$(daemon_complaint)"
}

# proxy_mode: everybody reads apt's settings, but not a password in them.
proxy_mode() {
	case $PROXY in
	*@*) echo 0600 ;;
	*) echo 0644 ;;
	esac
}

without_password() {
	printf '%s\n' "$1" | sed 's,//.*@,//...@,'
}

# complaint: as in apt.sh, without a proxy's password; what a package lacks says more than apt's error.
complaint() {
	said=$(sed -n '/^ [^ ]* : [A-Z][A-Za-z-]*: /{s/^ //;p;q;}' "$OUT" | cut -c1-300)
	said=${said:-$(sed -n '/^E: /{p;q;}' "$OUT" | cut -c1-300)}
	said=${said:-$(last_line)}
	proxy=$(without_password "${http_proxy:-}")
	printf '%s%s\n' "${said%.}" "${proxy:+ (http_proxy: $proxy)}"
}

# proxy_file PATH FROM MODE: whether it was another.
proxy_file() {
	! cmp -s "$ROOT$1" "$2" || return 1
	act proxy "$1"
	write "$1" "$3" <"$2"
	note_sum "$1"
}

# look_at_users: a name that nobody has is most likely mistyped.
look_at_users() {
	for user in $(setting USERS); do
		id "$user" >/dev/null 2>&1 || die 2 no_user "$user"
	done
}

ensure_members() {
	for user in $(setting USERS); do
		is_member "$user" || ensure_one_member "$user"
	done
}

ensure_one_member() {
	getent group docker >/dev/null || logged groupadd --system docker
	act member_of "$1"
	printf '%s\n' "$1" >>"$STATE/members"
	if have usermod; then
		usermod --append --groups docker "$1"
	else
		addgroup "$1" docker
	fi
	# whoever is logged in already is not in the group until the next login
	if have setfacl && setfacl -m "u:$1:rw" "$ROOT/run/docker.sock" 2>/dev/null; then
		say at_once "$1"
	else
		say next_login "$1"
	fi
}
