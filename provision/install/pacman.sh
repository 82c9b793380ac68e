#!/bin/sh
# pacman's words: Arch Linux and its children. Tested against a stand-in alone. The system is not
# upgraded; where that is needed first, it is said (a part of an upgrade breaks an Arch system).

use_pacman() {
	export CACHE=/var/cache SUFFIX=pkg.tar.zst REPOSITORY_FILES='' OWN_ENGINE=docker
	use_words pacman 'installed version_of newer all_packages ensure_dpkg_whole wanted_packages conflicting versions pinned hold release why_failed lock_holder refresh install_now exchange exchange_folder remove_packages'
}

pacman_installed() { for package in $1; do pacman -Qq "$package" 2>/dev/null || :; done; }

pacman_version_of() { pacman -Q "$1" 2>/dev/null | awk '{ print $2 }'; }

pacman_newer() { [ "$(vercmp "$1" "$2")" -gt 0 ]; }

pacman_all_packages() { pacman -Qq | sort; }

pacman_ensure_dpkg_whole() { :; }

pacman_wanted_packages() { echo docker docker-buildx docker-compose; }

pacman_conflicting() { installed podman-docker; }

pacman_versions() { pacman -Si "$1" 2>/dev/null | sed -n 's/^Version *: //p'; }

pacman_pinned() { printf '%s\n' "$1"; }

pacman_hold() { :; }

pacman_release() { :; }

pacman_why_failed() { why_other; }

pacman_lock_holder() { :; }

pacman_refresh() {
	export FRESH=yes
	[ -n "$UPGRADE" ] || [ -z "$(versions docker)" ] || return 0
	act index
	patiently logged timeout 300 pacman -Sy --noconfirm || give_up
}

pacman_install_now() { patiently logged timeout 1800 pacman -S --needed --noconfirm "$@" || give_up; }

pacman_exchange() {
	for package in $LEAVING; do patiently logged timeout 600 pacman -R --noconfirm "$package" || give_up; done
	install_now "$@"
}

pacman_exchange_folder() { patiently logged timeout 1800 pacman -U --needed --noconfirm "$@" || give_up; }

pacman_remove_packages() { patiently logged timeout 600 pacman -R --noconfirm "$@" || give_up; }
