#!/bin/sh
# The machine's name, and the names of its seat.

ensure_hosts() {
	name=$(setting HOSTNAME)
	if [ -n "$name" ] && [ "$(cat "$ROOT/etc/hostname" 2>/dev/null) $(hostname)" != "$name $name" ]; then
		act hostname "$name"
		replace "$ROOT/etc/hostname" "$name"
		hostname "$name"
	fi
	ensure_block "$ROOT/etc/hosts" "$(setting HOSTS | tr ',' '\n')" hosts
}

# names_missing: those of the seat's names that do not lead to their address. The machine's
# own name may lead to a loopback address.
names_missing() {
	own=$(setting HOSTNAME)
	setting HOSTS | tr ',' '\n' | while read -r address names; do
		case " $names " in *" $own "*) address= ;; esac
		for name in $names; do
			getent ahostsv4 "$name" | grep -q "^$address" || printf '%s ' "$name"
		done
	done
}
