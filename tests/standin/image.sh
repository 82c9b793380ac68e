#!/bin/sh
# A machine as a cloud starts it, for tests: Debian with systemd, sshd and the real cloud-init,
# as a tar that `docker import` takes. No Docker, no account, no key.
#
#	image.sh SUITE OUT.tar
#
# Needs mmdebstrap and root. DEBIAN_MIRROR is the mirror; by default mmdebstrap's own.
set -eu

suite=$1
out=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A container has no disk to grow, no boot loader and a network that Docker made. One host
# key is enough, and a list of modules that fail in a small image would hide real failures.
cat >"$work/cloud.cfg" <<'CONF'
datasource_list: [NoCloud, None]
network: {config: disabled}
locale: C.UTF-8
apt: {preserve_sources_list: true}
ssh_genkeytypes: [ed25519]
growpart: {mode: 'off'}
resize_rootfs: false
grub_dpkg: {enabled: false}
CONF

# The timers would take apt's lock by surprise, the services wait for hardware. What must
# differ between machines is made at their first boot.
cat >"$work/finish" <<'HOOK'
#!/bin/sh
set -eu
systemctl --root="$1" --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
	e2scrub_all.timer fstrim.timer systemd-firstboot.service systemd-networkd-wait-online.service
rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/hostname" "$1/etc/resolv.conf"
: >"$1/etc/machine-id"
HOOK
chmod +x "$work/finish"

mmdebstrap --quiet --variant=minbase --aptopt='APT::Install-Recommends "false"' \
	--include=systemd,systemd-sysv,dbus,libpam-systemd,cloud-init,openssh-server,sudo \
	--include=ca-certificates,curl,iproute2,netbase,procps \
	--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
	--customize-hook="upload $work/cloud.cfg /etc/cloud/cloud.cfg.d/99_container.cfg" \
	--customize-hook="$work/finish" \
	"$suite" "$out" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
