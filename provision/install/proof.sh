#!/bin/sh
# Proof that Docker works, by what it does: nothing is pulled, nothing is left. The image is made
# of this machine's own sh, and of perl where it is, which can listen and connect.

CHECKS='container volume names port network'

# prove: dies with what does not work.
prove() {
	say container
	[ -z "${CUT_OFF:-}" ] || clear_leftovers
	look_at_plugins
	if try_all; then
		prove_rootless
		mend_nothing
		return 0
	fi
	said=$(run_complaint)
	clear_probe
	die 7 "$FAILED" "$said"
}

mend_nothing() {
	clear_probe
	read_plugins
}

# try_all: FAILED names the sentence of the first that fails; DONE holds what was seen.
try_all() {
	DONE='' FAILED=no_container PORT=''
	make_probe || return 1
	run_probe --network bridge || {
		run_probe --network host || return 1
		FAILED=no_bridge
		return 1
	}
	seen container
	FAILED=no_volume
	write_volume && read_volume || return 1
	seen volume
	FAILED=no_names
	serve || return 1
	seen names
	FAILED=no_port
	if [ -n "$PERL" ]; then
		connect_port || return 1
		seen port
	fi
	FAILED=no_network
	if reach_network; then seen network; fi
}

seen() {
	DONE="$DONE $1"
}

# make_probe: programs and the libraries that they name; those that find names are named by
# nobody before glibc 2.34.
make_probe() {
	PERL=''
	! have perl || PERL=/usr/bin/perl
	for program in "$ROOT/bin/sh" $PERL /usr/bin/getent /usr/bin/sleep \
		/lib/*/libnss_dns.so.2 /lib/*/libnss_files.so.2; do
		[ -r "$program" ] || continue
		printf '%s\n' "${program#/}"
		ldd "$program" 2>/dev/null | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\//) print substr($i, 2) }'
	done | sort -u | tar -C "$ROOT/" -chf "$WORK/probe.tar" -T - 2>/dev/null
	logged docker import "$WORK/probe.tar" "$PROBE"
}

# run_probe FLAG...: on a bridge it has a default route (00000000) of its own.
run_probe() {
	logged timeout 60 docker run --rm "$@" "$PROBE" \
		/bin/sh -c "while read -r link to rest; do echo out by \$link \$to; done </proc/net/route" &&
		grep -q 'out by .* 00000000' "$OUT"
}

write_volume() {
	logged docker volume create "dockyard-probe-$$" &&
		logged timeout 60 docker run --rm -v "dockyard-probe-$$:/v" "$PROBE" /bin/sh -c 'echo kept >/v/f'
}

read_volume() {
	logged timeout 60 docker run --rm -v "dockyard-probe-$$:/v" "$PROBE" \
		/bin/sh -c "read -r word </v/f; echo \$word" && grep -qx kept "$OUT"
}

# serve: a container that finds its own name by Docker's resolver and answers one connection.
serve() {
	logged docker network create "dockyard-probe-$$" || return 1
	set -- /bin/sh -c 'getent hosts probe && exec sleep 30'
	[ -z "$PERL" ] || set -- /bin/sh -c "getent hosts probe && exec perl -e '$LISTEN'"
	logged timeout 60 docker run -d --name "dockyard-probe-$$" --network "dockyard-probe-$$" \
		--network-alias probe -p 127.0.0.1::7 "$PROBE" "$@" || return 1
	tried=0
	until logged docker logs "dockyard-probe-$$" && grep -q '^[0-9].* probe' "$OUT"; do
		tried=$((tried + 1))
		[ "$tried" -lt 50 ] || return 1
		sleep 0.2
	done
	PORT=$(docker port "dockyard-probe-$$" 7/tcp | sed -n 's/^127\.0\.0\.1://p' | sed q)
}

# perl without modules, as small images have it; 2, 1 are AF_INET and SOCK_STREAM
LISTEN='socket(S,2,1,0);setsockopt(S,1,2,1);bind(S,pack("Snx12",2,7))||die;listen(S,5);while(accept(C,S)){syswrite(C,"hello\n");close(C)}'

# connecting ADDRESS PORT: perl that opens S.
connecting() {
	printf 'alarm 5; socket(S,2,1,0); connect(S,pack("SnC4x8",2,%s,%s)) or die "no answer\\n"' \
		"$2" "$(printf '%s' "$1" | tr . ,)"
}

connect_port() {
	tried=0
	until logged perl -e "$(connecting 127.0.0.1 "$PORT"); sysread(S,\$x,99); print \$x" && grep -qx hello "$OUT"; do
		tried=$((tried + 1))
		[ "$tried" -lt 20 ] || return 1
		sleep 0.2
	done
}

