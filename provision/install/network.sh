#!/bin/sh
# Why an address is out of reach, found out before apt is asked, whose words seldom tell.

# ensure_reachable URL: dies with what this machine lacks. A proxy reaches for it.
ensure_reachable() {
	host=${1#*://}
	host=${host%%/*}
	host=${host%:*}
	ls "$ROOT"/sys/class/net >"$WORK/links" 2>/dev/null || return 0
	a_link_is_up || die 3 no_link
	if [ -n "$PROXY" ]; then
		return 0
	fi
	has_route || case $host in 127.* | localhost) ;; *) a_route_leads_to "$host" || die 5 no_route "$host" ;; esac
	tries=0
	until timeout 20 getent ahosts "$host" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 3 ] || die 5 no_name "$host" "$(sed -n 's/^nameserver *//p' "$ROOT/etc/resolv.conf" 2>/dev/null | tr '\n' ' ')"
		sleep "$tries"
	done
}

a_link_is_up() {
	while read -r link; do
		case $link in lo | docker* | veth* | br-*) continue ;; esac
		case $(cat "$ROOT/sys/class/net/$link/operstate" 2>/dev/null) in
		up | unknown) return 0 ;;
		esac
	done <"$WORK/links"
	return 1
}

# has_route: a default route; one of IPv6 will do.
has_route() {
	awk 'NR > 1 && $2 == "00000000" && $8 == "00000000" { found = 1 } END { exit !found }' "$ROOT/proc/net/route" 2>/dev/null ||
		awk '$1 ~ /^0+$/ && $2 == "00" && $10 != "lo" { found = 1 } END { exit !found }' "$ROOT/proc/net/ipv6_route" 2>/dev/null
}

# a_route_leads_to ADDRESS: a mirror on this machine's own network needs no default route.
a_route_leads_to() {
	case $1 in *[!0-9.]*) return 1 ;; esac
	[ -n "$(routes | overlap "$1/32")" ]
}

# timeout SECONDS COMMAND...: as the program does, but Ctrl-C ends what only fetches. What installs is
# a group of its own, which is not cut off. busybox has it all in one group, and no such option.
timeout() {
	case " $* " in
	*' update '* | *'/apt-helper '*)
		if command timeout --foreground 9 true 2>/dev/null; then set -- --foreground "$@"; fi
		;;
	esac
	command timeout "$@"
}
