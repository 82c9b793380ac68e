#!/bin/sh
# The daemon: its settings, and that it answers. $STATE/daemon.json holds the old settings, or
# nothing when there were none, for as long as the new ones have not been tried.

DAEMON_JSON=/etc/docker/daemon.json

# ensure_settings: before the packages, so that a first daemon starts with them. What is run
# alone, from the project's folder, has the defaults beside it.
ensure_settings() {
	file=$ROOT$DAEMON_JSON
	text=$(setting DAEMON "$(cat "$HERE/daemon.json" 2>/dev/null)")
	[ -n "$text" ] || return 0
	[ "$(cat "$file" 2>/dev/null)" != "$text" ] || return 0
	act settings
	mkdir -p "${file%/*}"
	touch "$file"
	[ -e "$STATE/daemon.json" ] || put "$STATE/daemon.json" 0644 <"$file"
	printf '%s\n' "$text" | put "$file" 0644
}

# ensure_daemon: new settings tried, the daemon answering and started at boot.
ensure_daemon() {
	[ ! -e "$STATE/daemon.json" ] || try_settings
	daemon_answers && systemctl is-enabled -q docker && return 0
	act daemon
	logged systemctl enable --now docker || :
	daemon_comes || die 7 down "$(daemon_complaint)"
}

# try_settings: a daemon that was just installed has started with them, which is all that can be
# asked of it.
try_settings() {
	if { [ -n "${NEW_DOCKER:-}" ] && daemon_answers; } || { daemon_accepts && restart_daemon; }; then
		if [ -s "$STATE/daemon.json" ]; then cp "$STATE/daemon.json" "$ROOT$DAEMON_JSON.before"; fi
		rm -f "$STATE/daemon.json"
		return 0
	fi
	said=$(last_line)
	if [ -s "$STATE/daemon.json" ]; then
		# its mode stays
		cp "$STATE/daemon.json" "$ROOT$DAEMON_JSON"
	else
		rm -f "$ROOT$DAEMON_JSON"
	fi
	rm -f "$STATE/daemon.json"
	restart_daemon || :
	die 7 refused "$said"
}

# daemon_accepts: engines before 23 cannot be asked.
daemon_accepts() {
	! dockerd --help 2>/dev/null | grep -q -e --validate ||
		logged timeout 20 dockerd --validate --config-file "$ROOT$DAEMON_JSON"
}

restart_daemon() {
	act daemon
	logged systemctl reset-failed docker.service docker.socket || :
	logged timeout 120 systemctl restart docker || :
	daemon_comes || {
		daemon_complaint >"$OUT.said"
		mv "$OUT.said" "$OUT"
		return 1
	}
}

daemon_answers() {
	DOCKER=$(timeout 20 docker version -f '{{.Server.Version}}' 2>/dev/null) || DOCKER=
	[ -n "$DOCKER" ]
}

# look_at_plugins: goes on beside what follows, until read_plugins: each start of the client or
# of a plugin takes a quarter of a second on an emulated machine.
look_at_plugins() {
	timeout 20 docker info -f '{{range .ClientInfo.Plugins}}{{.Name}}={{.Version}} {{end}}' \
		>"$OUT.plugins" 2>/dev/null &
}

# read_plugins: COMPOSE and BUILDX.
read_plugins() {
	wait
	COMPOSE='' BUILDX=''
	plugins=$(cat "$OUT.plugins")
	for plugin in $plugins; do
		case $plugin in
		compose=*) COMPOSE=${plugin#*=} COMPOSE=${COMPOSE#v} ;;
		buildx=*) BUILDX=${plugin#*=} BUILDX=${BUILDX#v} ;;
		esac
	done
	export COMPOSE BUILDX="${BUILDX%%+*}"
}

# daemon_comes: systemd calls it active before it answers, and restarts it a few times.
daemon_comes() {
	second=0
	until daemon_answers; do
		second=$((second + 1))
		[ "$second" -le 20 ] && ! systemctl is-failed -q docker || return 1
		sleep 1
	done
}

# daemon_complaint: the daemon's own last word.
daemon_complaint() {
	journalctl -u docker -n 40 -o cat --no-pager 2>/dev/null |
		grep -iE 'level=(fatal|error)|failed to start daemon|unable to' | tail -n 1 | cut -c1-300
}