# reach_network: from a container, what this machine reaches itself; it may reach nothing.
reach_network() {
	[ -n "$PERL" ] && [ -z "$PROXY$REPO_DIR" ] && [ "$SOURCE" = docker ] || return 1
	host=$(setting MIRROR https://download.docker.com)
	port=443
	case $host in http:*) port=80 ;; esac
	host=${host#*://}
	host=${host%%/*}
	case $host in *:*) port=${host##*:} host=${host%:*} ;; esac
	address=$(getent ahostsv4 "$host" | awk '{ print $1; exit }')
	[ -n "$address" ] || return 1
	logged timeout 20 docker run --rm "$PROBE" /bin/sh -c "getent ahostsv4 $host && perl -e '$(connecting "$address" "$port")'"
}

# clear_probe [PROCESS]: of this run, or of another one.
clear_probe() {
	set -- "${1:-$$}"
	{
		docker rm -fv "dockyard-probe-$1"
		docker network rm "dockyard-probe-$1"
		docker volume rm -f "dockyard-probe-$1"
		docker image rm -f "dockyard/probe:$1"
	} >/dev/null 2>&1 || :
}

# clear_leftovers: of runs that were killed in their proof; a `--check` may be at its own right now.
clear_leftovers() {
	{
		docker ps -a --format '{{.Names}}'
		docker network ls --format '{{.Name}}'
		docker volume ls -q
		docker images --format '{{.Repository}}:{{.Tag}}' dockyard/probe
	} 2>/dev/null | sed -n 's,^dockyard[-/]probe[-:]\([0-9]*\)$,\1,p' | sort -u >"$WORK/leftovers"
	while read -r process; do
		[ -d "$ROOT/proc/$process" ] || clear_probe "$process"
	done <"$WORK/leftovers"
}

# check_docker: `--check`: the same again, and nothing but its word.
check_docker() {
	export LOG=/dev/null STEP=check MARKING=''
	trap 'rm -rf "$WORK"' EXIT
	REASON='' HINT='' state=ready code=0
	set --
	find_source
	if ! daemon_answers; then
		why_no_answer
	else
		look_at_plugins
		try_all || wrong 7 "$FAILED" "$(run_complaint)"
		clear_probe
		read_plugins
		missing=$(members_missing)
		[ -z "$missing" ] || wrong 7 no_member "${missing% }"
		missing=$(rootless_missing)
		[ -z "$missing" ] || wrong 7 no_rootless "${missing% }" ''
		look_at_next_start
	fi
	if [ "$code" != 0 ]; then
		state=failed
		[ -n "$AS_JSON" ] || printf '%s: %s.\n  %s\n' "${PROGRAM:-}" "$REASON" "$HINT" >&2
	fi
	[ -z "$AS_JSON" ] || mark_json "$state" "$REASON" "$HINT" "$(more)" >&3
	[ "$state" = ready ] || exit "$code"
	say works "$DOCKER"
	exit 0
}

# wrong CODE KEY [ARG...]: the first one is told.
wrong() {
	[ "$code" != 0 ] || explain "$@"
}

why_no_answer() {
	if [ -S "$ROOT/run/docker.sock" ] && [ ! -w "$ROOT/run/docker.sock" ]; then
		wrong 3 no_right "$(id -un)"
	elif ! have docker || ! have dockerd; then
		wrong 7 not_installed
	else
		wrong 7 down "$(daemon_complaint)"
	fi
}

# look_at_next_start: a Docker that works today may not after the next boot.
look_at_next_start() {
	[ "$INIT" = none ] || systemctl is-enabled -q docker || wrong 7 not_enabled
	[ "$(id -u)" = 0 ] && [ -s "$ROOT$DAEMON_JSON" ] || return 0
	daemon_accepts || wrong 7 not_again "$(last_line)"
}

# more: members of the result beside those of mark.sh.
more() {
	printf ',"client":"%s","containerd":"%s","seconds":%s,"script":"%s","images":"%s","rootless":"%s"' \
		"$(docker version -f '{{.Client.Version}}' 2>/dev/null)" \
		"$(containerd --version 2>/dev/null | awk '{ sub(/^v/, "", $3); print $3 }')" \
		$(($(now) - STARTED)) "$PROVISION" "${PULLED:-0}" "$(setting ROOTLESS)"
	for proof in $CHECKS; do
		case " ${DONE:-} " in
		*" $proof "*) printf ',"%s":true' "$proof" ;;
		*) printf ',"%s":false' "$proof" ;;
		esac
	done
}

mark_result() {
	mark "$1" '' '' "$(more)"
}
