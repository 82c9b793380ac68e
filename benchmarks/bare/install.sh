#!/bin/sh
# What anybody would type into a fresh machine: Docker from the distribution, one container.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -qy install --no-install-recommends docker.io docker-cli docker-buildx docker-compose iptables
# the kernel's settings are read-only in a container machine; this is Docker's own way around
mkdir -p /etc/systemd/system/docker.service.d
printf '[Service]\nEnvironment=DOCKER_ALLOW_IPV6_ON_IPV4_INTERFACE=1\n' >/etc/systemd/system/docker.service.d/bare.conf
systemctl daemon-reload
systemctl restart docker
ldd /bin/true | grep -o '/[^ ]*' | cut -c2- >/tmp/libraries
tar -C / -ch bin/true -T /tmp/libraries | docker import - bare >/dev/null
docker run --rm bare /bin/true
