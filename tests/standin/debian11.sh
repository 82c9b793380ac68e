#!/bin/sh
# A Debian 11 machine for tests of the installer: it is past its end of life, so nothing else of
# ours knows it.
#
#	debian11.sh NAME
#
# NAME of the Docker image. Needs mmdebstrap and Docker; DEBIAN_MIRROR as in mirror.sh.
set -eu

: "${DEBIAN_MIRROR:=$(apt-get indextargets 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
	sed -n 's/^Repo-URI: //p' | head -n 1)}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Check-Valid-Until "false"' \
	--include=systemd,systemd-sysv,dbus,ca-certificates,iproute2,procps,kmod,netbase \
	bullseye "$work/root.tar" "deb $DEBIAN_MIRROR bullseye main"
docker import --change 'CMD ["/sbin/init"]' --change 'ENV container=docker' "$work/root.tar" "$1" \
	>/dev/null
