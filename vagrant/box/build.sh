#!/bin/sh
# build.sh [docker|libvirt] [SYSTEM] [--docker-inside] [--again]
# Builds what `vagrant up` makes machines of, from the distribution's own packages, and
# keeps it on this computer.
set -eu

box=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=vagrant/box/system.sh
. "$box/system.sh"
# shellcheck source=vagrant/box/docker.sh
. "$box/docker.sh"
# shellcheck source=vagrant/box/libvirt.sh
. "$box/libvirt.sh"

usage() {
	cat <<'T'
usage: vagrant/box/build.sh [docker|libvirt] [SYSTEM] [--docker-inside] [--again]
       vagrant/box/build.sh --remove [docker|libvirt]

  docker, libvirt  a container image or a virtual machine's box (docker)
  SYSTEM           debian-12, debian-13, ubuntu-22.04 or ubuntu-24.04 (debian-13)
  --docker-inside  with the distribution's Docker in it: machines of a lab that says
                   `docker: {source: distribution}` are made of it, and ready sooner
  --again          build it though it is there
  --remove         take everything that was built off this computer, and Vagrant's copies
Settings, in the environment: DEBIAN_MIRROR, UBUNTU_MIRROR (addresses of package mirrors),
BASE_IMAGE (in place of debian:13 and the like, where the image is built by a Dockerfile).
T
}

wrong() {
	echo "build.sh: $1" >&2
	usage >&2
	exit 2
}

# remove KIND: of both, when it is empty.
remove() {
	[ "$1" = libvirt ] || docker_remove
	[ "$1" = docker ] || libvirt_remove
}

main() {
	kind=
	system=debian-13
	remove=
	inside=
	again=
	for word in "$@"; do
		case $word in
		docker | libvirt) kind=$word ;;
		debian-* | ubuntu-*) system=$word ;;
		--docker-inside) inside=yes ;;
		--again) again=yes ;;
		--remove) remove=yes ;;
		-h | --help)
			usage
			exit 0
			;;
		*) wrong "'$word' is not understood" ;;
		esac
	done
	if [ -n "$remove" ]; then
		remove "$kind"
		exit 0
	fi
	kind=${kind:-docker}
	suite=$(suite_of "$system") || wrong "'$system' is no system that machines are built of"
	name=$system${inside:+-distribution}
	if [ -z "$again" ] && "${kind}_is_there" "$name"; then
		say "$("${kind}_called" "$name") is there already; --again builds it anew."
		exit 0
	fi
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	"${kind}_build" "$name"
	say "Built $("${kind}_called" "$name"). Next: vagrant up --provider $kind, inside vagrant/"
}

main "$@"
