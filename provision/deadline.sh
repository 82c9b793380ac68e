#!/bin/sh
# On Amazon EC2 a machine ends itself at its deadline, for a shutdown terminates it there. The
# deadline is the tag dockyard-expires, asked of the metadata service each minute: it can be moved.
# Elsewhere a shutdown ends nothing, and no timer is set.

# ensure_deadline: lasts until the next boot, which sets it again.
ensure_deadline() {
	grep -q Amazon "$ROOT/sys/class/dmi/id/sys_vendor" 2>/dev/null || return 0
	systemctl is-active -q dockyard-deadline.timer && return 0
	systemd-run -qu dockyard-deadline --on-active=60 --on-unit-active=60 \
		sh /var/lib/dockyard/provision/deadline.sh --now
}

# end_if_due: whoever does not answer, or says no time, ends nothing.
end_if_due() {
	set -- http://169.254.169.254/latest X-aws-ec2-metadata-token
	token=$(curl -fsm 2 -X PUT -H "$2-ttl-seconds: 60" "$1/api/token") || return 0
	ends=$(curl -fsm 2 -H "$2: $token" "$1/meta-data/tags/instance/dockyard-expires") || return 0
	case $ends in '' | *[!0-9]*) return 0 ;; esac
	[ "$(date +%s)" -lt "$ends" ] || systemctl poweroff
}

case $0$* in *deadline.sh--now) end_if_due ;; esac
