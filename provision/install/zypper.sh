#!/bin/sh
# zypper's words: openSUSE and SLES, from their own packages. Tested against a stand-in alone.

use_zypper() {
	export CACHE=/var/cache SUFFIX=rpm REPOSITORY_FILES='' OWN_ENGINE=docker
	use_rpm
	use_words zypper 'wanted_packages conflicting versions pinned refresh install_now exchange exchange_folder remove_packages'
}

zypper_wanted_packages() {
	case $ID in
	sles) echo docker ;;
	*) echo docker docker-buildx docker-compose ;;
	esac
}

zypper_conflicting() { installed "$OF_DOCKER podman-docker"; }

zypper_versions() {
	zypper -q search -s -t package --match-exact "$1" 2>/dev/null |
		awk -F '|' -v name="$1" '{ gsub(/ /, "") } $2 == name { print $4 }' | sort -rV | uniq
}

zypper_pinned() { case $1 in docker) printf '%s\n' "$1${exact:+=$exact}" ;; *) printf '%s\n' "$1" ;; esac }

zypper_refresh() {
	act index
	export FRESH=yes
	patiently logged timeout 300 zypper --non-interactive refresh || give_up
}

zypper_install_now() { patiently logged timeout 1800 zypper --non-interactive install "$@" || give_up; }

zypper_exchange() {
	[ -n "$LEAN" ] || set -- --recommends "$@"
	[ -z "$LEAN" ] || set -- --no-recommends "$@"
	for package in $LEAVING; do patiently logged timeout 600 zypper --non-interactive remove "$package" || give_up; done
	[ -z "$DOWNGRADE" ] || set -- --oldpackage "$@"
	install_now "$@"
}

zypper_exchange_folder() { exchange --allow-unsigned-rpm "$@"; }

zypper_remove_packages() { patiently logged timeout 600 zypper --non-interactive remove "$@" || give_up; }
