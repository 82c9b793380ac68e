#!/bin/sh
# apk's words, and OpenRC's for systemctl: Alpine. Tested against a stand-in alone. Docker is in
# Alpine's repository `community`.

use_apk() {
	export CACHE=/var/cache SUFFIX=apk REPOSITORY_FILES='' OWN_ENGINE=docker
	use_words apk 'installed version_of newer all_packages ensure_dpkg_whole wanted_packages conflicting versions pinned hold release why_failed lock_holder refresh install_now exchange exchange_folder remove_packages systemctl journalctl'
}

apk_installed() { for package in $1; do apk info -e "$package" 2>/dev/null || :; done; }

apk_version_of() { apk list -I "$1" 2>/dev/null | sed -n "s/^$1-\([0-9][^ ]*\) .*/\1/p"; }

apk_newer() { [ "$(apk version -t "$1" "$2")" = '>' ]; }

apk_all_packages() { apk info | sort; }

apk_ensure_dpkg_whole() { :; }

apk_wanted_packages() { echo docker docker-cli-buildx docker-cli-compose; }

apk_conflicting() { :; }

apk_versions() { apk policy "$1" 2>/dev/null | sed -n 's/^  \([0-9].*\):$/\1/p' | sort -rV; }

apk_pinned() { case $1 in docker) printf '%s\n' "$1${exact:+=$exact}" ;; *) printf '%s\n' "$1" ;; esac }

apk_hold() { :; }

apk_release() { :; }

apk_why_failed() { why_other; }

apk_lock_holder() { :; }

apk_refresh() {
	act index
	export FRESH=yes
	patiently logged timeout 300 apk update || give_up
}

apk_install_now() { patiently logged timeout 1800 apk add "$@" || give_up; }

apk_exchange() { install_now "$@"; }

apk_exchange_folder() { install_now --no-network --allow-untrusted "$@"; }

apk_remove_packages() { patiently logged timeout 600 apk del "$@" || give_up; }

apk_systemctl() { openrc "$@"; }

apk_journalctl() { tail -n 40 "$ROOT/var/log/docker.log"; }

# openrc WORD...: what daemon.sh asks of systemctl.
openrc() {
	case "$*" in
	'enable --now docker')
		rc-update -q add docker default
		rc-service -q docker start
		;;
	'disable --now '*)
		rc-service -q docker stop
		rc-update -q del docker default
		;;
	'restart docker') rc-service -q docker restart ;;
	'is-enabled -q docker') rc-update show default | grep -q ' docker ' ;;
	'is-failed '*) ! rc-service -q docker status && [ -n "${second:-}" ] && [ "$second" -gt 10 ] ;;
	*) : ;;
	esac
}
