#!/bin/sh
# These files and the settings, at home in /var/lib/dockyard, and a unit that goes on at the
# next boot when a run was cut off: cloud-init never runs a script a second time.

# settle SETTINGS_FILE
settle() {
	mkdir -p "$STATE"
	ready_already || unfinished
	ensure_home
	cmp -s "$1" "$STATE/settings" || put "$STATE/settings" 0644 <"$1"
	ensure_unit
}

# ensure_home: $STATE/provision is a link that is switched in one move, so that the next boot
# finds the old files or the new ones, never half of each.
ensure_home() {
	home=$STATE/provision-$PROVISION
	[ "$STATE/$(readlink "$STATE/provision")" != "$home" ] || return 0
	rm -rf "$home"
	mkdir "$home"
	payload | (cd "$HERE" && xargs cp -t "$home")
	ln -sfn "${home##*/}" "$STATE/provision.new"
	mv -fT "$STATE/provision.new" "$STATE/provision"
	HERE=$home
	for old in "$STATE"/provision-*; do
		[ "$old" = "$home" ] || rm -rf "$old"
	done
}

# ensure_unit: as `systemctl enable` does, which reads every unit anew; the next boot does anyway.
ensure_unit() {
	unit=$ROOT/etc/systemd/system/dockyard-provision.service
	wanted_by=${unit%/*}/multi-user.target.wants
	cmp -s "$HERE/${unit##*/}" "$unit" && [ -L "$wanted_by/${unit##*/}" ] && return 0
	put "$unit" 0644 <"$HERE/${unit##*/}"
	mkdir -p "$wanted_by"
	ln -sf "../${unit##*/}" "$wanted_by/"
}
