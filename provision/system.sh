#!/bin/sh
# Whether this machine can be made ready, found out before anything on it is changed.

# read_release: a few values of os-release, quotes taken off; read, never run as shell.
read_release() {
	ID='' ID_LIKE='' PRETTY_NAME='' VERSION_CODENAME='' UBUNTU_CODENAME='' DEBIAN_CODENAME=''
	[ -r "$ROOT/etc/os-release" ] || return 0
	while IFS='=' read -r key value || [ -n "$key" ]; do
		value=${value#[\"\']}
		value=${value%[\"\']}
		case $key in
		ID | ID_LIKE | PRETTY_NAME | VERSION_CODENAME | UBUNTU_CODENAME | DEBIAN_CODENAME) export "$key=$value" ;;
		esac
	done <"$ROOT/etc/os-release"
}

# find_system: DISTRO and SUITE, as Docker's repository calls them. A child of Debian or
# Ubuntu names its parent's suite itself.
find_system() {
	read_release
	case " $ID $ID_LIKE " in
	*' ubuntu '*) DISTRO=ubuntu SUITE=$UBUNTU_CODENAME ;;
	*' debian '*) DISTRO=debian SUITE=$DEBIAN_CODENAME ;;
	*) DISTRO=$ID SUITE= ;;
	esac
	SUITE=${SUITE:-$VERSION_CODENAME}
	ARCH=$(dpkg --print-architecture 2>/dev/null) || ARCH=$(uname -m)
	export SYSTEM="$DISTRO $SUITE $ARCH"
}

check_system() {
	find_system
	[ "$(id -u)" = 0 ] || die 3 not_root
	[ -d "$ROOT/run/systemd/system" ] || die 3 no_systemd
	case $DISTRO-$SUITE-$ARCH in
	debian-bookworm-a* | debian-trixie-a* | ubuntu-jammy-a* | ubuntu-noble-a*) ;;
	*) die 3 system "$PRETTY_NAME" "$SYSTEM" ;;
	esac
	for folder in etc usr var/lib; do
		[ -w "$ROOT/$folder" ] || die 3 read_only "/$folder"
	done
}

# check_room FOLDER MB: where packages go and what they unpack to.
check_room() {
	free=$(df -Pk "$ROOT$1" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$free" -ge "$2" ] || die 3 room "$1" "$2" "$free"
}
