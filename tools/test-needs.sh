#!/bin/sh
# test-needs.sh: installs the programs that the tests call and that are not there (Debian,
# Ubuntu; as root). Says what; does nothing when all is there.
set -eu

# program:package
NEEDS='shellcheck:shellcheck shfmt:shfmt busybox:busybox-static dash:dash ruby:ruby
vagrant:vagrant dockerd:docker.io iptables:iptables mmdebstrap:mmdebstrap
qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils virsh:libvirt-clients
libvirtd:libvirt-daemon-system virtlogd:libvirt-daemon dnsmasq:dnsmasq-base
apt-ftparchive:apt-utils dpkg-deb:dpkg gpg:gpg rsync:rsync ssh:openssh-client
mke2fs:e2fsprogs zstd:zstd ip:iproute2 git:git'
EXTRA='vagrant-libvirt libvirt-daemon-driver-qemu'

# Vagrant asks its docker provider even for a status.
docker_answers() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		docker info >/dev/null 2>&1 && return 0
		sleep 1
	done
	return 1
}

start_docker() {
	docker info >/dev/null 2>&1 && return 0
	echo "The tests need Docker, which does not answer: starting dockerd" >&2
	setsid dockerd </dev/null >/var/log/dockerd-for-tests.log 2>&1 &
	docker_answers
}

main() {
	install
	start_docker
}

install() {
	PATH=$PATH:/usr/sbin:/sbin
	missing=
	for need in $NEEDS; do
		command -v "${need%%:*}" >/dev/null 2>&1 || missing="$missing ${need#*:}"
	done
	for package in $EXTRA; do
		dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	echo "The tests need, and this installs:$missing" >&2
	apt-get -qq update
	echo "$missing" | DEBIAN_FRONTEND=noninteractive xargs apt-get -qqy install --no-install-recommends >/dev/null
}

main
