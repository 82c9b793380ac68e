#!/bin/sh
# The accounts. Those that we made (written down in $STATE/users before they are made) get
# sudo and the lab's keys; one that was there before, as the cloud's own login account, is
# only put into the group docker.

ensure_users() {
	mkdir -p "$STATE"
	getent group docker >/dev/null || {
		act group
		groupadd --system docker
	}
	for user in $(setting USERS); do ensure_user "$user"; done
	ensure_sudo
}

ensure_user() {
	getent passwd "$1" >/dev/null || {
		act user "$1"
		printf '%s\n' "$1" >>"$STATE/users"
		# a cloud's agent may be making it at the same moment
		logged make_account "$1" || getent passwd "$1" >/dev/null || die 1 account "$1" "$(last_line)"
	}
	if ! is_member "$1"; then
		act member "$1"
		usermod --append --groups docker "$1"
	fi
	if grep -qx "$1" "$STATE/users" 2>/dev/null; then ensure_keys "$1"; fi
}

# make_account NAME: its password `*` fits nothing, yet the account is not locked, so keys do.
# Ubuntu has groups of names that people choose, as `admin`.
make_account() {
	set -- --create-home --shell /bin/bash --password '*' --groups docker "$1"
	getent group "$8" >/dev/null && set -- --gid "$8" "$@"
	useradd "$@"
}

is_member() {
	case " $(id -nG "$1" 2>/dev/null) " in
	*' docker '*) ;;
	*) return 1 ;;
	esac
}

ensure_keys() {
	keys=$(setting AUTHORIZED_KEYS | tr ',' '\n')
	folder=$ROOT$(getent passwd "$1" | cut -d: -f6)/.ssh
	[ -n "$keys" ] || [ -d "$folder" ] || return 0
	logged mkdir -p "$folder" || die 1 account "$1" "$(last_line)"
	chmod 0700 "$folder"
	ensure_block "$folder/authorized_keys" "$keys" keys "$1"
	chown -R "$1:" "$folder"
}

ensure_sudo() {
	[ -s "$STATE/users" ] && have visudo || return 0
	file=$ROOT/etc/sudoers.d/dockyard
	rules=$(sort -u "$STATE/users" | sed 's/$/ ALL=(ALL:ALL) NOPASSWD: ALL/')
	[ "$(cat "$file" 2>/dev/null)" != "$rules" ] || return 0
	act sudo "$(sort -u "$STATE/users" | tr '\n' ' ')"
	# sudo does not read a file with a dot in its name
	printf '%s\n' "$rules" | put "$file.checked" 0440
	logged visudo -cf "$file.checked"
	mv -f "$file.checked" "$file"
}

members_missing() {
	for user in $(setting USERS); do
		is_member "$user" || printf '%s ' "$user"
	done
}
