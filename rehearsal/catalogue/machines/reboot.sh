#!/bin/sh
# At the step docker it reboots, once.
set -eu

cat >/usr/local/sbin/reboot-once <<'ONCE'
#!/bin/sh
until grep -q '"step":"docker"' /var/lib/dockyard/result.json 2>/dev/null; do sleep 0.2; done
rm /etc/systemd/system/sysinit.target.wants/reboot-once.service
systemctl --no-block reboot
ONCE
cat >/etc/systemd/system/reboot-once.service <<'UNIT'
[Unit]
DefaultDependencies=no

[Service]
ExecStart=/bin/sh /usr/local/sbin/reboot-once
UNIT
mkdir -p /etc/systemd/system/sysinit.target.wants
ln -s ../reboot-once.service /etc/systemd/system/sysinit.target.wants/
