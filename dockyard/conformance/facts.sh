#!/bin/sh
# What is so on this machine: lines KEY<tab>value, several of a key where there are several.
# Looks only; root sees all of it. USERS and NAMES (words) and PEERS (addresses) say of whom.
set -eu

fact() {
	printf '%s\t%s\n' "$1" "$2"
}

accounts() {
	for user in ${USERS:-}; do
		fact groups "$user $(id -nG "$user" 2>/dev/null || echo -)"
		home=$(getent passwd "$user" | cut -d: -f6)
		fact home "$user $(stat -c '%U %a' "$home" 2>/dev/null || echo -)"
		fact sudo "$user $(sudo -n -l -U "$user" 2>/dev/null | grep -c NOPASSWD || :)"
		fact password "$user $(getent shadow "$user" | cut -d: -f2 | cut -c1)"
		grep -E '^(ssh|ecdsa|sk)-' "$home/.ssh/authorized_keys" 2>/dev/null | while read -r kind blob _; do
			fact key "$user $kind $blob"
		done
	done
}

docker_engine() {
	fact docker "$(docker version --format '{{.Server.Version}}' 2>/dev/null || echo -)"
	fact compose "$(docker compose version --short 2>/dev/null || echo -)"
	fact buildx "$(docker buildx version 2>/dev/null | cut -d' ' -f2 || echo -)"
	fact logging "$(docker info --format '{{.LoggingDriver}}' 2>/dev/null || echo -)"
	fact enabled "$(systemctl is-enabled docker.service 2>/dev/null || :)"
	fact daemon "$(tr -d '\n' </etc/docker/daemon.json 2>/dev/null || :)"
	fact containers "$(docker ps --all --quiet 2>/dev/null | wc -l)"
	fact images "$(docker images --quiet 2>/dev/null | wc -l)"
	fact api "$(ss -Hltn '( sport = :2375 or sport = :2376 )' | wc -l)"
}

names() {
	fact hostname "$(hostname)"
	for name in ${NAMES:-}; do
		fact name "$name $(getent ahostsv4 "$name" | cut -d' ' -f1 | head -n 1)"
	done
	for peer in ${PEERS:-}; do
		if ping -c 1 -W 2 "$peer" >/dev/null 2>&1; then
			fact peer "$peer reached"
		else
			fact peer "$peer silent"
		fi
	done
}

doors() {
	settings=$(sshd -T 2>/dev/null || :)
	for word in passwordauthentication permitrootlogin permitemptypasswords; do
		fact sshd "$word $(printf '%s\n' "$settings" | sed -n "s/^$word //p")"
	done
}

# secrets: files that nobody may leave on a student's machine.
secrets() {
	find / -xdev \( -path /proc -o -path /sys -o -path /var/lib/docker -o -path /usr \) -prune -o \
		-type f -size -64k \( -name 'id_*' -o -name '*.pem' -o -name 'credentials' -o \
		-name '.netrc' -o -name 'config.json' -path '*/.docker/*' -o -name '.pulumi*' \) \
		-print 2>/dev/null | while read -r file; do
		if grep -qsE 'PRIVATE KEY|aws_secret_access_key|"auth":|passphrase' "$file"; then
			fact secret "$file"
		fi
	done
	for place in /var/lib/cloud /var/lib/dockyard /var/log/dockyard.log /etc/environment; do
		grep -rlsE 'PRIVATE KEY|AKIA[0-9A-Z]{16}|aws_secret_access_key|client_secret|PULUMI_CONFIG_PASSPHRASE' \
			"$place" 2>/dev/null | while read -r file; do
			fact secret "$file"
		done
	done
}

state() {
	fact system "$(systemctl is-system-running 2>/dev/null || :)"
	fact failed "$(systemctl --failed --no-legend --plain | cut -d' ' -f1 | tr '\n' ' ')"
	fact unit "$(systemctl is-enabled dockyard-provision.service 2>/dev/null || :)"
	fact mark "$(head -c 20000 /var/lib/dockyard/result.json 2>/dev/null || :)"
	fact free "$(df -Pm / | awk 'END { print $4 }')"
}

accounts
docker_engine
names
doors
secrets
state
