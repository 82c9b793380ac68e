#!/bin/sh
# daemon.json: a person's own keys stay, ours are added, what was asked for wins. All of it is
# worked out and looked at before anything on the machine is changed.

# find_settings: a person may keep daemon.json elsewhere, and only a link to it here.
find_settings() {
	[ -L "$ROOT$DAEMON_JSON" ] || return 0
	found=$(readlink -f "$ROOT$DAEMON_JSON") || die 2 no_file "$DAEMON_JSON" "$(readlink "$ROOT$DAEMON_JSON")"
	DAEMON_JSON=${found#"$ROOT"}
}

# look_at_settings: $WORK/settled.json, or nothing where the file stays as it is.
look_at_settings() {
	file=$ROOT$DAEMON_JSON
	[ ! -d "$file" ] || die 2 json_folder "$DAEMON_JSON"
	echo '{}' >"$WORK/now.json"
	if grep -q '[^[:space:]]' "$file" 2>/dev/null; then cp "$file" "$WORK/now.json"; fi
	read_json "$WORK/now.json" "$DAEMON_JSON" >"$WORK/shown.json"
	cp "$WORK/shown.json" "$WORK/next.json"
	have dockerd || add_defaults
	ask_for "$(asked_lists)" --registry-mirror
	if [ -n "$DAEMON_FILE" ]; then ask_for "$(cat "$DAEMON_FILE")" "$DAEMON_FILE"; fi
	look_for_conflicts "$WORK/next.json"
	if cmp -s "$WORK/shown.json" "$WORK/next.json"; then return 0; fi
	[ ! -e "$file" ] || [ -w "$file" ] || die 3 json_read_only "$DAEMON_JSON"
	mv "$WORK/next.json" "$WORK/settled.json"
}

# read_json FILE NAME: as json_of shows it; NAME is said of what cannot be read.
read_json() {
	json_of show "$1" || {
		where=$(json_of show "$1") || :
		die 2 broken_json "$2" "${where%% *}" "${where#* }"
	}
}

# add_defaults: for a daemon that is new here. Log settings go together: a person's own driver
# may not know ours.
add_defaults() {
	daemon_defaults >"$WORK/defaults.json"
	if json_of flat "$WORK/next.json" | grep -q '^log-'; then
		printf '{"default-address-pools":[{"base":"@","size":24}]}\n' >"$WORK/defaults.json"
	fi
	pool=$(free_pool)
	sed "s,\"base\": *\"[^\"]*\",\"base\": \"$pool\"," "$WORK/defaults.json" >"$WORK/more.json"
	json_of fill "$WORK/next.json" "$WORK/more.json" >"$WORK/filled.json"
	mv "$WORK/filled.json" "$WORK/next.json"
}

# free_pool: the first range that none of this machine's routes leads into.
free_pool() {
	for pool in 172.20.0.0/14 172.24.0.0/14 172.28.0.0/14 10.208.0.0/12 192.168.128.0/17; do
		[ -n "$(routes | overlap "$pool")" ] || break
	done
	printf '%s\n' "$pool"
}

# routes: networks that this machine reaches by a route of their own, Docker's left out.
routes() {
	awk '
		function byte(hex) { return 16 * (index(D, substr(hex, 1, 1)) - 1) + index(D, substr(hex, 2, 1)) - 1 }
		BEGIN { D = "0123456789ABCDEF" }
		NR > 1 && $1 !~ /^(docker|br-|veth)/ && $8 != "00000000" {
			bits = 0
			for (i = 1; i < 8; i += 2) for (b = byte(substr($8, i, 2)); b > 0; b = int(b / 2)) bits += b % 2
			print byte(substr($2, 7, 2)) "." byte(substr($2, 5, 2)) "." byte(substr($2, 3, 2)) "." byte(substr($2, 1, 2)) "/" bits
		}' "$ROOT/proc/net/route" 2>/dev/null || :
}

# overlap RANGE: the first of those on stdin that shares an address with RANGE.
overlap() {
	{
		printf '%s\n' "$1"
		cat
	} | awk -F '[./]' '
		NF == 5 {
			size = 1 # no ^: busybox may be built without it
			for (bits = $5; bits < 32; bits++) size *= 2
			from = (($1 * 256 + $2) * 256 + $3) * 256 + $4
			from -= from % size
			if (NR == 1) { low = from; high = from + size }
			else if (from < high && low < from + size) { print; exit }
		}'
}

# asked_lists: the options that add to lists, as JSON.
asked_lists() {
	printf '{%s%s%s}\n' "$(list registry-mirrors "$MIRRORS")" \
		"${MIRRORS:+${INSECURE:+,}}" "$(list insecure-registries "$INSECURE")"
}

# list KEY WORDS
list() {
	[ -n "$2" ] || return 0
	printf '"%s":[' "$1"
	printf '%s' "$2" | awk '{ for (i = 1; i <= NF; i++) printf "%s\"%s\"", (i > 1 ? "," : ""), $i }'
	printf ']'
}

# ask_for TEXT NAME: TEXT is merged in, and wins.
ask_for() {
	printf '%s\n' "$1" >"$WORK/asked.json"
	read_json "$WORK/asked.json" "$2" >"$WORK/asked.shown"
	json_of merge "$WORK/next.json" "$WORK/asked.shown" >"$WORK/merged.json"
	mv "$WORK/merged.json" "$WORK/next.json"
}

# look_for_conflicts FILE: what the daemon would refuse, or worse, would not.
look_for_conflicts() {
	json_of flat "$1" >"$WORK/flat"
	if grep -q '^hosts\.' "$WORK/flat" && [ "$INIT" = systemd ] &&
		! grep -qsx 'ExecStart=' "$ROOT"/etc/systemd/system/docker.service.d/*.conf; then
		die 2 conflict_hosts
	fi
	if [ -n "$SWARM" ] || [ -s "$ROOT/var/lib/docker/swarm/docker-state.json" ]; then
		! is_set live-restore true || die 2 conflict_swarm '"live-restore": true'
		! is_set firewall-backend '"nftables"' || die 2 conflict_swarm '"firewall-backend": "nftables"'
	fi
	pools=$(sed -n 's/^default-address-pools\.[0-9]*\.base	"\(.*\)"$/\1/p' "$WORK/flat")
	while [ -n "$pools" ]; do
		one=${pools%%"$NEWLINE"*}
		pools=$(printf '%s\n' "$pools" | sed 1d)
		other=$(printf '%s\n' "$pools" | overlap "$one")
		[ -z "$other" ] || die 2 conflict_pools "$one" "$other"
	done
	least=$(sed -n 's/^min-api-version	"1\.\([0-9]*\)"$/\1/p' "$WORK/flat")
	[ -z "$least" ] || [ "$least" -ge 24 ] || die 2 conflict_api "1.$least"
}

is_set() {
	grep -qxF "$1	$2" "$WORK/flat"
}

# ensure_daemon_json: the old settings lie in STATE until the new ones were tried (daemon.sh).
ensure_daemon_json() {
	[ -e "$WORK/settled.json" ] || return 0
	act settings
	file=$ROOT$DAEMON_JSON
	if [ ! -e "$STATE/daemon.json" ]; then
		cp "$file" "$STATE/daemon.json" 2>/dev/null || : >"$STATE/daemon.json"
	fi
	mode=0644
	[ ! -e "$file" ] || mode=$(stat -c 0%a "$file")
	write "$DAEMON_JSON" "$mode" <"$WORK/settled.json"
	rm "$WORK/settled.json"
	SETTLED=yes
}

# note_settings: once they were tried; those of a run that was cut off, too.
note_settings() {
	grep -qsxF "$DAEMON_JSON" "$STATE/files" || return 0
	[ -z "${SETTLED:-}" ] || forget_sum "$DAEMON_JSON"
	[ -n "$(sum_of "$DAEMON_JSON")" ] || note_sum "$DAEMON_JSON"
}

# in_container: Docker or Podman started this, and left its mark.
in_container() {
	[ -e "$ROOT/.dockerenv" ] || [ -e "$ROOT/run/.containerenv" ]
}

# ensure_started: where nothing starts services, it is said with a code of its own.
ensure_started() {
	ensure_daemon_json
	if [ "$INIT" = none ]; then
		rm -f "$STATE/daemon.json"
		note_settings
		! in_container || die 8 not_started_inside
		die 8 not_started
	fi
	ensure_daemon
	note_settings
}
