#!/bin/sh
# Proof: a container runs, from an image made here: nothing is pulled, nothing is left.
# The image is this machine's own sh and the libraries that it names.

PROBE=dockyard/probe

find_facts() {
	daemon_answers || :
	COMPOSE=$(docker compose version --short 2>/dev/null) || COMPOSE=
	BUILDX=$(docker buildx version 2>/dev/null | sed -n 's/^[^ ]* v\{0,1\}\([^ +]*\).*/\1/p') || BUILDX=
	export COMPOSE BUILDX
}

ensure_verified() {
	[ -n "$CHANGED" ] || return 0
	say container
	container_runs bridge && return 0
	said=$(last_line)
	container_runs host || die 7 no_container "$said"
	die 7 no_bridge "$said"
}

# container_runs NETWORK: on a bridge it has a way out of its own, a default route (00000000).
container_runs() {
	ldd "$ROOT/bin/sh" | awk '{ print "bin/sh"; for (i = 1; i <= NF; i++) if ($i ~ /^\//) print substr($i, 2) }' |
		sort -u | tar -C "$ROOT/" -chf "$OUT.tar" -T - 2>/dev/null
	logged docker import "$OUT.tar" "$PROBE" || return 1
	runs=0
	logged timeout 60 docker run --rm --network "$1" "$PROBE" \
		/bin/sh -c "while read -r link to rest; do echo out by \$link \$to; done </proc/net/route" || runs=$?
	docker image rm -f "$PROBE" >/dev/null 2>&1 || :
	[ "$runs" = 0 ] && grep -q 'out by .* 00000000' "$OUT"
}
