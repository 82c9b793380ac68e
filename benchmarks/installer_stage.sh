#!/bin/sh
# What benchmarks/installer.py measures on: a Debian 12 as a cloud starts it, and beside Docker's
# packages the part of Debian that any of the peers asks for, so that no network is measured.
#
#	installer_stage.sh MIRROR OUT NAME
#
# MIRROR as tests/standin/mirror.sh makes it; OUT a new folder, to be served: debian/ and
# debian-security/, linux/ and fingerprint of MIRROR; NAME of the Docker image. Needs mmdebstrap
# and Docker; DEBIAN_MIRROR as in mirror.sh.
set -eu

SUITE=bookworm
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
BASE=systemd,systemd-sysv,dbus,openssh-server,ca-certificates,curl,gnupg,iproute2,sudo,procps,kmod
BASE=$BASE,python3,python3-apt,man-db,netbase
DOCKER='docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin'
DOCKER="$DOCKER docker-ce-rootless-extras docker-model-plugin"
ROLE='ca-certificates python3-debian'

own_mirror() {
	apt-get indextargets 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
		sed -n 's/^Repo-URI: //p' | head -n 1
}

# base: the tar of the machine, and its list of packages. A snapshot's Release may have expired.
base() {
	mmdebstrap --quiet --variant=minbase --include="$BASE" \
		--aptopt='Acquire::Check-Valid-Until "false"' "$SUITE" "$WORK/root.tar" \
		"deb $DEBIAN_MIRROR $SUITE main" "deb $SECURITY $SUITE-security main"
	docker import --change 'CMD ["/sbin/init"]' --change 'ENV container=docker' \
		"$WORK/root.tar" "$NAME" >/dev/null
	tar -xOf "$WORK/root.tar" ./var/lib/dpkg/status >"$WORK/status"
}

# apt_of_base: an apt of its own, that knows what the machine has.
apt_of_base() {
	mkdir -p "$WORK/lists/partial" "$WORK/cache/archives/partial" "$WORK/empty"
	cat >"$WORK/sources.list" <<-LIST
		deb [signed-by=$KEYRING] $DEBIAN_MIRROR $SUITE main
		deb [signed-by=$KEYRING] $SECURITY $SUITE-security main
		deb [trusted=yes] file:$MIRROR/linux/debian $SUITE stable
	LIST
	cat >"$WORK/apt.conf" <<-CONF
		Dir::State "$WORK";
		Dir::State::Lists "$WORK/lists";
		Dir::State::Status "$WORK/status";
		Dir::Cache "$WORK/cache";
		Dir::Etc "$WORK";
		Dir::Etc::SourceList "$WORK/sources.list";
		Dir::Etc::SourceParts "$WORK/empty";
		Dir::Etc::Parts "$WORK/empty";
		Dir::Etc::PreferencesParts "$WORK/empty";
		Acquire::Languages "none";
		Acquire::Check-Valid-Until "false";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
	CONF
	export APT_CONFIG="$WORK/apt.conf"
	apt-get -qq update
}

# fetch URL FILE [HASH]
fetch() {
	mkdir -p "${2%/*}"
	/usr/lib/apt/apt-helper -qq download-file "$1" "$2" ${3:+"$3"}
}

# place URL: where it lies below OUT, under the name that the address stands for.
place() {
	case $1 in
	"$SECURITY"/*) printf '%s\n' "$OUT/debian-security/${1#"$SECURITY"/}" ;;
	*) printf '%s\n' "$OUT/debian/${1#"$DEBIAN_MIRROR"/}" ;;
	esac | sed -e 's/%2b/+/g' -e 's/%7e/~/g' -e 's/%3a/:/g'
}

# packages: what Docker's packages pull in here, recommended ones too, and what the role asks for.
packages() {
	printf '%s\n' "$DOCKER $ROLE" | xargs apt-get -qq --print-uris install >"$WORK/uris"
	tr -d "'" <"$WORK/uris" | while read -r url _ _ hash; do
		case $url in http*) fetch "$url" "$(place "$url")" "$hash" ;; esac
	done
}

indexes() {
	for root in "$DEBIAN_MIRROR/dists/$SUITE" "$SECURITY/dists/$SUITE-security"; do
		for file in InRelease main/binary-amd64/Packages.xz main/i18n/Translation-en.xz; do
			fetch "$root/$file" "$(place "$root/$file")"
		done
	done
}

[ $# -eq 3 ] || {
	echo "usage: installer_stage.sh MIRROR OUT NAME" >&2
	exit 2
}
MIRROR=$1 OUT=$2 NAME=$3
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
: "${DEBIAN_MIRROR:=$(own_mirror)}"
DEBIAN_MIRROR=${DEBIAN_MIRROR%/}
SECURITY=$DEBIAN_MIRROR-security
mkdir -p "$OUT"
base
apt_of_base
packages
indexes
cp -rl "$MIRROR/linux" "$MIRROR/fingerprint" "$OUT/"
