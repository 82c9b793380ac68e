#!/bin/sh
# A machine as a cloud starts it: the container machine that vagrant/box builds, and the real
# cloud-init in it.
#
#	image.sh SYSTEM NAME [--docker-inside]
#
# SYSTEM as in a description (debian-12), NAME of the Docker image. Needs what
# vagrant/box/build.sh needs.
set -eu

system=$1
name=$2
inside=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
from=dockyard-machine:$system${inside:+-distribution}

"$here/../../vagrant/box/build.sh" docker "$system" ${inside:+"$inside"}

# one that is killed here leaves a container that ends and goes by itself
made=$(docker run --detach --rm "$from" sleep 900)
trap 'docker rm --force --volumes "$made" >/dev/null' EXIT

# A container has no disk to grow, no boot loader, and a network that Docker made.
docker exec --interactive "$made" sh -eu <<'SETUP'
apt-get -qq -o APT::Update::Error-Mode=any update
DEBIAN_FRONTEND=noninteractive apt-get -qq --no-install-recommends install cloud-init libfaketime >/dev/null
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
