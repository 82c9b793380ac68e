#!/bin/sh
# A proxy, and who may use Docker.

APT_PROXY=/etc/apt/apt.conf.d/95install-docker
DAEMON_PROXY=/etc/systemd/system/docker.service.d/install-docker-proxy.conf

# ensure_proxy: also for what comes after this run; a name and password in it are root's alone.
ensure_proxy() {
	[ -n "$PROXY" ] || return 0
	if [ "$FAMILY" = apt ]; then
		printf 'Acquire::http::Proxy "%s";\nAcquire::https::Proxy "%s";\n' "$PROXY" "$PROXY" >"$WORK/apt"
		proxy_file "$APT_PROXY" "$WORK/apt" "$(proxy_mode)" || :
	fi
	[ "$INIT" = systemd ] || return 0
	printf '[Service]\nEnvironment="HTTP_PROXY=%s" "HTTPS_PROXY=%s" "NO_PROXY=%s"\n' \
		"$(printf '%s' "$PROXY" | sed 's/%/%%/g')" "$(printf '%s' "$PROXY" | sed 's/%/%%/g')" \
		"${no_proxy:-localhost,127.0.0.0/8}" >"$WORK/unit"
	if proxy_file "$DAEMON_PROXY" "$WORK/unit" "$(proxy_mode)"; then
		logged systemctl daemon-reload || :
		! have dockerd || restart_daemon || die 7 down "$(daemon_complaint)"
	fi
}

# proxy_mode: everybody reads apt's settings, but not a password in them.
proxy_mode() {
	case $PROXY in
	*@*) echo 0600 ;;
	*) echo 0644 ;;
	esac
}

# complaint: as in apt.sh, without a proxy's password.
complaint() {
	said=$(sed -n '/^E: /{p;q;}' "$OUT" | cut -c1-300)
	proxy=$(printf '%s' "${http_proxy:-}" | sed 's,//[^/]*@,//...@,')
	printf '%s%s\n' "${said:-$(last_line)}" "${proxy:+ (http_proxy: $proxy)}"
}

# proxy_file PATH FROM MODE: whether it was another.
proxy_file() {
	! cmp -s "$ROOT$1" "$2" || return 1
	act proxy "$1"
	write "$1" "$3" <"$2"
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
