#!/bin/sh
# setup.sh docker|libvirt: turns an unpacked system into a machine. It runs inside it, as
# root, after tree/ was copied in; the Dockerfile and mmdebstrap both call it.
set -eu

kind=$1

useradd --create-home --shell /bin/bash vagrant
chmod 440 /etc/sudoers.d/vagrant

# what makes each machine itself is made at its first start
rm -f /etc/ssh/ssh_host_* /etc/hostname
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id

mask() {
	for unit in "$@"; do
		ln -sf /dev/null "/etc/systemd/system/$unit"
	done
}

at_boot() {
	mkdir -p "/etc/systemd/system/$2.wants"
	ln -sf "$1" "/etc/systemd/system/$2.wants/${1##*/}"
}

# a class of machines that all update at once would take the network from each other
mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
	e2scrub_all.timer e2scrub_reap.service fstrim.timer motd-news.timer \
	systemd-firstboot.service systemd-networkd-wait-online.service \
	getty@tty1.service serial-getty@ttyS0.service console-getty.service \
	dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount

case $kind in
docker)
	# these would reach for the host's kernel
	mask systemd-sysctl.service systemd-modules-load.service systemd-udevd.service \
		systemd-pstore.service sys-fs-fuse-connections.mount sys-kernel-config.mount \
		proc-sys-fs-binfmt_misc.automount systemd-remount-fs.service
	;;
libvirt)
	mask systemd-pstore.service systemd-binfmt.service
	at_boot /etc/systemd/system/dockyard-key.service multi-user.target
	at_boot /etc/systemd/system/dockyard-grow.service multi-user.target
	at_boot /lib/systemd/system/systemd-networkd.service multi-user.target
	at_boot /lib/systemd/system/systemd-resolved.service multi-user.target
	;;
*)
	echo "setup.sh: '$kind' is not docker or libvirt" >&2
	exit 2
	;;
esac
