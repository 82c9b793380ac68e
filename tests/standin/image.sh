#!/bin/sh
# A machine as a cloud starts it, for tests: the container machine that vagrant/box builds,
# and the real cloud-init in it.
#
#	image.sh SYSTEM NAME
#
# SYSTEM as in a description (debian-12), NAME of the Docker image. Needs what
# vagrant/box/build.sh needs.
set -eu

system=$1
name=$2
here=$(cd "$(dirname "$0")" && pwd)

"$here/../../vagrant/box/build.sh" docker "$system" --again

made=$(docker create --interactive --label "dockyard.test=$PPID" "dockyard-machine:$system" sh -eu)
trap 'docker rm --force --volumes "$made" >/dev/null' EXIT

# A container has no disk to grow, no boot loader, and a network that Docker made.
docker start --attach --interactive "$made" <<'SETUP'
apt-get -qq -o APT::Update::Error-Mode=any update
DEBIAN_FRONTEND=noninteractive apt-get -qq --no-install-recommends install cloud-init >/dev/null
rm -rf /var/lib/apt/lists/*
cat >/etc/cloud/cloud.cfg.d/99_container.cfg <<'CONF'
datasource_list: [NoCloud, None]
network: {config: disabled}
locale: C.UTF-8
apt: {preserve_sources_list: true}
ssh_genkeytypes: [ed25519]
growpart: {mode: 'off'}
resize_rootfs: false
grub_dpkg: {enabled: false}
CONF
SETUP
docker commit --change 'CMD ["/usr/local/lib/dockyard/container-init"]' "$made" "$name" >/dev/null
