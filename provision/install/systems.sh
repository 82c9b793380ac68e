#!/bin/sh
# Which machine this is: its family of packages, what Docker publishes for it, what starts
# services; and a refusal with a remedy where nothing can be done.

# SYSTEMS: ID, release (codename for apt, first number elsewhere; an expression), family,
# Docker's repository, or `-` where only the distribution has packages, and whether it has ended.
systems() {
	cat <<-'END'
		debian trixie apt debian current
		debian bookworm apt debian current
		debian bullseye apt debian ended
		debian buster apt debian ended
		ubuntu resolute apt ubuntu current
		ubuntu questing apt ubuntu ended
		ubuntu noble apt ubuntu current
		ubuntu jammy apt ubuntu current
		ubuntu focal apt ubuntu ended
		raspbian trixie apt raspbian current
		raspbian bookworm apt raspbian current
		raspbian bullseye apt raspbian ended
		fedora 4[4-9] dnf fedora current
		fedora 4[0-3] dnf fedora ended
		centos (9|10) dnf centos current
		rhel (8|9|10) dnf rhel current
		ol (8|9|10) dnf rhel current
		amzn 2023 dnf - current
		opensuse-leap 1[56] zypper - current
		opensuse-tumbleweed .* zypper - current
		opensuse .* zypper - current
		sles 1[56] zypper - current
		arch .* pacman - current
		alpine 3 apk - current
	END
}

# find_machine: SYSTEM, FAMILY, DISTRO, SUITE, REPOSITORY, ENDED, INIT.
find_machine() {
	read_release
	find_more
	ARCH=$(dpkg --print-architecture 2>/dev/null) || ARCH=$(uname -m)
	case $ARCH in
	x86_64) ARCH=amd64 ;;
	aarch64) ARCH=arm64 ;;
	armv7l | armv6l | armhfp) ARCH=armhf ;;
	i?86) ARCH=i386 ;;
	esac
	find_init
	find_row
	refuse_unfit
	export SYSTEM="$ID ${SUITE:-rolling} $ARCH"
	"use_$FAMILY"
	choose_repository
}

# find_more: values of os-release that lib's reader does not need.
find_more() {
	VERSION_ID='' VARIANT_ID=''
	[ -r "$ROOT/etc/os-release" ] || return 0
	while IFS='=' read -r key value || [ -n "$key" ]; do
		value=${value#[\"\']}
		value=${value%[\"\']}
		case $key in
		VERSION_ID | VARIANT_ID) export "$key=$value" ;;
		esac
	done <"$ROOT/etc/os-release"
}

find_init() {
	INIT=none
	if [ -d "$ROOT/run/systemd/system" ]; then
		INIT=systemd
	elif [ -d "$ROOT/run/openrc" ]; then
		INIT=openrc
	fi
}

# find_row: the system's own row, else that of the first parent that has one.
find_row() {
	FAMILY=''
	for DISTRO in $ID $ID_LIKE; do
		find_suite
		if row_of "$DISTRO" "$SUITE"; then return 0; fi
	done
}

# find_suite: as the parent calls it. A rolling child of Debian is newer than any release.
find_suite() {
	case $DISTRO in
	ubuntu) SUITE=${UBUNTU_CODENAME:-$VERSION_CODENAME} ;;
	debian | raspbian) SUITE=${DEBIAN_CODENAME:-$VERSION_CODENAME} ;;
	*) SUITE=${VERSION_ID%%.*} ;;
	esac
	[ "$DISTRO" = debian ] && [ "$ID" != debian ] || return 0
	case $SUITE in
	kali-rolling | parrot | forky | sid) SUITE=trixie ;;
	lory) SUITE=bookworm ;;
	esac
}

row_of() {
	while read -r id release family repository state; do
		[ "$id" = "$1" ] || continue
		printf '%s\n' "$2" | grep -qxE "$release" || continue
		FAMILY=$family REPOSITORY=$repository ENDED=''
		[ "$state" != ended ] || ENDED=yes
		export REPOSITORY ENDED
		return 0
	done <<-END
		$(systems)
	END
	return 1
}

refuse_unfit() {
	case $ID-$VARIANT_ID in
	clear-linux-os-*) die 3 clear_linux ;;
	flatcar-* | coreos-* | fedora-coreos) die 3 brings_docker "$PRETTY_NAME" ;;
	devuan-*) die 3 devuan ;;
	opensuse-microos-* | opensuse-aeon-* | *sl*-micro-*) die 3 transactional "$PRETTY_NAME" ;;
	esac
	[ ! -e "$ROOT/run/ostree-booted" ] || die 3 ostree "$PRETTY_NAME"
	case $ARCH in
	i386) die 3 i386 "$PRETTY_NAME" ;;
	amd64 | arm64 | armhf) ;;
	*) die 3 architecture "$ARCH" ;;
	esac
	if [ "$INIT" = none ] && grep -qi microsoft "$ROOT/proc/version" 2>/dev/null; then
		die 3 wsl
	fi
	[ -n "$FAMILY" ] || die 3 unknown_system "${PRETTY_NAME:-?}" "${ID:-?} ${VERSION_CODENAME:-${VERSION_ID:-}}"
}

# look_at_others: a Docker that this one could not live beside, or that somebody has forbidden.
look_at_others() {
	[ ! -e "$ROOT/snap/docker/current" ] || die 3 snap
	[ "$(readlink "$ROOT/etc/systemd/system/docker.service" 2>/dev/null)" != /dev/null ] || die 3 masked
}

# choose_repository: where Docker publishes nothing, the distribution's packages are taken.
choose_repository() {
	if [ "$REPOSITORY" != - ]; then
		DISTRO=$REPOSITORY
		return 0
	fi
	[ "$SOURCE" != docker ] || [ -z "$(setting MIRROR)$(setting CHANNEL)" ] ||
		die 2 no_repository "$PRETTY_NAME"
	SOURCE=distribution
}

# check_writable: found out before anything is written.
check_writable() {
	for folder in etc usr var/lib; do
		[ -w "$ROOT/$folder" ] || die 3 read_only "/$folder"
	done
}
