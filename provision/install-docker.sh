#!/bin/sh
# install-docker.sh: Docker on a Linux machine, proven and undoable. May be run any number of
# times; a machine with a working Docker is left as it is.
#
# Made by tools/pack.py of provision/ and provision/install/: change those. Options: --help
set -eu
umask 022
SPOKEN=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}
PROVISION=3ca7d3b79b98

# What every file here stands on: paths, sentences, settings, files, the lock. Runs nothing.
# Needs HERE, the folder of these files. Every path on the machine begins with ROOT, which
# is empty but in tests.

ROOT=${ROOT:-}
STATE=$ROOT/var/lib/dockyard
LOG=$ROOT/var/log/dockyard.log
OUT=$ROOT/run/dockyard.out
NEWLINE='
'
# Programs must answer in English: apt.sh looks for their words.
export LC_ALL=C STEP=start CHANGED='' TOLD='' NAMES_ONLY='' MARKING=''

have() {
	command -v "$1" >/dev/null 2>&1
}

now() {
	date +%s
}

# message KEY [ARG...]: the sentence in the lab's language, {1} {2} filled in.
message() {
	text=$(sentences "$1")
	case $(setting LANGUAGE) in
	fr) text=${text#*|} ;;
	*) text=${text%%|*} ;;
	esac
	number=0
	shift
	for word in "$@"; do
		number=$((number + 1))
		case $text in
		*"{$number}"*) text=${text%%"{$number}"*}$word${text#*"{$number}"} ;;
		esac
	done
	printf '%s\n' "$text"
}

note() {
	printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$STEP" "$1" 2>/dev/null >>"$LOG" || :
}

# explain CODE KEY [ARG...]: REASON and HINT.
explain() {
	code=$1
	shift
	REASON=$(message "$@")
	key=$1
	shift
	HINT=$(message "$key.hint" "$@")
	[ -n "$HINT" ] || HINT=$(message "$code.hint")
}

# die CODE KEY [ARG...]: says what happened, why and what now; leaves the mark; ends.
die() {
	explain "$@"
	(printf '%s: %s: %s.\n  %s\n' "${PROGRAM:-dockyard}" "$STEP" "$REASON" "$HINT" >&2) || :
	note "$REASON ($1)"
	mark failed "$REASON" "$HINT"
	TOLD=yes
	exit "$1"
}

# act KEY [ARG...]: said before each change. From the first one on the machine is unfinished,
# unless only the names of a ready one are written anew.
act() {
	[ -n "$NAMES_ONLY$CHANGED" ] || unfinished
	say "$@"
}

step() {
	STEP=$1
	[ -z "$CHANGED" ] || mark running
}

unfinished() {
	CHANGED=yes
	: >"$STATE/unfinished"
	mark running
	sync "$STATE/result.json" "$STATE" 2>/dev/null || :
}

# logged COMMAND...: its output goes to OUT and the log, not to the screen.
logged() {
	status=0
	"$@" >"$OUT" 2>&1 </dev/null || status=$?
	cat "$OUT" 2>/dev/null >>"$LOG" || :
	return "$status"
}

last_line() {
	sed '/^[[:space:]]*$/d' "$OUT" | tail -n 1 | cut -c1-300
}

# setting KEY [DEFAULT]
setting() {
	value=
	case $NEWLINE${SETTINGS:-} in
	*"$NEWLINE$1="*)
		value=${SETTINGS#"$1="}
		[ "$value" != "$SETTINGS" ] || value=${SETTINGS#*"$NEWLINE$1="}
		value=${value%%"$NEWLINE"*}
		;;
	esac
	printf '%s\n' "${value:-${2:-}}"
}

# replace FILE TEXT: as `put`, but keeps owner and mode, and writes into a file that is a
# mount point, as /etc/hosts and /etc/hostname are in a container.
replace() {
	[ -e "$1" ] || : >"$1"
	cp -p "$1" "$1.new"
	printf '%s\n' "$2" >"$1.new"
	mv -f "$1.new" "$1" 2>/dev/null || {
		cat "$1.new" >"$1"
		rm -f "$1.new"
	}
}

# take_lock: one run at a time; a second one waits for the first, an hour at most.
take_lock() {
	exec 9>"$ROOT/run/dockyard.lock"
	waited=0
	until flock -n 9; do
		[ "$waited" -gt 0 ] || say waiting
		[ "$waited" -lt "${LOCK_WAIT:-3600}" ] || die 4 other_run
		waited=$((waited + 1))
		sleep 1
	done
}

# The mark: /var/lib/dockyard/result.json, what this machine is, whoever started the run.
# It survives a reboot and is replaced whole. One line, one flat object of exactly these keys;
# all are strings but the two times:
#
#   state      running | ready | failed. `running` with no run alive: it was cut off, and
#              goes on at the next boot or run
#   step       start preflight users settle hosts docker daemon verify; empty when ready
#   reason     what happened and why, one sentence in the lab's language; empty unless failed
#   hint       what to do now; empty unless failed
#   docker     version of the daemon that answers (28.5.2); empty when not known yet
#   compose    version of the Compose plugin; empty when there is none
#   buildx     version of the Buildx plugin; empty when there is none
#   source     docker | distribution: whose packages; auto as long as that is not known
#   system     debian bookworm amd64
#   started    epoch seconds, begin of the run that wrote the mark
#   finished   epoch seconds, end of that run; 0 while it runs
#   provision  first 12 hex digits of the sha256 of these files, in the order of their names
#   settings   sha256 of the settings file

# mark STATE [REASON HINT]. Where it cannot be written (no root) it is left out. That of a step
# need not outlive a power cut: `unfinished` does (lib.sh), and each program that is started
# takes a while on an emulated machine.
mark() {
	[ -n "$MARKING" ] || return 0
	[ -d "$STATE" ] || mkdir -p "$STATE" 2>/dev/null || return 0
	[ -w "$STATE" ] || return 0
	draft=$STATE/result.json.new
	mark_json "$@" >"$draft"
	[ "$1" = running ] || sync "$draft" 2>/dev/null || :
	mv -f "$draft" "${draft%.new}"
	[ "$1" = running ] || sync "$STATE" 2>/dev/null || :
}

# mark_json STATE [REASON HINT [MORE]]: MORE is further members, ready to print.
mark_json() {
	finished=0 at=$STEP
	[ "$1" = running ] || finished=$(now)
	[ "$1" != ready ] || at=
	printf '{"state":"%s","step":"%s","reason":"%s","hint":"%s","docker":"%s","compose":"%s","buildx":"%s","source":"%s","system":"%s","started":%s,"finished":%s,"provision":"%s","settings":"%s"%s}\n' \
		"$1" "$at" "$(json "${2:-}")" "$(json "${3:-}")" "${DOCKER:-}" "${COMPOSE:-}" "${BUILDX:-}" \
		"${SOURCE:-}" "${SYSTEM:-}" "$STARTED" "$finished" "$PROVISION" "$SUM" "${4:-}"
}

# json TEXT: inside the quotes of a JSON string.
json() {
	[ -z "$1" ] || printf '%s' "$1" | tr -s '\001-\037' ' ' | sed 's/[\\"]/\\&/g'
}

# Whether this machine can be made ready, found out before anything on it is changed.

# read_release: a few values of os-release, quotes taken off; read, never run as shell.
read_release() {
	ID='' ID_LIKE='' PRETTY_NAME='' VERSION_CODENAME='' UBUNTU_CODENAME='' DEBIAN_CODENAME=''
	[ -r "$ROOT/etc/os-release" ] || return 0
	while IFS='=' read -r key value || [ -n "$key" ]; do
		value=${value#[\"\']}
		value=${value%[\"\']}
		case $key in
		ID | ID_LIKE | PRETTY_NAME | VERSION_CODENAME | UBUNTU_CODENAME | DEBIAN_CODENAME) export "$key=$value" ;;
		esac
	done <"$ROOT/etc/os-release"
}

# check_room FOLDER MB: where packages go and what they unpack to.
check_room() {
	free=$(df -Pk "$ROOT$1" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$free" -ge "$2" ] || die 3 room "$1" "$2" "$free"
}

# apt, unattended and patient. apt-get ends with 0 after a failed update unless Error-Mode is
# `any`; DPkg::Lock::Timeout does not cover the lock of the lists, and waits without a word; a
# mirror that accepts and hangs outlasts every timeout of apt's own. Hence the loop and the clock
# outside. What http:: is set to holds for https too.

# apt_get SECONDS ARG...: output in OUT and the log.
apt_get() {
	seconds=$1
	shift
	DEBIAN_FRONTEND=noninteractive logged timeout "$seconds" apt-get -qy \
		-o APT::Update::Error-Mode=any -o Acquire::Retries=2 \
		-o Acquire::http::Timeout=20 -o Dpkg::Use-Pty=0 \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# why_failed: one word for what OUT says; the first that fits. What `timeout` ended (124) says
# nothing of its own.
why_failed() {
	while read -r word pattern; do
		if grep -qE "$pattern" "$OUT"; then break; fi
	done <<-'END'
		locked [Cc]ould not get lock|Unable to lock|lock was locked
		full No space left|enough free space
		clock not valid yet|Not live|is expired|not activated
		network resolv.*'|service not known|onnect|unreachable|[Tt]imed? ?out| (429|5[0-9][0-9]) |Hash Sum|unexpected size|signed file
		missing 40[134]| loop|a Release file|to locate|installation candidate|not found
		untrusted NO_PUBKEY|BADSIG|EXPKEYSIG|not signed|[Tt]he certificate
		other .*
	END
	[ "${status:-0}" != 124 ] || word=network
	printf '%s\n' "$word"
}

# patiently COMMAND...: again while the reason may pass; WHY is left for the one that did not.
patiently() {
	tries=0 waited=0
	until "$@"; do
		WHY=$(why_failed)
		case $WHY in
		locked)
			[ "$waited" -lt "${PATIENCE:-600}" ] || return 1
			[ "$waited" -gt 0 ] || say lock "$(lock_holder)"
			waited=$((waited + 2))
			sleep 2
			;;
		network)
			tries=$((tries + 1))
			[ "$tries" -lt "${TRIES:-4}" ] || return 1
			say again "$(complaint)" $((tries * 3))
			sleep $((tries * 3))
			;;
		*) return 1 ;;
		esac
	done
}

lock_holder() {
	sed -n 's/.*held by process \([0-9]* ([^)]*)\).*/\1/p' "$OUT" | sed q
}

give_up() {
	case $WHY in
	locked) die 4 locked "$(lock_holder)" ;;
	full | other) die 6 "$WHY" "$(complaint)" ;;
	*) die 5 "$WHY" "$(complaint)" ;;
	esac
}

# install ARG...: `NAME`, `NAME=VERSION`, or `NAME-` to take one away.
install() {
	act install "$*"
	install_now "$@"
}

# install_now ARG...: without a word. RECOMMENDS is set by install-docker.sh alone.
install_now() {
	patiently apt_get 1800 install --allow-change-held-packages \
		"${RECOMMENDS:---no-install-recommends}" "$@" || give_up
}

# ensure_dpkg_whole: after a run that was cut off in the middle of dpkg. What it was unpacking
# (the third letter is R then) must be unpacked anew: neither dpkg nor apt does so by itself.
ensure_dpkg_whole() {
	[ -n "$(dpkg --audit 2>/dev/null)$(ls "$ROOT/var/lib/dpkg/updates" 2>/dev/null)" ] || return 0
	act repair
	patiently logged dpkg --force-confdef --force-confold --configure -a || :
	set --
	for package in $(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' | sed -n 's/^..R//p'); do
		set -- "$@" "$package"
	done
	patiently apt_get 1800 --fix-broken --reinstall install "$@" || give_up
}

# version_of PACKAGE: nothing when it was never there.
version_of() {
	dpkg-query -W -f '${Version}\n' "$1" 2>/dev/null
}

# newer ONE OTHER: whether version ONE is above OTHER.
newer() {
	dpkg --compare-versions "$1" gt "$2"
}

# installed PACKAGES: those of these words that are there, whole.
installed() {
	for package in $1; do set -- "$@" "$package"; done
	shift
	dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^.i *//p'
}

# Docker's package repository, or a mirror of it: its key, checked, and its source.

KEYRING=/etc/apt/keyrings/docker.gpg
DOCKER_SOURCES=/etc/apt/sources.list.d/docker.sources

ensure_repository() {
	find_mirror
	ensure_key "$MIRROR/gpg" "$(setting MIRROR_KEY 9DC858229FC7DD38854AE2D88D81803C0EBFCD88)"
	ensure_source "$MIRROR"
}

# find_mirror: its address, and what https needs.
find_mirror() {
	MIRROR=$(setting MIRROR https://download.docker.com)/linux/$DISTRO
	[ "${MIRROR#https:}" != "$MIRROR" ] || return 0
	[ ! -s "$ROOT/etc/ssl/certs/ca-certificates.crt" ] || return 0
	refresh
	install ca-certificates
}

# ensure_key URL FINGERPRINT: apt would trust every key in the file, so it may hold just one;
# what is installed is what was looked at, not the armor around it.
ensure_key() {
	[ "$(fingerprint "$ROOT$KEYRING")" != "$2" ] || return 0
	act source "$1"
	patiently fetch "$1" || give_up
	tr -d '\r' <"$OUT.asc" | sed -e '1,/^$/d' -e '/^[=-]/d' | base64 -d 2>/dev/null >"$OUT.gpg" || :
	found=$(fingerprint "$OUT.gpg")
	[ "$found" = "$2" ] || die 5 wrong_key "$1" "$2" "${found:--}"
	mkdir -p "$ROOT${KEYRING%/*}"
	put "$ROOT$KEYRING" 0644 <"$OUT.gpg"
}

# fetch URL: by apt's own helper, which every machine with apt has, proxy and all.
fetch() {
	logged timeout 40 "$ROOT/usr/lib/apt/apt-helper" \
		-o Acquire::Retries=1 -o Acquire::http::Timeout=20 download-file "$1" "$OUT.asc"
}

# fingerprint FILE: of the one OpenPGP key in FILE, without gpg, which small images lack: the
# SHA-1 of 0x99, two bytes of length, and the first packet (RFC 4880, 12.2). Nothing when it is
# no key, or when it holds a second one.
fingerprint() {
	[ -s "$1" ] || return 0
	first=$(od -An -v -tu1 "$1" | first_packet)
	[ -n "$first" ] || return 0
	size=${first#* }
	{
		printf '%b' "\\0231\\0$(printf %03o $((size / 256)))\\0$(printf %03o $((size % 256)))"
		tail -c +$((${first% *} + 1)) "$1" | head -c "$size"
	} | sha1sum | cut -c1-40 | tr a-f A-F
}

# first_packet: of the bytes on stdin (numbers): length of its head and of its body, when it is
# a public key (6), no later packet is a key of its own (5, 6), and all lengths add up.
first_packet() {
	awk '
		{ for (i = 1; i <= NF; i++) b[n++] = $i }
		END {
			for (at = 0; at < n; at += head + size) {
				size = b[at + 1]; head = 2
				if (b[at] >= 192) {
					tag = b[at] - 192
					if (size >= 224) exit
					if (size >= 192) { size = (size - 192) * 256 + b[at + 2] + 192; head = 3 }
				} else {
					tag = int((b[at] - 128) / 4)
					if (b[at] < 128 || b[at] % 4 > 1) exit
					if (b[at] % 4 == 1) { size = size * 256 + b[at + 2]; head = 3 }
				}
				if (size < 1 || (at == 0) != (tag == 6) || tag == 5) exit
				if (at == 0) found = head " " size
			}
			if (n > 0 && at == n) print found
		}'
}

# ensure_source URL. The one-line source of other installers would contradict ours.
ensure_source() {
	text="Types: deb
URIs: $1
Suites: $SUITE
Components: $(setting CHANNEL stable)
Architectures: $ARCH
Signed-By: $KEYRING"
	rm -f "$ROOT${DOCKER_SOURCES%.*}.list"
	[ "$(cat "$ROOT$DOCKER_SOURCES" 2>/dev/null)" != "$text" ] || return 0
	act source "$1"
	printf '%s\n' "$text" | put "$ROOT$DOCKER_SOURCES" 0644
}

# Docker's packages, from Docker or from the distribution. What is installed and fits is left
# alone: no index is fetched for it.

OF_DOCKER='docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin'

# choose_source: `auto` is what is there; else Docker, if it can be reached from here. That the
# index was fetched tells a network that is not up yet from a place that lets Docker not through.
choose_source() {
	find_source
	[ "$SOURCE" = auto ] || return 0
	ensure_dpkg_whole
	refresh
	SOURCE=docker
	find_mirror
	fetch "$MIRROR/gpg" && return 0
	say fallback "$(complaint)"
	SOURCE=distribution
}

# find_source: of what is installed.
find_source() {
	[ "$SOURCE" = auto ] || return 0
	case $(installed "docker-ce ${OWN_ENGINE:-docker.io}") in
	docker-ce*) SOURCE=docker ;;
	?*) SOURCE=distribution ;;
	esac
}

# wanted_packages: words, the engine first. Recommended ones are left out
# (docs/machine-actions.md says which); apparmor is not, where the kernel has it: without its
# parser containers are not confined.
wanted_packages() {
	case $SOURCE-$SUITE in
	docker-*) set -- "$OF_DOCKER" ;;
	*-b*) set -- docker.io iptables ;;
	*-trixie) set -- docker.io docker-cli docker-buildx docker-compose iptables ;;
	*) set -- docker.io docker-buildx docker-compose-v2 iptables ;;
	esac
	if [ "$(cat "$ROOT/sys/module/apparmor/parameters/enabled" 2>/dev/null)" = Y ] &&
		! systemd-detect-virt -cq; then
		set -- "$@" apparmor
	fi
	printf '%s\n' "$*"
}

# fits: whether all wanted packages are there, in a version that was asked for.
fits() {
	[ "$(installed "$wanted" | wc -l)" -eq "$(printf '%s\n' "$wanted" | wc -w)" ] &&
		[ -n "$(version_of "${wanted%% *}" | matching)" ]
}

# matching: those of the package versions on stdin whose upstream part is the one asked for or
# goes on after it: 28.5 fits 5:28.5.2-1~debian.12~bookworm, and neither 28.51 nor 128.5.
matching() {
	awk -v want="$(setting VERSION)" '{
		upstream = $1
		sub(/^[0-9]+:/, "", upstream)
		rest = substr(upstream, length(want) + 1)
		if (want == "" || index(upstream, want) == 1 && rest !~ /^[0-9]/) print $1
	}'
}

# versions PACKAGE: all that the index offers, newest first.
versions() {
	apt-cache madison "$1" | awk '{ print $3 }'
}

# find_exact: the newest version that fits; going back to an older one is refused.
find_exact() {
	exact=$(versions "$engine" | matching | sed q)
	if [ -z "$exact" ]; then
		others=$(versions "$engine" | sed -e 's/^[0-9]*://' -e 's/[-+~].*//' | uniq | tr '\n' ' ' | sed 's/ $//')
		have dockerd || rm -f "$ROOT$DOCKER_SOURCES"
		die 6 version "$version" "$engine" "$others"
	fi
	[ -n "$(installed "$engine")" ] || return 0
	there=$(version_of "$engine")
	if [ -z "${DOWNGRADE:-}" ] && newer "$there" "$exact"; then
		die 6 downgrade "$engine" "$there" "$exact"
	fi
}

# pinned PACKAGE: engine and client go together.
pinned() {
	case $1 in
	docker-ce* | docker.io | docker-cli) printf '%s\n' "$1${exact:+=$exact}" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

conflicting() {
	case $wanted in
	docker-ce*) installed "docker.io docker-cli docker-buildx docker-compose docker-compose-v2 podman-docker containerd runc" ;;
	*) installed "$OF_DOCKER docker-ce-rootless-extras docker-model-plugin podman-docker" ;;
	esac
}

# The daemon: its settings, and that it answers. $STATE/daemon.json holds the old settings, or
# nothing when there were none, for as long as the new ones have not been tried.

DAEMON_JSON=/etc/docker/daemon.json

# ensure_daemon: new settings tried, the daemon answering and started at boot.
ensure_daemon() {
	[ ! -e "$STATE/daemon.json" ] || try_settings
	daemon_answers && systemctl is-enabled -q docker && return 0
	act daemon
	logged systemctl enable --now docker || :
	daemon_comes || die 7 down "$(daemon_complaint)"
}

# try_settings: a daemon that was just installed has started with them, which is all that can be
# asked of it.
try_settings() {
	if { [ -n "${NEW_DOCKER:-}" ] && daemon_answers; } || { daemon_accepts && restart_daemon; }; then
		if [ -s "$STATE/daemon.json" ]; then cp "$STATE/daemon.json" "$ROOT$DAEMON_JSON.before"; fi
		rm -f "$STATE/daemon.json"
		return 0
	fi
	said=$(last_line)
	if [ -s "$STATE/daemon.json" ]; then
		# its mode stays
		cp "$STATE/daemon.json" "$ROOT$DAEMON_JSON"
	else
		rm -f "$ROOT$DAEMON_JSON"
	fi
	rm -f "$STATE/daemon.json"
	restart_daemon || :
	die 7 refused "$said"
}

# daemon_accepts: engines before 23 cannot be asked.
daemon_accepts() {
	! dockerd --help 2>/dev/null | grep -q -e --validate ||
		logged timeout 20 dockerd --validate --config-file "$ROOT$DAEMON_JSON"
}

restart_daemon() {
	act daemon
	logged systemctl reset-failed docker.service docker.socket || :
	logged timeout 120 systemctl restart docker || :
	daemon_comes || {
		daemon_complaint >"$OUT.said"
		mv "$OUT.said" "$OUT"
		return 1
	}
}

daemon_answers() {
	DOCKER=$(timeout 20 docker version -f '{{.Server.Version}}' 2>/dev/null) || DOCKER=
	[ -n "$DOCKER" ]
}

# look_at_plugins: goes on beside what follows, until read_plugins: each start of the client or
# of a plugin takes a quarter of a second on an emulated machine.
look_at_plugins() {
	timeout 20 docker info -f '{{range .ClientInfo.Plugins}}{{.Name}}={{.Version}} {{end}}' \
		>"$OUT.plugins" 2>/dev/null &
}

# read_plugins: COMPOSE and BUILDX.
read_plugins() {
	wait
	COMPOSE='' BUILDX=''
	plugins=$(cat "$OUT.plugins")
	for plugin in $plugins; do
		case $plugin in
		compose=*) COMPOSE=${plugin#*=} COMPOSE=${COMPOSE#v} ;;
		buildx=*) BUILDX=${plugin#*=} BUILDX=${BUILDX#v} ;;
		esac
	done
	export COMPOSE BUILDX="${BUILDX%%+*}"
}

# daemon_comes: systemd calls it active before it answers, and restarts it a few times.
daemon_comes() {
	second=0
	until daemon_answers; do
		second=$((second + 1))
		[ "$second" -le 20 ] && ! systemctl is-failed -q docker || return 1
		sleep 1
	done
}

# daemon_complaint: the daemon's own last word.
daemon_complaint() {
	journalctl -u docker -n 40 -o cat --no-pager 2>/dev/null |
		grep -iE 'level=(fatal|error)|failed to start daemon|unable to' | tail -n 1 | cut -c1-300
}

# The accounts. Those that we made (written down in $STATE/users before they are made) get
# sudo and the lab's keys; one that was there before, as the cloud's own login account, is
# only put into the group docker.

is_member() {
	case " $(id -nG "$1" 2>/dev/null) " in
	*' docker '*) ;;
	*) return 1 ;;
	esac
}

members_missing() {
	for user in $(setting USERS); do
		is_member "$user" || printf '%s ' "$user"
	done
}

# Proof: a container runs, from an image made here: nothing is pulled, nothing is left.
# The image is this machine's own sh and the libraries that it names.

PROBE=dockyard/probe:$$

# run_complaint: docker's last line only points to its help.
run_complaint() {
	said=$(sed -n '/^docker: /{p;q;}' "$OUT" | cut -c1-300)
	printf '%s\n' "${said:-$(last_line)}"
}

# A proxy, and who may use Docker.

APT_PROXY=/etc/apt/apt.conf.d/95install-docker
DAEMON_PROXY=/etc/systemd/system/docker.service.d/install-docker-proxy.conf
DAEMON_PROXY_VALUES=/etc/systemd/system/docker.service.d/install-docker-proxy.env

# ensure_proxy: also for what comes after this run; a name and password in it are root's alone. Not by
# Environment= in the unit: `systemctl show` would tell it to everybody.
ensure_proxy() {
	[ -n "$PROXY" ] || return 0
	if [ "$FAMILY" = apt ]; then
		printf 'Acquire::http::Proxy "%s";\nAcquire::https::Proxy "%s";\n' "$PROXY" "$PROXY" >"$WORK/apt"
		proxy_file "$APT_PROXY" "$WORK/apt" "$(proxy_mode)" || :
	fi
	[ "$INIT" = systemd ] || return 0
	printf 'HTTP_PROXY="%s"\nHTTPS_PROXY="%s"\nNO_PROXY="%s"\n' \
		"$PROXY" "$PROXY" "${no_proxy:-${NO_PROXY:-localhost,127.0.0.0/8}}" >"$WORK/values"
	printf '[Service]\nEnvironmentFile=%s\n' "$DAEMON_PROXY_VALUES" >"$WORK/unit"
	other=
	if proxy_file "$DAEMON_PROXY_VALUES" "$WORK/values" "$(proxy_mode)"; then other=yes; fi
	if proxy_file "$DAEMON_PROXY" "$WORK/unit" 0644; then other=yes; fi
	[ -n "$other" ] || return 0
	logged systemctl daemon-reload || :
	! have dockerd || restart_daemon || die 7 down "$(daemon_complaint)"
}

# proxy_mode: everybody reads apt's settings, but not a password in them.
proxy_mode() {
	case $PROXY in
	*@*) echo 0600 ;;
	*) echo 0644 ;;
	esac
}

without_password() {
	printf '%s\n' "$1" | sed 's,//.*@,//...@,'
}

# complaint: as in apt.sh, without a proxy's password; what a package lacks says more than apt's error.
complaint() {
	said=$(sed -n '/^ [^ ]* : [A-Z][A-Za-z-]*: /{s/^ //;p;q;}' "$OUT" | cut -c1-300)
	said=${said:-$(sed -n '/^E: /{p;q;}' "$OUT" | cut -c1-300)}
	said=${said:-$(last_line)}
	proxy=$(without_password "${http_proxy:-}")
	printf '%s%s\n' "${said%.}" "${proxy:+ (http_proxy: $proxy)}"
}

# proxy_file PATH FROM MODE: whether it was another.
proxy_file() {
	! cmp -s "$ROOT$1" "$2" || return 1
	act proxy "$1"
	write "$1" "$3" <"$2"
	note_sum "$1"
}

# look_at_users: a name that nobody has is most likely mistyped.
look_at_users() {
	for user in $(setting USERS); do
		id "$user" >/dev/null 2>&1 || die 2 no_user "$user"
	done
}

ensure_members() {
	for user in $(setting USERS); do
		is_member "$user" || ensure_one_member "$user"
	done
}

ensure_one_member() {
	getent group docker >/dev/null || logged groupadd --system docker
	act member_of "$1"
	printf '%s\n' "$1" >>"$STATE/members"
	if have usermod; then
		usermod --append --groups docker "$1"
	else
		addgroup "$1" docker
	fi
	# whoever is logged in already is not in the group until the next login
	if have setfacl && setfacl -m "u:$1:rw" "$ROOT/run/docker.sock" 2>/dev/null; then
		say at_once "$1"
	else
		say next_login "$1"
	fi
}

# apk's words, and OpenRC's for systemctl: Alpine. Tested against a stand-in alone. Docker is in
# Alpine's repository `community`.

use_apk() {
	export CACHE=/var/cache SUFFIX=apk REPOSITORY_FILES='' OWN_ENGINE=docker
	use_words apk 'installed version_of newer all_packages ensure_dpkg_whole wanted_packages conflicting versions pinned hold release why_failed lock_holder refresh install_now exchange exchange_folder remove_packages systemctl journalctl'
}

apk_installed() { for package in $1; do apk info -e "$package" 2>/dev/null || :; done; }

apk_version_of() { apk list -I "$1" 2>/dev/null | sed -n "s/^$1-\([0-9][^ ]*\) .*/\1/p"; }

apk_newer() { [ "$(apk version -t "$1" "$2")" = '>' ]; }

apk_all_packages() { apk info | sort; }

apk_ensure_dpkg_whole() { :; }

apk_wanted_packages() { echo docker docker-cli-buildx docker-cli-compose; }

apk_conflicting() { :; }

apk_versions() { apk policy "$1" 2>/dev/null | sed -n 's/^  \([0-9].*\):$/\1/p' | sort -rV; }

apk_pinned() { case $1 in docker) printf '%s\n' "$1${exact:+=$exact}" ;; *) printf '%s\n' "$1" ;; esac }

apk_hold() { :; }

apk_release() { :; }

apk_why_failed() { why_other; }

apk_lock_holder() { :; }

apk_refresh() {
	act index
	export FRESH=yes
	patiently logged timeout 300 apk update || give_up
}

apk_install_now() { patiently logged timeout 1800 apk add "$@" || give_up; }

apk_exchange() { install_now "$@"; }

apk_exchange_folder() { install_now --no-network --allow-untrusted "$@"; }

apk_remove_packages() { patiently logged timeout 600 apk del "$@" || give_up; }

apk_systemctl() { openrc "$@"; }

apk_journalctl() { tail -n 40 "$ROOT/var/log/docker.log"; }

# openrc WORD...: what daemon.sh asks of systemctl.
openrc() {
	case "$*" in
	'enable --now docker')
		rc-update -q add docker default
		rc-service -q docker start
		;;
	'disable --now '*)
		rc-service -q docker stop
		rc-update -q del docker default
		;;
	'restart docker') rc-service -q docker restart ;;
	'is-enabled -q docker') rc-update show default | grep -q ' docker ' ;;
	'is-failed '*) ! rc-service -q docker status && [ -n "${second:-}" ] && [ "$second" -gt 10 ] ;;
	*) : ;;
	esac
}

# dnf's words for apt.sh, docker.sh and repository.sh: Fedora, CentOS Stream, RHEL and its
# rebuilds, Amazon Linux. Tested against a stand-in of dnf alone.

RPM_KEY=/etc/pki/rpm-gpg/RPM-GPG-KEY-docker
RPM_SOURCE=/etc/yum.repos.d/docker-ce.repo

use_dnf() {
	export CACHE=/var/cache SUFFIX=rpm REPOSITORY_FILES="$RPM_KEY $RPM_SOURCE" OWN_ENGINE=moby-engine
	[ "$ID" != amzn ] || OWN_ENGINE=docker
	use_rpm
	use_words dnf 'wanted_packages conflicting versions find_mirror ensure_repository refresh install_now exchange exchange_folder remove_packages'
}

dnf_wanted_packages() {
	case $SOURCE-$ID in
	docker-*) printf '%s\n' "$OF_DOCKER" ;;
	*-amzn) echo docker ;;
	*-fedora) echo moby-engine docker-cli docker-buildx docker-compose ;;
	*) die 2 no_own_packages "$PRETTY_NAME" ;;
	esac
}

dnf_conflicting() {
	case $SOURCE in
	docker) installed "docker docker-client docker-common docker-latest docker-engine docker-cli moby-engine podman-docker runc containerd" ;;
	*) installed "$OF_DOCKER docker-ce-rootless-extras podman-docker" ;;
	esac
}

dnf_versions() {
	dnf -q list --showduplicates "$1" 2>/dev/null | awk -v name="$1" 'index($1, name ".") == 1 { print $2 }' | sort -rV
}

dnf_find_mirror() { MIRROR=$(setting MIRROR https://download.docker.com)/linux/$DISTRO; }

dnf_ensure_repository() { ensure_rpm_repository; }

dnf_refresh() {
	act index
	export FRESH=yes
	patiently logged timeout 300 dnf -y makecache || give_up
}

dnf_install_now() { patiently logged timeout 1800 dnf -y install "$@" || give_up; }

dnf_exchange() {
	set -- --setopt=install_weak_deps="$([ -n "$LEAN" ] && echo False || echo True)" "$@"
	for package in $LEAVING; do patiently logged timeout 600 dnf -y remove "$package" || give_up; done
	[ -z "$DOWNGRADE" ] || set -- --allowerasing "$@"
	install_now "$@"
	ensure_kernel_modules
}

dnf_exchange_folder() { exchange --disablerepo='*' "$@"; }

dnf_remove_packages() { patiently logged timeout 600 dnf -y --noautoremove remove "$@" || give_up; }

# use_rpm: what rpm answers, for zypper too.
use_rpm() {
	use_words rpm 'installed version_of newer all_packages ensure_dpkg_whole pinned hold release fetch why_failed lock_holder'
}

rpm_installed() {
	for package in $1; do
		if rpm -q "$package" >/dev/null 2>&1; then printf '%s\n' "$package"; fi
	done
}

rpm_version_of() { rpm -q --qf '%{EPOCHNUM}:%{VERSION}-%{RELEASE}\n' "$1" 2>/dev/null | sed 's/^0://'; }

rpm_newer() { [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | tail -n 1)" = "$1" ]; }

rpm_all_packages() { rpm -qa --qf '%{NAME}\n' | sort -u; }

rpm_ensure_dpkg_whole() { :; }

rpm_pinned() {
	case $1 in
	docker-ce*) printf '%s\n' "$1${exact:+-$exact}" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

rpm_hold() { :; }

rpm_release() { :; }

rpm_fetch() { fetch_by_curl "$1"; }

rpm_why_failed() { why_other; }

rpm_lock_holder() { sed -n 's/.*\(pid\|PID\|process\) *\([0-9]\{1,\}\).*/\2/p' "$OUT" | sed q; }

ensure_rpm_repository() {
	find_mirror
	if [ ! -s "$ROOT$RPM_KEY" ]; then
		act source "$MIRROR/gpg"
		patiently fetch "$MIRROR/gpg" || give_up
		tr -d '\r' <"$OUT.asc" | sed -e '1,/^$/d' -e '/^[=-]/d' | base64 -d 2>/dev/null >"$OUT.gpg" || :
		want=$(setting MIRROR_KEY 060A61C51B558A7F742B77AAC52FEB6B621E9F35)
		found=$(fingerprint "$OUT.gpg")
		[ "$found" = "$want" ] || die 5 wrong_key "$MIRROR/gpg" "$want" "${found:--}"
		write "$RPM_KEY" 0644 <"$OUT.asc"
	fi
	channel=$(setting CHANNEL stable)
	text="[docker-ce-$channel]
name=Docker CE $channel
baseurl=$MIRROR/$SUITE/\$basearch/$channel
enabled=1
gpgcheck=1
gpgkey=file://$RPM_KEY"
	[ "$(cat "$ROOT$RPM_SOURCE" 2>/dev/null)" != "$text" ] || return 0
	act source "$MIRROR"
	printf '%s\n' "$text" | write "$RPM_SOURCE" 0644
}

# ensure_kernel_modules: Enterprise Linux 10 has xt_addrtype, which Docker needs, in a package
# of its own (docker-ce-packaging#1340).
ensure_kernel_modules() {
	[ "$SUITE" = 10 ] || return 0
	! modprobe xt_addrtype 2>/dev/null || return 0
	install_now "kernel-modules-extra-$(uname -r)"
}

fetch_by_curl() {
	if have curl; then
		logged curl -fsSL --connect-timeout 20 --max-time 40 -o "$OUT.asc" "$1"
	else
		logged timeout 40 wget -qO "$OUT.asc" "$1"
	fi
}

# why_other: as why_failed in apt.sh, for other programs' words.
why_other() {
	while read -r word pattern; do
		if grep -qiE "$pattern" "$OUT"; then break; fi
	done <<-'END'
		locked lock|another (instance|app)
		full no space left|disk requirements|not enough free
		clock not yet valid|expired
		untrusted signature|gpg|pgp|certificate
		missing no match|not found|nothing provides|no such package|404
		network resolv|connect|timed? ?out|unreachable|curl|mirror|429|50[0-9]|temporary error
		other .*
	END
	[ "${status:-0}" != 124 ] || word=network
	printf '%s\n' "$word"
}

# The course's images: pulled from a list, four at a time, or loaded from a folder.

look_at_images() {
	[ -n "$IMAGES" ] || {
		[ -z "$LOGIN" ] || die 2 login_alone
		return 0
	}
	if [ -d "$IMAGES" ]; then
		[ -n "$(tars)" ] || die 2 no_tars "$IMAGES"
		return 0
	fi
	image_list >"$WORK/images"
	[ -s "$WORK/images" ] || die 2 no_names_there "$IMAGES"
	part='[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*'
	registry='(\[[0-9a-fA-F:]+\]|[A-Za-z0-9][A-Za-z0-9.-]*)(:[0-9]+)?'
	wrong=$(grep -vxE "($registry/)?$part(/$part)*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?(@sha256:[0-9a-f]{64})?" \
		"$WORK/images" | sed q) || :
	[ -z "$wrong" ] || die 2 wrong_image "$IMAGES" "$wrong"
	[ -z "$LOGIN" ] || read_password
}

tars() {
	ls "$IMAGES"/*.tar "$IMAGES"/*.tar.gz 2>/dev/null || :
}

# image_list: comments and doubles left out, and the mark that Windows writes first.
image_list() {
	sed -e "1s/^$(printf '\357\273\277')//" -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$IMAGES" | awk '!seen[$0]++'
}

ensure_images() {
	[ -n "$IMAGES" ] || return 0
	DAEMON_ARCH=$(docker version -f '{{.Server.Arch}}' 2>/dev/null) || DAEMON_ARCH=
	if [ -d "$IMAGES" ]; then load_images; else pull_images; fi
}

# is_here IMAGE: of this machine's architecture.
is_here() {
	[ "$(docker image inspect -f '{{.Architecture}}' "$1" 2>/dev/null)" = "$DAEMON_ARCH" ]
}

# look_for_missing FROM: $WORK/missing, those of a list that are not here.
look_for_missing() {
	: >"$WORK/still"
	while read -r image; do
		is_here "$image" || printf '%s\n' "$image" >>"$WORK/still"
	done <"$1"
	mv "$WORK/still" "$WORK/missing"
}

# pull_images: what is here is not asked for again; Docker goes on where a pull was cut off, and
# checks each layer by its digest.
pull_images() {
	PULLED=$(wc -l <"$WORK/images" | tr -d ' ')
	look_for_missing "$WORK/images"
	[ -s "$WORK/missing" ] || return 0
	act images "$(wc -l <"$WORK/missing" | tr -d ' ')"
	log_in
	say_limits
	tries=0
	until pull_missing; do
		tries=$((tries + 1))
		! grep -q toomanyrequests "$OUT" || die 5 pull_limit "$(tr '\n' ' ' <"$WORK/missing")"
		if [ "$tries" -ge "${TRIES:-4}" ] || grep -q 'not found\|denied\|unauthorized\|no matching manifest\|invalid reference' "$OUT"; then
			die 5 no_images "$(tr '\n' ' ' <"$WORK/missing")" "$(last_line)"
		fi
		say again "$(last_line)" $((tries * 3))
		sleep $((tries * 3))
	done
	log_out
}

# pull_missing: missing is then what is still not here. One of another architecture alone is pulled
# all the same, and would not run.
pull_missing() {
	xargs -n 1 -P 4 env ${LOGIN_FOLDER:+"DOCKER_CONFIG=$LOGIN_FOLDER"} \
		timeout 1800 docker pull -q <"$WORK/missing" >"$OUT" 2>&1 || :
	[ -z "$MARKING" ] || cat "$OUT" 2>/dev/null >>"$LOG" || :
	look_for_missing "$WORK/missing"
	while read -r image; do
		found=$(docker image inspect -f '{{.Architecture}}' "$image" 2>/dev/null) || continue
		die 5 wrong_arch "$image" "$found" "$DAEMON_ARCH"
	done <"$WORK/missing"
	[ ! -s "$WORK/missing" ]
}

# load_images: a tar that was loaded is known by its sum, as long as its images are here.
load_images() {
	PULLED=0
	for tar in "$IMAGES"/*.tar "$IMAGES"/*.tar.gz; do
		[ -r "$tar" ] || continue
		sum=$(sha256sum <"$tar" | cut -c1-64)
		if is_loaded "$sum"; then
			PULLED=$((PULLED + 1))
			continue
		fi
		act load "${tar##*/}"
		logged timeout 1800 docker load -i "$tar" || die 6 not_loaded "${tar##*/}" "$(last_line)"
		sed -n "s/^Loaded image[^:]*: */$sum /p" "$OUT" >>"$STATE/loaded"
		for name in $(loaded_by "$sum"); do
			is_here "$name" || die 5 wrong_arch "$name" "$(docker image inspect -f '{{.Architecture}}' "$name")" "$DAEMON_ARCH"
		done
		is_loaded "$sum" || die 6 not_loaded "${tar##*/}" "$(last_line)"
		PULLED=$((PULLED + 1))
	done
	export PULLED
}

loaded_by() {
	sed -n "s/^$1 //p" "$STATE/loaded" 2>/dev/null
}

is_loaded() {
	names=$(loaded_by "$1")
	[ -n "$names" ] || return 1
	for name in $names; do is_here "$name" || return 1; done
}

# JSON without python or jq, which machines need not have: POSIX awk reads it, strictly, and
# merges one text into another. Strings and numbers stay as they were written.

# json_of MODE FILE [FILE]: prints, or fails with `LINE WHAT`, the line where FILE breaks.
#   show FILE        the text anew, one member a line
#   flat FILE        a line for each value: its path, a tab, the value
#   fill FILE MORE   FILE, and those members of MORE that it lacks
#   merge FILE MORE  MORE wins; objects are merged, lists of texts united, all else replaced
json_of() {
	awk -v mode="$1" -v first="$2" '
	function fail(what,   before, lines) {
		if (bad) return 0
		before = substr(text, 1, at - 1)
		if (at > size - 1) sub(/[ \t\r\n]+$/, "", before)
		bad = split(before, lines, "\n")
		if (bad < 1) bad = 1
		print bad, what
		return 0
	}
	function comment() {
		return substr(text, at) ~ /^(\/\/|\/\*|#)/ ? " (JSON has no comments)" : ""
	}
	function blank() {
		while (at <= size && index(" \t\r\n", substr(text, at, 1))) at++
	}
	function made(sort) {
		kind[++nodes] = sort
		count[nodes] = 0
		return nodes
	}
	function place(n, name,   i) {
		for (i = 1; i <= count[n]; i++) if (key[n, i] == name) return i
		return 0
	}
	function add(n, name, what,   i) {
		i = place(n, name)
		if (i == 0) i = ++count[n]
		key[n, i] = name
		child[n, i] = what
	}
	function value(   c) {
		blank()
		if (at > size) return fail("ends too early")
		c = substr(text, at, 1)
		if (c == "{" || c == "[") return several(c)
		if (c == "\"") return word()
		return plain()
	}
	function word(   from, c) {
		from = at++
		while (1) {
			if (at > size) return fail("a text has no end")
			c = substr(text, at, 1)
			if (index(CONTROL, c)) return fail("a text has no end in its line")
			at++
			if (c == "\"") break
			if (c != "\\") continue
			c = substr(text, at++, 1)
			if (c == "u") {
				if (substr(text, at, 4) !~ /^[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]$/)
					return fail("\\u needs four hexadecimal digits")
				at += 4
			} else if (c != "" && index(CONTROL, c)) return fail("a text has no end in its line")
			else if (c == "" || !index("\"\\/bfnrt", c)) return fail("\\" c " is no escape")
		}
		made("v")
		raw[nodes] = substr(text, from, at - from)
		return nodes
	}
	function plain(   rest) {
		rest = substr(text, at)
		if (match(rest, /^(true|false|null)/) == 0 &&
			match(rest, /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) == 0)
			return fail("a value is missing before: " substr(rest, 1, index(rest "\n", "\n") - 1))
		made("v")
		raw[nodes] = substr(rest, 1, RLENGTH)
		at += RLENGTH
		return nodes
	}
	function several(open,   last, n, name, what, c) {
		if (++depth > 100) return fail("is nested too deeply")
		last = open == "{" ? "}" : "]"
		n = made(open)
		at++
		blank()
		if (substr(text, at, 1) == last) { at++; depth--; return n }
		while (!bad) {
			name = ""
			if (open == "{") {
				blank()
				if (substr(text, at, 1) != "\"") return fail("a name in quotes is missing" comment())
				if (!(what = word())) return 0
				name = raw[what]
				blank()
				if (substr(text, at, 1) != ":") return fail("a colon is missing after " name)
				at++
			}
			if (!(what = value())) return 0
			if (open == "{") add(n, name, what)
			else child[n, ++count[n]] = what
			blank()
			c = substr(text, at++, 1)
			if (c == last) { depth--; return n }
			if (c != ",") { at--; return fail("a comma or " last " is missing" comment()) }
		}
		return 0
	}
	function parsed(whole,   n) {
		text = whole
		sub(/^\357\273\277/, "", text)
		size = length(text)
		at = 1
		depth = 0
		n = value()
		if (bad) return 0
		blank()
		if (at <= size) return fail("goes on after its end" comment())
		if (kind[n] != "{") { at = 1; return fail("is no object: { ... }") }
		return n
	}
	function words(n,   i, what) {
		for (i = 1; i <= count[n]; i++) {
			what = child[n, i]
			if (kind[what] != "v" || substr(raw[what], 1, 1) != "\"") return 0
		}
		return 1
	}
	function united(a, b,   i, j) {
		for (i = 1; i <= count[b]; i++) {
			for (j = 1; j <= count[a]; j++) if (raw[child[a, j]] == raw[child[b, i]]) break
			if (j > count[a]) child[a, ++count[a]] = child[b, i]
		}
		return a
	}
	function joined(a, b) {
		if (kind[a] == "{" && kind[b] == "{") return merged(a, b)
		if (kind[a] == "[" && kind[b] == "[" && words(a) && words(b)) return united(a, b)
		return b
	}
	function merged(a, b,   i, j) {
		for (i = 1; i <= count[b]; i++) {
			j = place(a, key[b, i])
			if (j) child[a, j] = joined(child[a, j], child[b, i])
			else add(a, key[b, i], child[b, i])
		}
		return a
	}
	function shown(n, pad,   i, out, more) {
		if (kind[n] == "v") return raw[n]
		if (count[n] == 0) return kind[n] == "{" ? "{}" : "[]"
		more = pad "  "
		out = kind[n]
		for (i = 1; i <= count[n]; i++)
			out = out (i > 1 ? "," : "") "\n" more (kind[n] == "{" ? key[n, i] ": " : "") shown(child[n, i], more)
		return out "\n" pad (kind[n] == "{" ? "}" : "]")
	}
	function flat(n, path,   i, name) {
		if (kind[n] == "v") { print path "\t" raw[n]; return }
		for (i = 1; i <= count[n]; i++) {
			name = kind[n] == "{" ? substr(key[n, i], 2, length(key[n, i]) - 2) : i - 1
			flat(child[n, i], (path == "" ? "" : path ".") name)
		}
	}
	FILENAME == first { one = one $0 "\n"; next }
	{ two = two $0 "\n" }
	END {
		for (i = 1; i < 32; i++) CONTROL = CONTROL sprintf("%c", i)
		a = parsed(one)
		if (bad) exit 1
		if (mode == "merge" || mode == "fill") {
			b = parsed(two)
			if (bad) exit 1
			if (mode == "merge") merged(a, b)
			else for (i = 1; i <= count[b]; i++) if (!place(a, key[b, i])) add(a, key[b, i], child[b, i])
		}
		if (mode == "flat") flat(a, "")
		else print shown(a, "")
	}' "$2" ${3:+"$3"}
}

# Why an address is out of reach, found out before apt is asked, whose words seldom tell.

# ensure_reachable URL: dies with what this machine lacks. A proxy reaches for it.
ensure_reachable() {
	host=${1#*://}
	host=${host%%/*}
	host=${host%:*}
	ls "$ROOT"/sys/class/net >"$WORK/links" 2>/dev/null || return 0
	a_link_is_up || die 3 no_link
	if [ -n "$PROXY" ]; then
		return 0
	fi
	has_route || case $host in 127.* | localhost) ;; *) a_route_leads_to "$host" || die 5 no_route "$host" ;; esac
	tries=0
	until timeout 20 getent ahosts "$host" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 3 ] || die 5 no_name "$host" "$(sed -n 's/^nameserver *//p' "$ROOT/etc/resolv.conf" 2>/dev/null | tr '\n' ' ')"
		sleep "$tries"
	done
}

a_link_is_up() {
	while read -r link; do
		case $link in lo | docker* | veth* | br-*) continue ;; esac
		case $(cat "$ROOT/sys/class/net/$link/operstate" 2>/dev/null) in
		up | unknown) return 0 ;;
		esac
	done <"$WORK/links"
	return 1
}

# has_route: a default route; one of IPv6 will do.
has_route() {
	awk 'NR > 1 && $2 == "00000000" && $8 == "00000000" { found = 1 } END { exit !found }' "$ROOT/proc/net/route" 2>/dev/null ||
		awk '$1 ~ /^0+$/ && $2 == "00" && $10 != "lo" { found = 1 } END { exit !found }' "$ROOT/proc/net/ipv6_route" 2>/dev/null
}

# a_route_leads_to ADDRESS: a mirror on this machine's own network needs no default route.
a_route_leads_to() {
	case $1 in *[!0-9.]*) return 1 ;; esac
	[ -n "$(routes | overlap "$1/32")" ]
}

# timeout SECONDS COMMAND...: as the program does, but Ctrl-C ends what only fetches. What installs is
# a group of its own, which is not cut off. busybox has it all in one group, and no such option.
timeout() {
	case " $* " in
	*' update '* | *'/apt-helper '*)
		if command timeout --foreground 9 true 2>/dev/null; then set -- --foreground "$@"; fi
		;;
	esac
	command timeout "$@"
}

# What was typed. Each value is looked at before anything else is done.

MODE=install UPGRADE='' DOWNGRADE='' LEAN='' REPO_DIR='' DAEMON_FILE='' PROXY='' IMAGES='' SWARM=''
PURGE='' AS_JSON='' QUIET='' MIRRORS='' INSECURE='' LOGIN='' ASKED='' DRY=''
ACCOUNTS='[A-Za-z_][A-Za-z0-9_.-]*(,[A-Za-z_][A-Za-z0-9_.-]*)*'
export MODE UPGRADE DOWNGRADE LEAN REPO_DIR DAEMON_FILE PROXY IMAGES SWARM PURGE MIRRORS INSECURE LOGIN

options() {
	SETTINGS="LANGUAGE=$(spoken)"
	while [ $# -gt 0 ]; do
		option=$1
		shift
		case $option in
		--*=*)
			set -- "${option#*=}" "$@"
			option=${option%%=*}
			flag_without_value "$option"
			;;
		esac
		if flag "$option"; then continue; fi
		[ $# -gt 0 ] || {
			known "$option"
			die 2 no_value "$option"
		}
		valued "$option" "$1"
		shift
	done
	redirect
	SOURCE=$(setting SOURCE docker)
	take_proxy
	[ -z "$PURGE" ] || [ "$MODE" = uninstall ] || die 2 purge_alone
	case $DRY$MODE in
	yescheck) die 2 not_both --check --dry-run ;;
	yesinstall) MODE=dry-run ;;
	yesuninstall) MODE=dry-uninstall ;;
	esac
	export SOURCE
}

spoken() {
	case ${SPOKEN:-} in
	fr*) echo fr ;;
	*) echo en ;;
	esac
}

# flag OPTION: one that takes no value.
flag() {
	case $1 in
	--upgrade) UPGRADE=yes ;;
	--downgrade) DOWNGRADE=yes ;;
	--lean) LEAN=yes ;;
	--swarm) SWARM=yes ;;
	--purge) PURGE=yes ;;
	--json) AS_JSON=yes ;;
	--quiet | -q) QUIET=yes ;;
	--dry-run) DRY=yes ;;
	--check | --uninstall)
		case $MODE in install | "${1#--}") MODE=${1#--} ;; *) die 2 not_both --check --uninstall ;; esac
		;;
	--version-of-script)
		printf 'install-docker.sh %s\n' "$PROVISION"
		exit 0
		;;
	--help | -h)
		usage
		exit 0
		;;
	*) return 1 ;;
	esac
}

flag_without_value() {
	case $1 in
	--upgrade | --downgrade | --lean | --swarm | --purge | --json | --quiet) die 2 not_understood "$1=" ;;
	--check | --dry-run | --uninstall | --version-of-script | --help) die 2 not_understood "$1=" ;;
	esac
}

known() {
	case $1 in
	--source | --channel | --version | --mirror | --mirror-key | --repo-dir | --user | --rootless | --language) ;;
	--registry-mirror | --insecure-registry | --daemon-json | --proxy | --images | --login | --wait) ;;
	*) die 2 not_understood "$1" ;;
	esac
}

valued() {
	known "$1"
	[ -n "$2" ] || die 2 no_value "$1"
	case $1 in
	--source)
		fits_pattern "$@" '(docker|distro|distribution|auto)'
		case $2 in distro) set -- "$1" distribution ;; esac
		choose SOURCE "$2"
		;;
	--channel) fits_pattern "$@" '(stable|test)' && choose CHANNEL "$2" ;;
	--version) fits_pattern "$@" '[0-9]+(\.[0-9]+){0,2}' && choose VERSION "$2" ;;
	--language) fits_pattern "$@" '(en|fr)' && choose LANGUAGE "$2" ;;
	--mirror) no_secret "$@" && fits_pattern "$@" 'https?://[!-~]+' && choose MIRROR "${2%/}" ;;
	--mirror-key) mirror_key "$@" ;;
	--user) fits_pattern "$@" "$ACCOUNTS" && add_names USERS "$2" ;;
	--rootless) fits_pattern "$@" "$ACCOUNTS" && add_names ROOTLESS "$2" ;;
	--registry-mirror) no_secret "$@" && fits_pattern "$@" 'https?://[^"\ ?#]+' && MIRRORS="$MIRRORS $2" ;;
	--insecure-registry) fits_pattern "$@" '[][A-Za-z0-9.:-]+(/[0-9]+)?' && INSECURE="$INSECURE $2" ;;
	--proxy) a_proxy "$@" ;;
	--login)
		case ${2%%@*} in *:*) die 2 login_secret ;; esac
		fits_pattern "$@" '[A-Za-z0-9][A-Za-z0-9._-]*(@[A-Za-z0-9][A-Za-z0-9.:/-]*)?' && LOGIN=$2
		;;
	--wait) fits_pattern "$@" '[0-9]{1,5}' && export "PATIENCE=$2" "LOCK_WAIT=$2" ;;
	*) a_file "$@" ;;
	esac
}

# a_file OPTION PATH: what must be there now.
a_file() {
	[ -r "$2" ] || die 2 no_file "$1" "$2"
	path=$(cd "$(dirname "$2")" && pwd)/${2##*/}
	case $1 in
	--daemon-json) DAEMON_FILE=$path ;;
	--images) IMAGES=$path ;;
	--repo-dir)
		[ -d "$2" ] || die 2 no_file "$1" "$2"
		REPO_DIR=$(cd "$2" && pwd)
		;;
	esac
}

mirror_key() {
	key=$(printf '%s' "$2" | tr -d ' :' | tr a-f A-F)
	fits_pattern "$1" "$key" '[0-9A-F]{40}'
	choose MIRROR_KEY "$key"
}

# fits_pattern OPTION VALUE PATTERN
fits_pattern() {
	has_form "$2" "$3" || die 2 wrong_value "$1" "$2"
}

# has_form VALUE PATTERN: all of it, which is one line.
has_form() {
	case $1 in *"$NEWLINE"*) return 1 ;; esac
	printf '%s\n' "$1" | grep -qxE "$2"
}

# no_secret OPTION URL: ps shows to everybody what is typed.
no_secret() {
	case $1=$2 in
	--proxy=*://*@*) die 2 proxy_secret ;;
	--mirror=*://*@*) die 2 mirror_secret ;;
	--registry-mirror=*://*@*) die 2 registry_secret ;;
	esac
}

# a_proxy OPTION VALUE: an address, or a file that holds one.
a_proxy() {
	no_secret "$@"
	PROXY=$2
	PROXY_SAID=$2
	case $2 in *://*) return 0 ;; esac
	[ ! -f "$2" ] || [ ! -r "$2" ] || PROXY=$(tr -d '[:blank:]\r' <"$2" | sed '/^$/d')
}

# take_proxy: the one that was typed, or that of the environment.
take_proxy() {
	PROXY=${PROXY:-${https_proxy:-${http_proxy:-${HTTPS_PROXY:-${HTTP_PROXY:-}}}}}
	[ -n "$PROXY" ] || return 0
	has_form "$PROXY" '(https?|socks5h)://[^" \\]+' ||
		die 2 wrong_proxy "$(without_password "${PROXY_SAID:-$PROXY}")" # never what is in the file
	export "http_proxy=$PROXY" "https_proxy=$PROXY"
}

# choose KEY VALUE: the last one that is typed counts.
choose() {
	SETTINGS="$1=$2$NEWLINE$SETTINGS"
	ASKED=yes
	export ASKED
}

# add_names KEY NAMES
add_names() {
	names="$(setting "$1") $(printf '%s' "$2" | tr ',' ' ')"
	choose "$1" "${names# }"
}

# redirect: with --json stdout is the result's alone.
redirect() {
	if [ -n "$AS_JSON" ]; then
		exec 3>&1 1>&2
	fi
}

# say KEY [ARG...]: as in lib.sh, with the seconds since the start.
say() {
	sentence=$(message "$@")
	[ -n "$QUIET" ] || (printf '%3d s  %s: %s\n' $(($(now) - STARTED)) "$STEP" "$sentence") 2>/dev/null || :
	[ -z "$MARKING" ] || note "$sentence"
}

# Docker's packages: those that are wanted, and what is done so that they come. The words that
# each family of packages has for it: apt.sh beside this folder, dnf.sh, zypper.sh, pacman.sh, apk.sh.

AHEAD=
EXTRA_OF_DOCKER='docker-ce-rootless-extras docker-model-plugin'

ensure_packages() {
	[ -n "$REPO_DIR" ] || choose_source
	wanted=$(all_wanted)
	[ ! -e "$STATE/unfinished" ] || ensure_dpkg_whole
	if fits && [ -z "$UPGRADE" ]; then
		note_after
		ensure_held
		return 0
	fi
	[ -z "$ENDED" ] || say ended "$PRETTY_NAME"
	[ "$(setting CHANNEL stable)" = stable ] || say channel "$(setting CHANNEL)"
	have dockerd || export NEW_DOCKER=yes
	check_room "$CACHE" 200
	check_room /usr 600
	ensure_dpkg_whole
	note_before
	if [ -n "$REPO_DIR" ]; then
		install_folder
	else
		ensure_index
		install_wanted
	fi
	note_after
}

# ensure_index: one refresh for all sources; cleared away again where nothing comes of it.
ensure_index() {
	if [ "$SOURCE" = docker ]; then
		for file in $REPOSITORY_FILES; do keep "$file"; done
		other_sources_give_way
		ensure_reachable "$(setting MIRROR https://download.docker.com)"
		ensure_repository
		for file in $REPOSITORY_FILES; do note_sum "$file"; done
		FRESH=
	fi
	[ -z "${FRESH:-}" ] || return 0
	come_ahead
	refresh
	arrive
}

# come_ahead: a new Docker's packages are fetched while the index of everything else is, by a signed
# index of their own. What is wrong with that the installation says, which then fetches them itself.
# Whole files alone come to where apt looks for them.
come_ahead() {
	[ "$FAMILY-$SOURCE" = apt-docker ] && [ -z "$(setting VERSION)$(installed docker-ce)" ] || return 0
	AHEAD=$ROOT$CACHE/archives/ahead
	mkdir -p "$AHEAD" "$WORK/ahead/partial"
	chown _apt "$AHEAD" "$WORK/ahead/partial" 2>/dev/null || :
	fetch_ahead >/dev/null 2>&1 </dev/null 9>&- &
	AHEAD_PID=$!
}

fetch_ahead() {
	set -- -qq -o "Dir::State::Lists=$WORK/ahead" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o "Dir::Etc::SourceList=$ROOT$DOCKER_SOURCES" -o Dir::Etc::SourceParts=/dev/null \
		-o Acquire::Languages=none -o Acquire::GzipIndexes=false -o Acquire::http::Timeout=20
	timeout 60 apt-get "$@" update || return 0
	cd "$AHEAD" || return 0
	set -- "$@" download
	[ -n "$LEAN" ] || wanted="$wanted $EXTRA_OF_DOCKER"
	for package in $wanted; do
		if grep -qx "Package: $package" "$WORK"/ahead/*_Packages; then set -- "$@" "$package"; fi
	done
	timeout 900 apt-get "$@"
}

arrive() {
	[ -n "$AHEAD" ] || return 0
	wait "$AHEAD_PID" || :
	mv "$AHEAD"/*.deb "${AHEAD%/*}/" 2>/dev/null || :
	rm -rf "$AHEAD"
	AHEAD=
}

# turn_back: nothing comes of it.
turn_back() {
	[ -n "$AHEAD" ] || return 0
	kill "$AHEAD_PID" 2>/dev/null || :
	rm -rf "$AHEAD"
}

# other_sources_give_way: what another installer wrote for the same packages, under a name of its
# own, names another key, and apt then reads neither.
other_sources_give_way() {
	[ "$FAMILY" = apt ] || return 0
	mirror=$(setting MIRROR https://download.docker.com)
	for file in "$ROOT"/etc/apt/sources.list.d/*; do
		case $file in *"$DOCKER_SOURCES") continue ;; esac
		grep -qsF -e "${mirror#*://}/linux/" -e download.docker.com/linux/ "$file" || continue
		act gives_way "${file#"$ROOT"}"
		keep "${file#"$ROOT"}"
		rm -f "$file"
		note_sum "${file#"$ROOT"}"
	done
}

# refresh: Docker needs the distribution's sources and its own. A foreign one that fails is left
# out and said: it is no reason not to install Docker.
refresh() {
	act index
	export FRESH=yes
	if patiently apt_get 180 update -o Acquire::Languages=none; then return 0; fi
	case $WHY in locked | full | other) give_up ;; esac
	foreign_sources || give_up
	say foreign "$LEFT_OUT" "$(complaint)"
	patiently apt_get 180 update -o Acquire::Languages=none -o APT::Get::List-Cleanup=0 \
		-o "Dir::Etc::sourceparts=$WORK/parts" || give_up
}

# foreign_sources: $WORK/parts without the files that name what failed; LEFT_OUT are those.
foreign_sources() {
	sed -n -e 's,^[EW]: Failed to fetch [a-z+]*://\([^/ ]*\).*,\1,p' -e "s,^[EW]: The repository '[a-z+]*://\([^/ ]*\).*,\1,p" \
		-e 's,^[EW]: GPG error: [a-z+]*://\([^/ ]*\).*,\1,p' "$OUT" | sort -u >"$WORK/failed"
	LEFT_OUT=
	rm -rf "$WORK/parts"
	mkdir "$WORK/parts"
	for file in "$ROOT"/etc/apt/sources.list.d/*; do
		[ -r "$file" ] || continue
		case ${file##*/} in
		debian* | ubuntu* | official* | raspi* | system* | docker.sources) ;;
		*)
			if grep -qFf "$WORK/failed" "$file"; then
				LEFT_OUT="$LEFT_OUT${file#"$ROOT"} "
				continue
			fi
			;;
		esac
		ln -s "$file" "$WORK/parts/"
	done
	[ -n "$LEFT_OUT" ]
}

install_wanted() {
	engine=${wanted%% *} version=$(setting VERSION) exact='' there=''
	[ -z "$(installed "$engine")" ] || there=$(version_of "$engine")
	[ -z "$version" ] || find_exact
	if [ -n "$there" ] && fits && [ -z "$(outdated)" ]; then
		say newest "$there"
		ensure_held
		return 0
	fi
	set --
	for package in $wanted $(extra); do set -- "$@" "$(pinned "$package")"; done
	LEAVING=$(conflicting | tr '\n' ' ')
	[ -z "$LEAVING" ] || {
		say replace "$LEAVING"
		printf '%s\n' "$LEAVING" >>"$STATE/removed"
	}
	[ -z "$there" ] || say from_to "$engine" "$there" "${exact:-$(versions "$engine" | sed q)}"
	[ -n "$LEAN$there" ] || export RECOMMENDS=--install-recommends
	act install "$*"
	ensure_daemon_json
	export TOUCHED=yes
	[ -n "$version" ] || [ -z "$there" ] || release
	pause_man_db
	exchange "$@"
	resume_man_db
	[ -z "$exact" ] || hold "$@"
}

# exchange PACKAGE...: in one step with those that leave.
exchange() {
	for package in $LEAVING; do set -- "$@" "$package-"; done
	[ -z "$DOWNGRADE" ] || set -- --allow-downgrades "$@"
	install_now "$@"
}

hold() {
	apt-mark showhold >"$WORK/held" 2>/dev/null || :
	for package in "$@"; do
		case $package in
		*=*)
			package=${package%=*}
			grep -qxF "$package" "$WORK/held" || printf '%s\n' "$package" >>"$STATE/held"
			logged apt-mark hold "$package"
			;;
		esac
	done
}

# ensure_held: what was asked for is there already, and may not be at it for good.
ensure_held() {
	[ -n "$(setting VERSION)" ] && [ "$FAMILY" = apt ] || return 0
	engine=${wanted%% *}
	if apt-mark showhold | grep -qxF "$engine"; then return 0; fi
	exact=$(version_of "$engine")
	say held "$engine" "$exact"
	set --
	for package in $wanted; do set -- "$@" "$(pinned "$package")"; done
	hold "$@"
}

# release: an upgrade without a version ends what a version once held.
release() {
	logged apt-mark unhold docker-ce docker-ce-cli docker-ce-rootless-extras docker.io docker-cli || :
}

# extra: what Docker's own script adds on a machine without Docker. The model plugin is not
# in every repository.
extra() {
	[ "$SOURCE" = docker ] && [ -z "$LEAN$there" ] || return 0
	for package in $EXTRA_OF_DOCKER; do
		case " $wanted " in *" $package "*) continue ;; esac
		[ -z "$(versions "$package")" ] || printf '%s\n' "$package"
	done
}

# outdated: packages of which the index has another version, or another one is asked for.
outdated() {
	for package in $wanted; do
		case $(pinned "$package") in
		*=*) newest=$exact ;;
		*) newest=$(versions "$package" | sed q) ;;
		esac
		[ -z "$newest" ] || [ "$newest" = "$(version_of "$package")" ] || printf '%s\n' "$package"
	done
}

# pause_man_db: its trigger reads every manual page anew, a second in which nobody reads one; the
# daily timer of man-db does the same. It is put back, by the next run when this one is killed.
pause_man_db() {
	[ -e "$ROOT/var/lib/man-db/auto-update" ] || return 0
	mv "$ROOT/var/lib/man-db/auto-update" "$STATE/man-db"
}

resume_man_db() {
	[ -e "$STATE/man-db" ] || return 0
	mv "$STATE/man-db" "$ROOT/var/lib/man-db/auto-update"
}

# look_at_folder: packages that were copied here are trusted by their sums.
look_at_folder() {
	[ -n "$REPO_DIR" ] || return 0
	find_source
	if [ "$SOURCE" = auto ]; then
		SOURCE=distribution
		! ls "$REPO_DIR"/docker-ce[_-]*."$SUFFIX" >/dev/null 2>&1 || SOURCE=docker
	fi
	ls "$REPO_DIR"/*."$SUFFIX" >/dev/null 2>&1 || die 2 no_packages "$REPO_DIR" "$SUFFIX"
	[ -s "$REPO_DIR/SHA256SUMS" ] || die 5 no_sums "$REPO_DIR" "$SUFFIX"
	for file in "$REPO_DIR"/*."$SUFFIX"; do
		tr -d '\r' <"$REPO_DIR/SHA256SUMS" | sed 's,^[0-9a-f]* [ *]\(\./\)*,,' | grep -qxF "${file##*/}" || die 5 no_sum "${file##*/}"
	done
	tr -d '\r' <"$REPO_DIR/SHA256SUMS" >"$WORK/sums"
	(cd "$REPO_DIR" && sha256sum -c "$WORK/sums") >"$OUT" 2>&1 ||
		die 5 wrong_sum "$(sed -n 's/: FAILED.*//p' "$OUT" | tr '\n' ' ')"
}

install_folder() {
	set --
	for file in "$REPO_DIR"/*."$SUFFIX"; do set -- "$@" "$file"; done
	LEAVING=$(conflicting | tr '\n' ' ')
	missing=$(not_in_folder)
	[ -z "$missing" ] || die 6 folder_lacks "$REPO_DIR" "$missing"
	act install "$REPO_DIR"
	[ -z "$LEAVING" ] || say replace "$LEAVING"
	ensure_daemon_json
	export TOUCHED=yes
	pause_man_db
	exchange_folder "$@"
	resume_man_db
	fits || die 6 folder_lacks "$REPO_DIR" "$(lacking)"
}

# not_in_folder: of what is wanted, found out before anything is changed, where packages can be read.
not_in_folder() {
	[ "$FAMILY" = apt ] || return 0
	for file in "$REPO_DIR"/*."$SUFFIX"; do
		dpkg-deb -f "$file" Package Version 2>/dev/null | awk '{ printf "%s%s", $2, (NR == 1 ? " " : "\n") }'
	done >"$WORK/folder"
	for package in $(lacking); do
		grep -q "^$package " "$WORK/folder" || printf '%s\n' "$package"
	done | tr '\n' ' ' | sed 's/ $//'
	engine=${wanted%% *}
	if grep -q "^$engine " "$WORK/folder" && [ -z "$(sed -n "s/^$engine //p" "$WORK/folder" | matching)" ]; then
		printf '%s' "$engine $(setting VERSION)"
	fi
}

# exchange_folder FILE...: apt is shown no source, so that it takes nothing from elsewhere.
exchange_folder() {
	mkdir -p "$WORK/lists/partial"
	exchange -o "Dir::State::lists=$WORK/lists" -o Dir::Etc::sourcelist=/dev/null \
		-o Dir::Etc::sourceparts=/dev/null "$@"
}

lacking() {
	for package in $wanted; do
		[ -n "$(installed "$package")" ] || printf '%s ' "$package"
	done
}

# use_words FAMILY WORDS: from now on each of WORDS means what FAMILY_WORD does.
use_words() {
	for word in $2; do eval "$word() { $1_$word \"\$@\"; }"; done
}

# use_apt: its words are the ones of apt.sh, docker.sh and repository.sh.
use_apt() {
	export CACHE=/var/cache/apt SUFFIX=deb OWN_ENGINE=docker.io
	export REPOSITORY_FILES="$KEYRING $DOCKER_SOURCES ${DOCKER_SOURCES%.*}.list"
}

all_packages() {
	dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | sed -n 's/^.i *//p' | sort
}

# pacman's words: Arch Linux and its children. Tested against a stand-in alone. The system is not
# upgraded; where that is needed first, it is said (a part of an upgrade breaks an Arch system).

use_pacman() {
	export CACHE=/var/cache SUFFIX=pkg.tar.zst REPOSITORY_FILES='' OWN_ENGINE=docker
	use_words pacman 'installed version_of newer all_packages ensure_dpkg_whole wanted_packages conflicting versions pinned hold release why_failed lock_holder refresh install_now exchange exchange_folder remove_packages'
}

pacman_installed() { for package in $1; do pacman -Qq "$package" 2>/dev/null || :; done; }

pacman_version_of() { pacman -Q "$1" 2>/dev/null | awk '{ print $2 }'; }

pacman_newer() { [ "$(vercmp "$1" "$2")" -gt 0 ]; }

pacman_all_packages() { pacman -Qq | sort; }

pacman_ensure_dpkg_whole() { :; }

pacman_wanted_packages() { echo docker docker-buildx docker-compose; }

pacman_conflicting() { installed podman-docker; }

pacman_versions() { pacman -Si "$1" 2>/dev/null | sed -n 's/^Version *: //p'; }

pacman_pinned() { printf '%s\n' "$1"; }

pacman_hold() { :; }

pacman_release() { :; }

pacman_why_failed() { why_other; }

pacman_lock_holder() { :; }

pacman_refresh() {
	export FRESH=yes
	[ -n "$UPGRADE" ] || [ -z "$(versions docker)" ] || return 0
	act index
	patiently logged timeout 300 pacman -Sy --noconfirm || give_up
}

pacman_install_now() { patiently logged timeout 1800 pacman -S --needed --noconfirm "$@" || give_up; }

pacman_exchange() {
	for package in $LEAVING; do patiently logged timeout 600 pacman -R --noconfirm "$package" || give_up; done
	install_now "$@"
}

pacman_exchange_folder() { patiently logged timeout 1800 pacman -U --needed --noconfirm "$@" || give_up; }

pacman_remove_packages() { patiently logged timeout 600 pacman -R --noconfirm "$@" || give_up; }

# `--dry-run`: what would be done, by the same questions that decide it.

plan() {
	export STEP=plan
	find_source
	[ "$SOURCE" != auto ] || SOURCE=docker
	wanted=$(all_wanted)
	planned=
	if ! fits; then
		plan_packages
	elif [ -n "$UPGRADE" ]; then
		would_upgrade
	fi
	[ ! -e "$WORK/settled.json" ] || {
		would settings
		[ -n "$QUIET" ] || cat "$WORK/settled.json"
	}
	for user in $(setting USERS); do
		is_member "$user" || would member_of "$user"
	done
	for user in $(rootless_missing); do would rootless "$user"; done
	[ -z "$IMAGES" ] || would images "$IMAGES"
	[ -n "$planned" ] || say nothing_planned
}

plan_packages() {
	if [ -n "$REPO_DIR" ]; then
		would install "$REPO_DIR"
		return 0
	fi
	[ "$SOURCE" != docker ] || would source "$(setting MIRROR https://download.docker.com)/linux/$DISTRO"
	would index
	set -- "$wanted"
	[ -n "$LEAN" ] || [ "$SOURCE" != docker ] || have dockerd || set -- "$wanted" "$EXTRA_OF_DOCKER"
	leaving=$(conflicting | tr '\n' ' ')
	[ -z "$leaving" ] || would replace "$leaving"
	would install "$*$(setting VERSION | sed 's/^\(.\)/ = \1/')"
	would daemon
}

would_upgrade() {
	would index
	would install "$wanted"
}

would() {
	planned=yes
	say "$@"
}

# Proof that Docker works, by what it does: nothing is pulled, nothing is left. The image is made
# of this machine's own sh, and of perl where it is, which can listen and connect.

CHECKS='container volume names port network'

# prove: dies with what does not work.
prove() {
	say container
	[ -z "${CUT_OFF:-}" ] || clear_leftovers
	look_at_plugins
	if try_all; then
		prove_rootless
		mend_nothing
		return 0
	fi
	said=$(run_complaint)
	clear_probe
	die 7 "$FAILED" "$said"
}

mend_nothing() {
	clear_probe
	read_plugins
}

# try_all: FAILED names the sentence of the first that fails; DONE holds what was seen.
try_all() {
	DONE='' FAILED=no_container PORT=''
	make_probe || return 1
	run_probe --network bridge || {
		run_probe --network host || return 1
		FAILED=no_bridge
		return 1
	}
	seen container
	FAILED=no_volume
	write_volume && read_volume || return 1
	seen volume
	FAILED=no_names
	serve || return 1
	seen names
	FAILED=no_port
	if [ -n "$PERL" ]; then
		connect_port || return 1
		seen port
	fi
	FAILED=no_network
	if reach_network; then seen network; fi
}

seen() {
	DONE="$DONE $1"
}

# make_probe: programs and the libraries that they name; those that find names are named by
# nobody before glibc 2.34.
make_probe() {
	PERL=''
	! have perl || PERL=/usr/bin/perl
	for program in "$ROOT/bin/sh" $PERL /usr/bin/getent /usr/bin/sleep \
		/lib/*/libnss_dns.so.2 /lib/*/libnss_files.so.2; do
		[ -r "$program" ] || continue
		printf '%s\n' "${program#/}"
		ldd "$program" 2>/dev/null | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\//) print substr($i, 2) }'
	done | sort -u | tar -C "$ROOT/" -chf "$WORK/probe.tar" -T - 2>/dev/null
	logged docker import "$WORK/probe.tar" "$PROBE"
}

# run_probe FLAG...: on a bridge it has a default route (00000000) of its own.
run_probe() {
	logged timeout 60 docker run --rm "$@" "$PROBE" \
		/bin/sh -c "while read -r link to rest; do echo out by \$link \$to; done </proc/net/route" &&
		grep -q 'out by .* 00000000' "$OUT"
}

write_volume() {
	logged docker volume create "dockyard-probe-$$" &&
		logged timeout 60 docker run --rm -v "dockyard-probe-$$:/v" "$PROBE" /bin/sh -c 'echo kept >/v/f'
}

read_volume() {
	logged timeout 60 docker run --rm -v "dockyard-probe-$$:/v" "$PROBE" \
		/bin/sh -c "read -r word </v/f; echo \$word" && grep -qx kept "$OUT"
}

# serve: a container that finds its own name by Docker's resolver and answers one connection.
serve() {
	logged docker network create "dockyard-probe-$$" || return 1
	set -- /bin/sh -c 'getent hosts probe && exec sleep 30'
	[ -z "$PERL" ] || set -- /bin/sh -c "getent hosts probe && exec perl -e '$LISTEN'"
	logged timeout 60 docker run -d --name "dockyard-probe-$$" --network "dockyard-probe-$$" \
		--network-alias probe -p 127.0.0.1::7 "$PROBE" "$@" || return 1
	tried=0
	until logged docker logs "dockyard-probe-$$" && grep -q '^[0-9].* probe' "$OUT"; do
		tried=$((tried + 1))
		[ "$tried" -lt 50 ] || return 1
		sleep 0.2
	done
	PORT=$(docker port "dockyard-probe-$$" 7/tcp | sed -n 's/^127\.0\.0\.1://p' | sed q)
}

# perl without modules, as small images have it; 2, 1 are AF_INET and SOCK_STREAM
LISTEN='socket(S,2,1,0);setsockopt(S,1,2,1);bind(S,pack("Snx12",2,7))||die;listen(S,5);while(accept(C,S)){syswrite(C,"hello\n");close(C)}'

# connecting ADDRESS PORT: perl that opens S.
connecting() {
	printf 'alarm 5; socket(S,2,1,0); connect(S,pack("SnC4x8",2,%s,%s)) or die "no answer\\n"' \
		"$2" "$(printf '%s' "$1" | tr . ,)"
}

connect_port() {
	tried=0
	until logged perl -e "$(connecting 127.0.0.1 "$PORT"); sysread(S,\$x,99); print \$x" && grep -qx hello "$OUT"; do
		tried=$((tried + 1))
		[ "$tried" -lt 20 ] || return 1
		sleep 0.2
	done
}

# reach_network: from a container, what this machine reaches itself; it may reach nothing.
reach_network() {
	[ -n "$PERL" ] && [ -z "$PROXY$REPO_DIR" ] && [ "$SOURCE" = docker ] || return 1
	host=$(setting MIRROR https://download.docker.com)
	port=443
	case $host in http:*) port=80 ;; esac
	host=${host#*://}
	host=${host%%/*}
	case $host in *:*) port=${host##*:} host=${host%:*} ;; esac
	address=$(getent ahostsv4 "$host" | awk '{ print $1; exit }')
	[ -n "$address" ] || return 1
	logged timeout 20 docker run --rm "$PROBE" /bin/sh -c "getent ahostsv4 $host && perl -e '$(connecting "$address" "$port")'"
}

# clear_probe [PROCESS]: of this run, or of another one.
clear_probe() {
	set -- "${1:-$$}"
	{
		docker rm -fv "dockyard-probe-$1"
		docker network rm "dockyard-probe-$1"
		docker volume rm -f "dockyard-probe-$1"
		docker image rm -f "dockyard/probe:$1"
	} >/dev/null 2>&1 || :
}

# clear_leftovers: of runs that were killed in their proof; a `--check` may be at its own right now.
clear_leftovers() {
	{
		docker ps -a --format '{{.Names}}'
		docker network ls --format '{{.Name}}'
		docker volume ls -q
		docker images --format '{{.Repository}}:{{.Tag}}' dockyard/probe
	} 2>/dev/null | sed -n 's,^dockyard[-/]probe[-:]\([0-9]*\)$,\1,p' | sort -u >"$WORK/leftovers"
	while read -r process; do
		[ -d "$ROOT/proc/$process" ] || clear_probe "$process"
	done <"$WORK/leftovers"
}

# check_docker: `--check`: the same again, and nothing but its word.
check_docker() {
	export LOG=/dev/null STEP=check MARKING=''
	trap 'rm -rf "$WORK"' EXIT
	REASON='' HINT='' state=ready code=0
	set --
	find_source
	if ! daemon_answers; then
		why_no_answer
	else
		look_at_plugins
		try_all || wrong 7 "$FAILED" "$(run_complaint)"
		clear_probe
		read_plugins
		missing=$(members_missing)
		[ -z "$missing" ] || wrong 7 no_member "${missing% }"
		missing=$(rootless_missing)
		[ -z "$missing" ] || wrong 7 no_rootless "${missing% }" ''
		look_at_next_start
	fi
	if [ "$code" != 0 ]; then
		state=failed
		[ -n "$AS_JSON" ] || printf '%s: %s.\n  %s\n' "${PROGRAM:-}" "$REASON" "$HINT" >&2
	fi
	[ -z "$AS_JSON" ] || mark_json "$state" "$REASON" "$HINT" "$(more)" >&3
	[ "$state" = ready ] || exit "$code"
	say works "$DOCKER"
	exit 0
}

# wrong CODE KEY [ARG...]: the first one is told.
wrong() {
	[ "$code" != 0 ] || explain "$@"
}

why_no_answer() {
	if [ -S "$ROOT/run/docker.sock" ] && [ ! -w "$ROOT/run/docker.sock" ]; then
		wrong 3 no_right "$(id -un)"
	elif ! have docker || ! have dockerd; then
		wrong 7 not_installed
	else
		wrong 7 down "$(daemon_complaint)"
	fi
}

# look_at_next_start: a Docker that works today may not after the next boot.
look_at_next_start() {
	[ "$INIT" = none ] || systemctl is-enabled -q docker || wrong 7 not_enabled
	[ "$(id -u)" = 0 ] && [ -s "$ROOT$DAEMON_JSON" ] || return 0
	daemon_accepts || wrong 7 not_again "$(last_line)"
}

# more: members of the result beside those of mark.sh.
more() {
	printf ',"client":"%s","containerd":"%s","seconds":%s,"script":"%s","images":"%s","rootless":"%s"' \
		"$(docker version -f '{{.Client.Version}}' 2>/dev/null)" \
		"$(containerd --version 2>/dev/null | awk '{ sub(/^v/, "", $3); print $3 }')" \
		$(($(now) - STARTED)) "$PROVISION" "${PULLED:-0}" "$(setting ROOTLESS)"
	for proof in $CHECKS; do
		case " ${DONE:-} " in
		*" $proof "*) printf ',"%s":true' "$proof" ;;
		*) printf ',"%s":false' "$proof" ;;
		esac
	done
}

mark_result() {
	mark "$1" '' '' "$(more)"
}

# What was put on this machine, written down before it is done, so that it can be taken away.
# In STATE: files (paths), kept/ (what stood there before), sums (as we left them), ours
# (packages), removed (packages that had to leave), held, members, group.before (it was here).

# keep PATH: before it is written or removed for the first time.
keep() {
	if grep -qxF "$1" "$STATE/files" 2>/dev/null; then return 0; fi
	if [ -e "$ROOT$1" ]; then
		mkdir -p "$STATE/kept${1%/*}"
		cp -p "$ROOT$1" "$STATE/kept$1"
	fi
	printf '%s\n' "$1" >>"$STATE/files"
}

# write PATH MODE: stdin, after what was there was kept; folders on the way are made.
write() {
	keep "$1"
	make_folder "${1%/*}"
	put "$ROOT$1" "$2"
}

# put FILE MODE: as in lib.sh; but the mode is there before what it hides, and where a file is a mount
# point it is written into.
put() {
	: >"$1.new"
	[ "$2" = 0644 ] || chmod "$2" "$1.new"
	cat >"$1.new"
	sync "$1.new" 2>/dev/null || :
	mv -f "$1.new" "$1" 2>/dev/null || {
		cat "$1.new" >"$1"
		rm -f "$1.new"
	}
}

make_folder() {
	[ ! -d "$ROOT$1" ] || return 0
	make_folder "${1%/*}"
	mkdir "$ROOT$1"
	printf '%s\n' "$1" >>"$STATE/folders"
}

# put_back PATH: as it was before us.
put_back() {
	if [ -e "$STATE/kept$1" ]; then
		mkdir -p "$ROOT${1%/*}"
		cp -p "$STATE/kept$1" "$ROOT$1"
	else
		rm -f "$ROOT$1"
	fi
}

# note_before: a run that was cut off has written it already.
note_before() {
	[ ! -e "$STATE/packages.before" ] || return 0
	! getent group docker >/dev/null 2>&1 || [ -e "$STATE/ours" ] || : >"$STATE/group.before"
	all_packages >"$STATE/packages.new"
	mv "$STATE/packages.new" "$STATE/packages.before"
}

# note_after: also what a run that was cut off has brought.
note_after() {
	[ -e "$STATE/packages.before" ] || return 0
	all_packages | comm -13 "$STATE/packages.before" - >"$WORK/new"
	cat "$WORK/new" >>"$STATE/ours"
	sort -u -o "$STATE/ours" "$STATE/ours"
	rm -f "$STATE/packages.before"
}

# note_sum PATH: what was written or removed here and is touched by a person later stays with that
# person. Noted when we wrote it, never later: the person's own work would be taken for ours.
note_sum() {
	forget_sum "$1"
	if [ -f "$ROOT$1" ]; then
		sha256sum "$ROOT$1"
	else
		printf '%-64s  %s\n' gone "$ROOT$1"
	fi >>"$STATE/sums"
}

forget_sum() {
	[ -e "$STATE/sums" ] || return 0
	awk -v path="$ROOT$1" 'substr($0, 67) != path' "$STATE/sums" >"$STATE/sums.new"
	mv "$STATE/sums.new" "$STATE/sums"
}

# sum_of PATH: as noted.
sum_of() {
	awk -v path="$ROOT$1" 'substr($0, 67) == path { print $1 }' "$STATE/sums" 2>/dev/null || :
}

# as_we_left PATH: or as it was before us; what a run that was cut off had no time to note is ours.
as_we_left() {
	sum=$(sum_of "$1")
	[ -n "$sum" ] && [ -f "$ROOT$1" ] && ! cmp -s "$STATE/kept$1" "$ROOT$1" || return 0
	[ "$sum" = "$(sha256sum <"$ROOT$1" | cut -c1-64)" ]
}

# take_back: a run that failed before packages were touched leaves no source and no key behind,
# and nothing at all where no Docker was. What earlier runs wrote stays.
take_back() {
	[ "$STEP" = docker ] && [ -s "$STATE/files" ] && untouched || return 0
	: >"$WORK/kept"
	while read -r path; do
		if stays_written "$path"; then
			printf '%s\n' "$path" >>"$WORK/kept"
		else
			put_back "$path"
			rm -f "$STATE/kept$path"
			forget_sum "$path"
			[ "$path" != "$DAEMON_JSON" ] || rm -f "$STATE/daemon.json"
		fi
	done <"$STATE/files"
	mv "$WORK/kept" "$STATE/files"
	rm -f "$STATE/packages.before"
	take_folders
}

# untouched: also what apt had begun with, and ended in while it fetched.
untouched() {
	[ -n "${TOUCHED:-}" ] || return 0
	[ "$FAMILY" = apt ] && [ -z "$(dpkg --audit)" ] && all_packages | cmp -s - "$STATE/packages.before"
}

stays_written() {
	if grep -qxF "$1" "$WORK/files.before"; then return 0; fi
	case $1 in
	/etc/apt/sources.list.d/* | /etc/apt/keyrings/* | /etc/pki/* | /etc/yum*) return 1 ;;
	*) have dockerd ;;
	esac
}

# take_folders: those that we made and that are empty, the innermost first.
take_folders() {
	[ -s "$STATE/folders" ] || return 0
	sort -r "$STATE/folders" >"$WORK/folders"
	while read -r folder; do rmdir "$ROOT$folder" 2>/dev/null || :; done <"$WORK/folders"
	rm -f "$STATE/folders"
}

# A registry's login, for the pulls of this run alone, and what Docker Hub still lets this address
# pull. The password comes on stdin and is no word of a command; the file that Docker keeps it in
# lies in memory (/run), is root's, and is gone with this run.

LOGIN_FOLDER='' PASSWORD=''
HUB=${HUB:-https://registry-1.docker.io}
HUB_TOKEN=${HUB_TOKEN:-https://auth.docker.io/token?service=registry.docker.io}
PREVIEW=ratelimitpreview/test

# read_password: one line.
read_password() {
	if [ -t 0 ]; then
		message password "$LOGIN" >&2
		stty -echo
		IFS= read -r PASSWORD || :
		stty echo
	else
		IFS= read -r PASSWORD || :
	fi
	[ -n "$PASSWORD" ] || die 2 no_password "$LOGIN"
}

# log_in: LOGIN is NAME, of Docker Hub, or NAME@REGISTRY.
log_in() {
	rm -rf "$ROOT"/run/install-docker.login.*
	[ -n "$LOGIN" ] || return 0
	name=${LOGIN%%@*} registry=
	case $LOGIN in *@*) registry=${LOGIN#*@} ;; esac
	say login "$LOGIN"
	LOGIN_FOLDER=$(umask 077 && mktemp -d "$ROOT/run/install-docker.login.XXXXXX")
	cp "${DOCKER_CONFIG:-${HOME:-/root}/.docker}/config.json" "$LOGIN_FOLDER/" 2>/dev/null || :
	printf '%s' "$PASSWORD" |
		timeout 60 docker --config "$LOGIN_FOLDER" login -u "$name" --password-stdin ${registry:+"$registry"} \
			>"$OUT" 2>&1 || die 5 no_login "${registry:-Docker Hub}" "$name" "$(last_line)"
}

log_out() {
	[ -z "$LOGIN_FOLDER" ] || rm -rf "$LOGIN_FOLDER"
	LOGIN_FOLDER=''
}

# say_limits: before Docker Hub is asked for anything; a mirror keeps its own books. A look that
# fails says nothing.
say_limits() {
	wanted_of_hub=$(grep -vcE '^[^/]*[.:][^/]*/|^localhost/' "$WORK/missing") || return 0
	[ "$(docker info -f '{{len .RegistryConfig.Mirrors}}' 2>/dev/null)" = 0 ] || return 0
	have curl || return 0
	left=$(pulls_left) || return 0
	case $left in
	'' | *[!0-9\ ]*) return 0 ;;
	*' '*) ;;
	*) return 0 ;;
	esac
	if [ "${left% *}" -lt "$wanted_of_hub" ]; then
		say few_pulls "${left% *}" "$wanted_of_hub"
	else
		say pulls_left "${left% *}" "${left#* }"
	fi
}

# pulls_left: `LEFT MOST`; nothing for who has no limit. Asking costs no pull.
pulls_left() {
	token=$(hub_token | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p')
	[ -n "$token" ] || return 1
	printf 'header = "Authorization: Bearer %s"\n' "$token" |
		timeout 30 curl -fsSI -K - "$HUB/v2/$PREVIEW/manifests/latest" 2>/dev/null | tr -d '\r' |
		awk -F '[:;]' '
			tolower($1) == "ratelimit-remaining" { left = $2 + 0; seen = 1 }
			tolower($1) == "ratelimit-limit" { most = $2 + 0 }
			END { if (seen) print left " " most }'
}

# hub_token: with a login to Docker Hub its account counts, else this address.
hub_token() {
	{
		case $LOGIN in
		'' | *@*) ;;
		*) printf 'user = "%s:%s"\n' "$LOGIN" "$(printf '%s' "$PASSWORD" | sed 's/[\\"]/\\&/g')" ;;
		esac
	} | timeout 30 curl -fsS -K - "$HUB_TOKEN&scope=repository:$PREVIEW:pull" 2>/dev/null
}

# Rootless Docker: a daemon of an account's own, whose containers can do no more than the account
# can. The machine's daemon stays, for root. In STATE: rootless, linger (accounts), subids (account,
# uid or gid, range), as we made them.

# look_at_rootless: nothing is changed where it cannot come to be.
look_at_rootless() {
	[ -n "$(setting ROOTLESS)" ] || return 0
	[ "$SOURCE-$FAMILY-$INIT" = docker-apt-systemd ] || die 2 no_rootless_here "$PRETTY_NAME"
	for user in $(setting ROOTLESS); do
		id "$user" >/dev/null 2>&1 || die 2 no_user "$user"
		[ "$(id -u "$user")" != 0 ] || die 2 rootless_root
		case " $(setting USERS) " in *" $user "*) die 2 rootless_member "$user" ;; esac
		! is_member "$user" || die 2 rootless_member "$user"
	done
}

# all_wanted: as wanted_packages, and what rootless Docker needs.
all_wanted() {
	set -- "$(wanted_packages)"
	[ -z "$(setting ROOTLESS)" ] ||
		set -- "$1" docker-ce-rootless-extras uidmap slirp4netns dbus-user-session
	printf '%s\n' "$*"
}

ensure_rootless() {
	for user in $(setting ROOTLESS); do
		[ -n "$(rootless_version "$user")" ] || ensure_one_rootless "$user"
	done
}

# rootless_version ACCOUNT: of its own daemon, or nothing.
rootless_version() {
	own_docker "$1" timeout 20 docker version -f '{{.Server.Version}}' 2>/dev/null || :
}

# own_docker ACCOUNT COMMAND...: docker in COMMAND speaks to the account's own daemon.
own_docker() {
	host=unix://$ROOT/run/user/$(id -u "$1")/docker.sock
	shift
	(
		export DOCKER_HOST="$host"
		"$@"
	)
}

ensure_one_rootless() {
	act rootless "$1"
	printf '%s\n' "$1" >>"$STATE/rootless"
	ensure_subids "$1" uid
	ensure_subids "$1" gid
	ensure_linger "$1"
	logged modprobe -a ip_tables nf_tables || :
	logged as_account "$1" timeout 120 dockerd-rootless-setuptool.sh install ||
		die 7 no_rootless "$1" "$(rootless_complaint "$1")"
	[ -n "$(rootless_version "$1")" ] || die 7 no_rootless "$1" "$(last_line)"
}

# rootless_complaint ACCOUNT: what the tool misses, as the remarks of the lines that it would have a
# person type; else the last word of the account's daemon; else the tool's own, without its colours.
rootless_complaint() {
	said=$(sed -n '/^sudo sh -eux/,/^EOF/s/^# //p' "$OUT" | tr '\n' ';' | cut -c1-300)
	[ -n "$said" ] || said=$(journalctl "_UID=$(id -u "$1")" -n 60 -o cat --no-pager 2>/dev/null |
		grep -E 'error: |level=(fatal|error)' | tail -n 1 | cut -c1-300)
	[ -n "$said" ] || said=$(sed -n 's/.*\[ERROR\]//p' "$OUT" | tr -d '\033' | sed -e 's/^\(\[[0-9]*m\)* *//' -e q | cut -c1-300)
	printf '%s\n' "${said:-$(last_line)}"
}

# as_account ACCOUNT COMMAND...: with what a login would give it, and nothing of ours.
as_account() {
	account=$1
	shift
	home=$(getent passwd "$account" | cut -d: -f6)
	runs=/run/user/$(id -u "$account")
	(cd "$home" && exec runuser -u "$account" -- env -i "HOME=$home" "USER=$account" \
		"LOGNAME=$account" LC_ALL=C PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
		"XDG_RUNTIME_DIR=$runs" "DBUS_SESSION_BUS_ADDRESS=unix:path=$runs/bus" "$@")
}

# ensure_subids ACCOUNT uid|gid: 65536 of them after all that are given away already.
ensure_subids() {
	if cut -d: -f1 "$ROOT/etc/sub$2" 2>/dev/null | grep -qxF "$1"; then return 0; fi
	first=$(awk -F: '$2 + $3 > last { last = $2 + $3 } END { print (last > 100000 ? last : 100000) }' \
		"$ROOT/etc/sub$2" 2>/dev/null)
	range=$first-$((first + 65535))
	printf '%s %s %s\n' "$1" "$2" "$range" >>"$STATE/subids"
	usermod "--add-sub${2}s" "$range" "$1"
}

# ensure_linger ACCOUNT: its services run from boot on, whether or not it logs in.
ensure_linger() {
	if [ ! -e "$ROOT/var/lib/systemd/linger/$1" ]; then
		printf '%s\n' "$1" >>"$STATE/linger"
		logged loginctl enable-linger "$1" || die 7 no_rootless "$1" "$(last_line)"
	fi
	waited=0
	until logged as_account "$1" systemctl --user start dbus.socket; do
		waited=$((waited + 1))
		[ "$waited" -lt 20 ] || die 7 no_rootless "$1" "$(last_line)"
		sleep 1
	done
}

# prove_rootless: from the image that `prove` made.
prove_rootless() {
	for user in $(setting ROOTLESS); do
		say rootless_proof "$user"
		{
			logged own_docker "$user" docker import "$WORK/probe.tar" "$PROBE"
			own_docker "$user" run_probe --network bridge
		} || die 7 no_rootless "$user" "$(run_complaint)"
		logged own_docker "$user" docker image rm -f "$PROBE" || :
	done
}

# rootless_missing: accounts whose own daemon does not answer.
rootless_missing() {
	for user in $(setting ROOTLESS); do
		[ -n "$(rootless_version "$user")" ] || printf '%s ' "$user"
	done
}

leave_rootless() {
	[ -s "$STATE/rootless" ] || return 0
	sort -u "$STATE/rootless" >"$WORK/rootless"
	while read -r user; do
		say leaves_rootless "$user"
		logged as_account "$user" timeout 60 dockerd-rootless-setuptool.sh uninstall -f || :
		home=$(getent passwd "$user" | cut -d: -f6)
		[ -z "$PURGE" ] || logged as_account "$user" rootlesskit rm -rf "$home/.local/share/docker" || :
		leave_home "$user" "$home"
		if grep -qsxF "$user" "$STATE/linger"; then logged loginctl disable-linger "$user" || :; fi
	done <"$WORK/rootless"
	[ -s "$STATE/subids" ] || return 0
	while read -r user kind range; do
		logged usermod "--del-sub${kind}s" "$range" "$user" || :
	done <"$STATE/subids"
}

# leave_home ACCOUNT FOLDER: what the tool left there; settings of the account's own stay.
leave_home() {
	case $(tr -d '[:space:]' <"$2/.docker/config.json" 2>/dev/null) in
	'{}' | '{"auths":{}}' | '{"auths":{},"currentContext":"default"}') rm -f "$2/.docker/config.json" ;;
	esac
	for folder in .docker/contexts/meta .docker/contexts/tls .docker/contexts .docker \
		.config/systemd/user/default.target.wants .config/systemd/user .config/systemd .config \
		.local/share .local; do
		as_account "$1" rmdir "$2/$folder" 2>/dev/null || :
	done
}

# daemon.json: a person's own keys stay, ours are added, what was asked for wins. All of it is
# worked out and looked at before anything on the machine is changed.

# find_settings: a person may keep daemon.json elsewhere, and only a link to it here.
find_settings() {
	[ -L "$ROOT$DAEMON_JSON" ] || return 0
	found=$(readlink -f "$ROOT$DAEMON_JSON") || die 2 no_file "$DAEMON_JSON" "$(readlink "$ROOT$DAEMON_JSON")"
	DAEMON_JSON=${found#"$ROOT"}
}

# look_at_settings: $WORK/settled.json, or nothing where the file stays as it is.
look_at_settings() {
	file=$ROOT$DAEMON_JSON
	[ ! -d "$file" ] || die 2 json_folder "$DAEMON_JSON"
	echo '{}' >"$WORK/now.json"
	if grep -q '[^[:space:]]' "$file" 2>/dev/null; then cp "$file" "$WORK/now.json"; fi
	read_json "$WORK/now.json" "$DAEMON_JSON" >"$WORK/shown.json"
	cp "$WORK/shown.json" "$WORK/next.json"
	have dockerd || add_defaults
	ask_for "$(asked_lists)" --registry-mirror
	if [ -n "$DAEMON_FILE" ]; then ask_for "$(cat "$DAEMON_FILE")" "$DAEMON_FILE"; fi
	look_for_conflicts "$WORK/next.json"
	if cmp -s "$WORK/shown.json" "$WORK/next.json"; then return 0; fi
	[ ! -e "$file" ] || [ -w "$file" ] || die 3 json_read_only "$DAEMON_JSON"
	mv "$WORK/next.json" "$WORK/settled.json"
}

# read_json FILE NAME: as json_of shows it; NAME is said of what cannot be read.
read_json() {
	json_of show "$1" || {
		where=$(json_of show "$1") || :
		die 2 broken_json "$2" "${where%% *}" "${where#* }"
	}
}

# add_defaults: for a daemon that is new here. Log settings go together: a person's own driver
# may not know ours.
add_defaults() {
	daemon_defaults >"$WORK/defaults.json"
	if json_of flat "$WORK/next.json" | grep -q '^log-'; then
		printf '{"default-address-pools":[{"base":"@","size":24}]}\n' >"$WORK/defaults.json"
	fi
	pool=$(free_pool)
	sed "s,\"base\": *\"[^\"]*\",\"base\": \"$pool\"," "$WORK/defaults.json" >"$WORK/more.json"
	json_of fill "$WORK/next.json" "$WORK/more.json" >"$WORK/filled.json"
	mv "$WORK/filled.json" "$WORK/next.json"
}

# free_pool: the first range that none of this machine's routes leads into.
free_pool() {
	for pool in 172.20.0.0/14 172.24.0.0/14 172.28.0.0/14 10.208.0.0/12 192.168.128.0/17; do
		[ -n "$(routes | overlap "$pool")" ] || break
	done
	printf '%s\n' "$pool"
}

# routes: networks that this machine reaches by a route of their own, Docker's left out.
routes() {
	awk '
		function byte(hex) { return 16 * (index(D, substr(hex, 1, 1)) - 1) + index(D, substr(hex, 2, 1)) - 1 }
		BEGIN { D = "0123456789ABCDEF" }
		NR > 1 && $1 !~ /^(docker|br-|veth)/ && $8 != "00000000" {
			bits = 0
			for (i = 1; i < 8; i += 2) for (b = byte(substr($8, i, 2)); b > 0; b = int(b / 2)) bits += b % 2
			print byte(substr($2, 7, 2)) "." byte(substr($2, 5, 2)) "." byte(substr($2, 3, 2)) "." byte(substr($2, 1, 2)) "/" bits
		}' "$ROOT/proc/net/route" 2>/dev/null || :
}

# overlap RANGE: the first of those on stdin that shares an address with RANGE.
overlap() {
	{
		printf '%s\n' "$1"
		cat
	} | awk -F '[./]' '
		NF == 5 {
			size = 1 # no ^: busybox may be built without it
			for (bits = $5; bits < 32; bits++) size *= 2
			from = (($1 * 256 + $2) * 256 + $3) * 256 + $4
			from -= from % size
			if (NR == 1) { low = from; high = from + size }
			else if (from < high && low < from + size) { print; exit }
		}'
}

# asked_lists: the options that add to lists, as JSON.
asked_lists() {
	printf '{%s%s%s}\n' "$(list registry-mirrors "$MIRRORS")" \
		"${MIRRORS:+${INSECURE:+,}}" "$(list insecure-registries "$INSECURE")"
}

# list KEY WORDS
list() {
	[ -n "$2" ] || return 0
	printf '"%s":[' "$1"
	printf '%s' "$2" | awk '{ for (i = 1; i <= NF; i++) printf "%s\"%s\"", (i > 1 ? "," : ""), $i }'
	printf ']'
}

# ask_for TEXT NAME: TEXT is merged in, and wins.
ask_for() {
	printf '%s\n' "$1" >"$WORK/asked.json"
	read_json "$WORK/asked.json" "$2" >"$WORK/asked.shown"
	json_of merge "$WORK/next.json" "$WORK/asked.shown" >"$WORK/merged.json"
	mv "$WORK/merged.json" "$WORK/next.json"
}

# look_for_conflicts FILE: what the daemon would refuse, or worse, would not.
look_for_conflicts() {
	json_of flat "$1" >"$WORK/flat"
	if grep -q '^hosts\.' "$WORK/flat" && [ "$INIT" = systemd ] &&
		! grep -qsx 'ExecStart=' "$ROOT"/etc/systemd/system/docker.service.d/*.conf; then
		die 2 conflict_hosts
	fi
	if [ -n "$SWARM" ] || [ -s "$ROOT/var/lib/docker/swarm/docker-state.json" ]; then
		! is_set live-restore true || die 2 conflict_swarm '"live-restore": true'
		! is_set firewall-backend '"nftables"' || die 2 conflict_swarm '"firewall-backend": "nftables"'
	fi
	pools=$(sed -n 's/^default-address-pools\.[0-9]*\.base	"\(.*\)"$/\1/p' "$WORK/flat")
	while [ -n "$pools" ]; do
		one=${pools%%"$NEWLINE"*}
		pools=$(printf '%s\n' "$pools" | sed 1d)
		other=$(printf '%s\n' "$pools" | overlap "$one")
		[ -z "$other" ] || die 2 conflict_pools "$one" "$other"
	done
	least=$(sed -n 's/^min-api-version	"1\.\([0-9]*\)"$/\1/p' "$WORK/flat")
	[ -z "$least" ] || [ "$least" -ge 24 ] || die 2 conflict_api "1.$least"
}

is_set() {
	grep -qxF "$1	$2" "$WORK/flat"
}

# ensure_daemon_json: the old settings lie in STATE until the new ones were tried (daemon.sh).
ensure_daemon_json() {
	[ -e "$WORK/settled.json" ] || return 0
	act settings
	file=$ROOT$DAEMON_JSON
	if [ ! -e "$STATE/daemon.json" ]; then
		cp "$file" "$STATE/daemon.json" 2>/dev/null || : >"$STATE/daemon.json"
	fi
	mode=0644
	[ ! -e "$file" ] || mode=$(stat -c 0%a "$file")
	write "$DAEMON_JSON" "$mode" <"$WORK/settled.json"
	rm "$WORK/settled.json"
	SETTLED=yes
}

# note_settings: once they were tried; those of a run that was cut off, too.
note_settings() {
	grep -qsxF "$DAEMON_JSON" "$STATE/files" || return 0
	[ -z "${SETTLED:-}" ] || forget_sum "$DAEMON_JSON"
	[ -n "$(sum_of "$DAEMON_JSON")" ] || note_sum "$DAEMON_JSON"
}

# in_container: Docker or Podman started this, and left its mark.
in_container() {
	[ -e "$ROOT/.dockerenv" ] || [ -e "$ROOT/run/.containerenv" ]
}

# ensure_started: where nothing starts services, it is said with a code of its own.
ensure_started() {
	ensure_daemon_json
	if [ "$INIT" = none ]; then
		rm -f "$STATE/daemon.json"
		note_settings
		! in_container || die 8 not_started_inside
		die 8 not_started
	fi
	ensure_daemon
	note_settings
}

# Which machine this is: its family of packages, what Docker publishes for it, what starts
# services; and a refusal with a remedy where nothing can be done.

# SYSTEMS: ID, release (codename for apt, first number elsewhere; an expression), family,
# Docker's repository, or `-` where only the distribution has packages, and whether it has ended.
systems() {
	cat <<-'END'
		debian trixie apt debian current
		debian bookworm apt debian current
		debian bullseye apt debian ended
		debian buster apt debian ended
		ubuntu resolute apt ubuntu current
		ubuntu questing apt ubuntu ended
		ubuntu noble apt ubuntu current
		ubuntu jammy apt ubuntu current
		ubuntu focal apt ubuntu ended
		raspbian trixie apt raspbian current
		raspbian bookworm apt raspbian current
		raspbian bullseye apt raspbian ended
		fedora 4[4-9] dnf fedora current
		fedora 4[0-3] dnf fedora ended
		centos (9|10) dnf centos current
		rhel (8|9|10) dnf rhel current
		ol (8|9|10) dnf rhel current
		amzn 2023 dnf - current
		opensuse-leap 1[56] zypper - current
		opensuse-tumbleweed .* zypper - current
		opensuse .* zypper - current
		sles 1[56] zypper - current
		arch .* pacman - current
		alpine 3 apk - current
	END
}

# find_machine: SYSTEM, FAMILY, DISTRO, SUITE, REPOSITORY, ENDED, INIT.
find_machine() {
	read_release
	find_more
	ARCH=$(dpkg --print-architecture 2>/dev/null) || ARCH=$(uname -m)
	case $ARCH in
	x86_64) ARCH=amd64 ;;
	aarch64) ARCH=arm64 ;;
	armv7l | armv6l | armhfp) ARCH=armhf ;;
	i?86) ARCH=i386 ;;
	esac
	find_init
	find_row
	refuse_unfit
	export SYSTEM="$ID ${SUITE:-rolling} $ARCH"
	"use_$FAMILY"
	choose_repository
}

# find_more: values of os-release that lib's reader does not need.
find_more() {
	VERSION_ID='' VARIANT_ID=''
	[ -r "$ROOT/etc/os-release" ] || return 0
	while IFS='=' read -r key value || [ -n "$key" ]; do
		value=${value#[\"\']}
		value=${value%[\"\']}
		case $key in
		VERSION_ID | VARIANT_ID) export "$key=$value" ;;
		esac
	done <"$ROOT/etc/os-release"
}

find_init() {
	INIT=none
	if [ -d "$ROOT/run/systemd/system" ]; then
		INIT=systemd
	elif [ -d "$ROOT/run/openrc" ]; then
		INIT=openrc
	fi
}

# find_row: the system's own row, else that of the first parent that has one.
find_row() {
	FAMILY=''
	for DISTRO in $ID $ID_LIKE; do
		find_suite
		if row_of "$DISTRO" "$SUITE"; then return 0; fi
	done
}

# find_suite: as the parent calls it. A rolling child of Debian is newer than any release.
find_suite() {
	case $DISTRO in
	ubuntu) SUITE=${UBUNTU_CODENAME:-$VERSION_CODENAME} ;;
	debian | raspbian) SUITE=${DEBIAN_CODENAME:-$VERSION_CODENAME} ;;
	*) SUITE=${VERSION_ID%%.*} ;;
	esac
	[ "$DISTRO" = debian ] && [ "$ID" != debian ] || return 0
	case $SUITE in
	kali-rolling | parrot | forky | sid) SUITE=trixie ;;
	lory) SUITE=bookworm ;;
	esac
}

row_of() {
	while read -r id release family repository state; do
		[ "$id" = "$1" ] || continue
		printf '%s\n' "$2" | grep -qxE "$release" || continue
		FAMILY=$family REPOSITORY=$repository ENDED=''
		[ "$state" != ended ] || ENDED=yes
		export REPOSITORY ENDED
		return 0
	done <<-END
		$(systems)
	END
	return 1
}

refuse_unfit() {
	case $ID-$VARIANT_ID in
	clear-linux-os-*) die 3 clear_linux ;;
	flatcar-* | coreos-* | fedora-coreos) die 3 brings_docker "$PRETTY_NAME" ;;
	devuan-*) die 3 devuan ;;
	opensuse-microos-* | opensuse-aeon-* | *sl*-micro-*) die 3 transactional "$PRETTY_NAME" ;;
	esac
	[ ! -e "$ROOT/run/ostree-booted" ] || die 3 ostree "$PRETTY_NAME"
	case $ARCH in
	i386) die 3 i386 "$PRETTY_NAME" ;;
	amd64 | arm64 | armhf) ;;
	*) die 3 architecture "$ARCH" ;;
	esac
	if [ "$INIT" = none ] && grep -qi microsoft "$ROOT/proc/version" 2>/dev/null; then
		die 3 wsl
	fi
	[ -n "$FAMILY" ] || die 3 unknown_system "${PRETTY_NAME:-?}" "${ID:-?} ${VERSION_CODENAME:-${VERSION_ID:-}}"
}

# look_at_others: a Docker that this one could not live beside, or that somebody has forbidden.
look_at_others() {
	[ ! -e "$ROOT/snap/docker/current" ] || die 3 snap
	[ "$(readlink "$ROOT/etc/systemd/system/docker.service" 2>/dev/null)" != /dev/null ] || die 3 masked
}

# choose_repository: where Docker publishes nothing, the distribution's packages are taken.
choose_repository() {
	if [ "$REPOSITORY" != - ]; then
		DISTRO=$REPOSITORY
		return 0
	fi
	[ "$SOURCE" != docker ] || [ -z "$(setting MIRROR)$(setting CHANNEL)" ] ||
		die 2 no_repository "$PRETTY_NAME"
	SOURCE=distribution
}

# check_writable: found out before anything is written.
check_writable() {
	for folder in etc usr var/lib; do
		[ -w "$ROOT/$folder" ] || die 3 read_only "/$folder"
	done
}

# `--uninstall`: takes away what record.sh has written down, and nothing else.

uninstall() {
	export STEP=uninstall
	if [ -z "$(recorded ours)$(recorded files)$(recorded members)$(recorded held)" ]; then
		say nothing_ours
		[ -n "$PURGE" ] || return 0
	fi
	resume_man_db
	ensure_dpkg_whole
	find_engine_of_ours
	leave_members
	leave_rootless
	leave_packages
	leave_files
	[ -z "$PURGE" ] || leave_data
	rm -rf "$STATE"
	export MARKING=''
	[ -z "$PURGE" ] || rm -f "$LOG"
	say gone
}

# plan_undo: `--uninstall --dry-run`, of the same records.
plan_undo() {
	export STEP=plan
	planned=
	for user in $(recorded members); do would leaves_group "$user"; done
	for user in $(recorded rootless); do would leaves_rootless "$user"; done
	packages=$(recorded ours | tr '\n' ' ')
	[ -z "$packages" ] || would removes "$packages"
	for path in $(recorded files); do plan_file "$path"; done
	[ -z "$PURGE" ] || would data
	[ -n "$planned" ] || say nothing_ours
}

plan_file() {
	if ! as_we_left "$1"; then
		would stays "$1"
	elif [ -e "$ROOT$1" ] || [ -e "$STATE/kept$1" ]; then
		would puts_back "$1"
	fi
}

recorded() {
	sort -u "$STATE/$1" 2>/dev/null || :
}

# find_engine_of_ours: a Docker that was here before us runs on.
find_engine_of_ours() {
	OURS=''
	for engine in docker-ce docker.io docker moby-engine; do
		if grep -qx "$engine" "$STATE/ours" 2>/dev/null; then OURS=$engine; fi
	done
}

leave_members() {
	[ -s "$STATE/members" ] || return 0
	while read -r user; do
		say leaves_group "$user"
		logged gpasswd -d "$user" docker || :
	done <"$STATE/members"
}

leave_packages() {
	for package in $(recorded held); do logged apt-mark unhold "$package" || :; done
	[ -s "$STATE/ours" ] || return 0
	[ -z "$OURS" ] || stop_docker
	set --
	while read -r package; do set -- "$@" "$package"; done <"$STATE/ours"
	say removes "$*"
	remove_packages "$@"
	[ -z "$OURS" ] || leave_group
	if [ -s "$STATE/removed" ]; then say were_removed "$(tr '\n' ' ' <"$STATE/removed")"; fi
}

# stop_docker: containers end, and with them what they keep open.
stop_docker() {
	running=$(docker ps -q 2>/dev/null | wc -l | tr -d ' ')
	[ "$running" = 0 ] || say ends_containers "$running"
	logged systemctl disable --now docker.service docker.socket containerd.service || :
	if have ip; then logged ip link delete docker0 || :; fi
}

# remove_packages PACKAGE...: settings files too; but Debian's docker.io deletes all images when
# it is purged. What others have come to need stays, and is said. What somebody has purged, or a run
# before that was cut off, apt need not know any more.
remove_packages() {
	dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
		sed -n 's/^.[^n]. *//p' >"$WORK/there"
	set --
	while read -r package; do set -- "$@" "$package"; done <"$WORK/there"
	[ $# != 0 ] || return 0
	logged apt-mark unhold "$@" || :
	apt-get -s purge "$@" 2>/dev/null | sed -n 's/^\(Purg\|Remv\) \([^ ]*\).*/\2/p' | sort >"$WORK/would"
	sort -u "$STATE/ours" | comm -13 - "$WORK/would" >"$WORK/others"
	if [ -s "$WORK/others" ]; then
		say others_need "$(tr '\n' ' ' <"$WORK/others")"
		logged apt-mark auto "$@" || :
		leaving=$(installed "$OF_DOCKER $EXTRA_OF_DOCKER docker.io docker-cli docker-buildx docker-compose")
		set --
		for package in $leaving; do set -- "$@" "$package"; done
	fi
	if [ -z "$PURGE" ] && [ -n "$(installed docker.io)" ]; then
		patiently apt_get 600 remove docker.io || give_up
		say rest_of_package docker.io
		leaving="$*"
		set --
		for package in $leaving; do [ "$package" = docker.io ] || set -- "$@" "$package"; done
	fi
	[ $# = 0 ] || patiently apt_get 600 purge "$@" || give_up
}

# leave_group: Docker's packages leave the group that they made, and systemd its sockets.
leave_group() {
	if [ ! -e "$STATE/group.before" ] && getent group docker >/dev/null; then logged groupdel docker || :; fi
	# a container on the host's network leaves it mounted there, also when the daemon has ended
	umount "$ROOT"/run/docker/netns/* 2>/dev/null || :
	rm -rf "$ROOT/run/docker" "$ROOT/run/docker.sock" "$ROOT/run/containerd"
	# containerd makes these, empty, when it starts
	rmdir "$ROOT/opt/containerd/bin" "$ROOT/opt/containerd/lib" "$ROOT/opt/containerd" 2>/dev/null || :
	logged systemctl daemon-reload || :
	logged systemctl reset-failed || :
}

leave_files() {
	[ -s "$STATE/files" ] || return 0
	while read -r path; do
		if as_we_left "$path"; then
			put_back "$path"
		else
			say stays "$path"
		fi
	done <"$STATE/files"
	rm -f "$ROOT$DAEMON_JSON.before"
	[ "$FAMILY" != apt ] || rm -f "$ROOT"/var/lib/apt/lists/*_linux_"$DISTRO"_dists_*
	rmdir "$ROOT/etc/docker" 2>/dev/null || :
	take_folders
}

leave_data() {
	if have dockerd; then
		say data_in_use
		return 0
	fi
	say data
	rm -rf "$ROOT/var/lib/docker" "$ROOT/var/lib/containerd" 2>/dev/null ||
		find "$ROOT/var/lib/docker" "$ROOT/var/lib/containerd" -mindepth 1 -delete 2>/dev/null || :
}

# zypper's words: openSUSE and SLES, from their own packages. Tested against a stand-in alone.

use_zypper() {
	export CACHE=/var/cache SUFFIX=rpm REPOSITORY_FILES='' OWN_ENGINE=docker
	use_rpm
	use_words zypper 'wanted_packages conflicting versions pinned refresh install_now exchange exchange_folder remove_packages'
}

zypper_wanted_packages() {
	case $ID in
	sles) echo docker ;;
	*) echo docker docker-buildx docker-compose ;;
	esac
}

zypper_conflicting() { installed "$OF_DOCKER podman-docker"; }

zypper_versions() {
	zypper -q search -s -t package --match-exact "$1" 2>/dev/null |
		awk -F '|' -v name="$1" '{ gsub(/ /, "") } $2 == name { print $4 }' | sort -rV | uniq
}

zypper_pinned() { case $1 in docker) printf '%s\n' "$1${exact:+=$exact}" ;; *) printf '%s\n' "$1" ;; esac }

zypper_refresh() {
	act index
	export FRESH=yes
	patiently logged timeout 300 zypper --non-interactive refresh || give_up
}

zypper_install_now() { patiently logged timeout 1800 zypper --non-interactive install "$@" || give_up; }

zypper_exchange() {
	[ -n "$LEAN" ] || set -- --recommends "$@"
	[ -z "$LEAN" ] || set -- --no-recommends "$@"
	for package in $LEAVING; do patiently logged timeout 600 zypper --non-interactive remove "$package" || give_up; done
	[ -z "$DOWNGRADE" ] || set -- --oldpackage "$@"
	install_now "$@"
}

zypper_exchange_folder() { exchange --allow-unsigned-rpm "$@"; }

zypper_remove_packages() { patiently logged timeout 600 zypper --non-interactive remove "$@" || give_up; }

# what is this program's own: nothing of it is a lab's
STATE=$ROOT/var/lib/install-docker
LOG=$ROOT/var/log/install-docker.log
PROGRAM=install-docker
SUM=
TRIES=${TRIES:-5}
export SPOKEN PROVISION STATE LOG PROGRAM SUM TRIES

usage() {
	cat <<'END'
install-docker.sh: Docker on a Linux machine, proven and undoable. May be run any number of
times; a machine with a working Docker is left as it is.

usage: sudo sh install-docker.sh [OPTION...]

  --source docker|distro|auto   whose packages; auto: Docker's where they can be reached
  --channel stable|test         of Docker's packages
  --version 28|28.5|28.5.2      the newest that fits, and kept at it
  --upgrade                     fetch the index, and install what is newer
  --downgrade                   an older version than the one that is there is welcome
  --lean                        without the packages that Docker's recommend (docs/installer.md)
  --mirror URL                  stands in for https://download.docker.com
  --mirror-key FINGERPRINT      40 hexadecimal digits, when its key is not Docker's
  --repo-dir DIR                no network: packages and SHA256SUMS are in this folder
  --user NAME                   into the group docker; again for another, or NAME,NAME
  --rootless NAME               a Docker of its own, without root; again for another, or NAME,NAME
  --registry-mirror URL         for Docker Hub's images; again for another
  --insecure-registry HOST      a registry without TLS; again for another
  --daemon-json FILE            further settings, merged key by key into daemon.json
  --swarm                       this machine will be in a swarm: refuse what forbids that
  --proxy URL|FILE              for packages and the daemon; by default https_proxy, http_proxy.
                                With a password: a file that holds the address
  --images LIST|DIR             a file of image names, pulled; or a folder of tar files, loaded
  --login NAME[@REGISTRY]       for these pulls alone; the password is read from stdin
  --wait SECONDS                most to wait for another installer's locks (600)
  --check                       change nothing; exit 0 when Docker works, 7 when not
  --dry-run                     change nothing; say what would be done, or taken away
  --uninstall                   take away what was put here; --purge: images and volumes, too
  --json                        the result on stdout, all words on stderr
  --quiet                       say nothing but what is wrong
  --language en|fr              by default that of LC_ALL or LANG
  --version-of-script, --help

Result: /var/lib/install-docker/result.json. Log: /var/log/install-docker.log. All that is
ever done to a machine, and its undo: docs/machine-actions.md.

exit codes
  0 Docker works (or what was asked is done, or there is nothing to do)
  1 something unforeseen; the log's last lines say what
  2 an option, or a file that one names, is wrong
  3 this machine is not fit: no root, an unknown system, read-only, a full disk, no network link
  4 waited too long: another run, or another program that installs packages
  5 packages or images cannot be fetched, or not be trusted
  6 packages cannot be installed: no such version, a downgrade, a failing package
  7 Docker does not run as it should
  8 installed, but not started: nothing on this machine starts services
environment (for tests): ROOT, LOCK_WAIT, PATIENCE, TRIES, HUB, HUB_TOKEN
END
}

daemon_defaults() {
	cat <<'END'
{"default-address-pools":[{"base":"172.20.0.0/14","size":24}],"log-driver":"local","log-opts":{"max-file":"3","max-size":"10m"}}
END
}

sentences() {
	sed -n "/^$1 /{s///p;q;}" <<'END'
nothing nothing to do: Docker {1} works|rien à faire : Docker {1} marche
ready Docker {1} works, after {2} s|Docker {1} marche, en {2} s
works Docker {1} works|Docker {1} marche
ended {1} is past its end of life: it gets no more security fixes|{1} est en fin de vie : plus de correctifs de sécurité
channel from the channel {1}: not for work that matters|du canal {1} : pas pour un travail important
newest {1} is the newest there is|{1} est la plus récente
from_to {1}: from {2} to {3}|{1} : de {2} à {3}
held {1} stays at {2}|{1} reste en {2}
gives_way {1} gives way to Docker's source|{1} cède à la source de Docker
foreign going on without {1}: {2}|suite sans {1} : {2}
proxy proxy: {1}|proxy : {1}
member_of {1} joins the group docker, which is as good as root|{1} rejoint le groupe docker, qui vaut root
at_once {1} can use Docker at once|{1} peut utiliser Docker tout de suite
next_login {1} can use Docker from the next login on, or now by: newgrp docker|{1} pourra utiliser Docker à la prochaine connexion, ou tout de suite par : newgrp docker
rootless {1} gets a Docker of its own, without root|{1} reçoit un Docker à lui, sans root
rootless_proof running a container of {1}'s own Docker|lancement d'un conteneur du Docker de {1}
leaves_rootless taking away {1}'s own Docker|retrait du Docker de {1}
images images: {1}|images : {1}
login logging in as {1}, for this run alone|connexion en tant que {1}, pour cette seule fois
password Password or token of {1}:|Mot de passe ou jeton de {1} :
pulls_left Docker Hub lets this address pull {1} more images of {2}|Docker Hub laisse cette adresse tirer encore {1} images sur {2}
few_pulls Docker Hub lets this address pull {1} more images, and {2} are wanted: --registry-mirror or --login would help|Docker Hub laisse cette adresse tirer encore {1} images, et il en faut {2} : --registry-mirror ou --login aiderait
load loading {1}|chargement de {1}
nothing_planned nothing to do|rien à faire
nothing_ours nothing was put here by this program|rien n'a été mis ici par ce programme
leaves_group {1} leaves the group docker|{1} quitte le groupe docker
removes removing {1}|retrait de {1}
others_need other packages need some of them, which stay: {1}|d'autres paquets ont besoin d'une partie, qui reste : {1}
rest_of_package {1}: its settings stay, for purging it would delete all images (--purge)|{1} : ses réglages restent, car le purger effacerait les images (--purge)
were_removed removed for Docker, install them again if you need them: {1}|retirés pour Docker, à réinstaller au besoin : {1}
stays {1} was changed by somebody since, and stays|{1} a été modifié depuis, et reste
data deleting images, volumes and containers|suppression des images, volumes et conteneurs
data_in_use images and volumes stay: a Docker is here that was not put here by this program|images et volumes restent : un Docker est là que ce programme n'a pas mis
gone what was put here is gone|ce qui avait été mis ici est retiré
no_value {1} needs a value|{1} demande une valeur
wrong_value {1} cannot be {2}|{1} ne peut être {2}
stopped.hint Run it again: it goes on from there.|Relancez : il continue de là.
wrong_image.hint One name a line, as docker pull takes it, in small letters: nginx:1.29, ghcr.io/who/what:1|Un nom par ligne, comme pour docker pull, en minuscules : nginx:1.29, ghcr.io/qui/quoi:1
not_both {1} and {2} exclude each other|{1} et {2} s'excluent
proxy_secret The address in --proxy holds a password, and ps shows to everybody what is typed|L'adresse de --proxy contient un mot de passe, et ps montre à tous ce qui est tapé
proxy_secret.hint Write the address into a file that only root reads, and name that: --proxy FILE|Écrivez l'adresse dans un fichier que seul root lit, et nommez-le : --proxy FICHIER
mirror_secret The address in --mirror holds a password, and everybody reads the sources of packages|L'adresse de --mirror contient un mot de passe, et tout le monde lit les sources de paquets
mirror_secret.hint Leave it out there, and write it for apt: man apt_auth.conf|Omettez-le là, et écrivez-le pour apt : man apt_auth.conf
registry_secret Docker takes no name and no password in the address of a mirror|Docker n'accepte ni nom ni mot de passe dans l'adresse d'un miroir
registry_secret.hint Use a mirror that asks for none, or --login.|Prenez un miroir qui n'en demande pas, ou --login.
login_secret --login takes the name alone: ps shows to everybody what is typed|--login ne prend que le nom : ps montre à tous ce qui est tapé
login_secret.hint The password is asked for, or read from stdin.|Le mot de passe est demandé, ou lu sur l'entrée standard.
wrong_proxy The proxy {1} is neither an address nor a file that holds one|Le proxy {1} n'est ni une adresse ni un fichier qui en contient une
wrong_proxy.hint Write http://HOST:PORT, in --proxy or in https_proxy.|Écrivez http://HOST:PORT, dans --proxy ou dans https_proxy.
no_temporary No temporary folder can be made in {1}|Aucun dossier temporaire ne peut être créé dans {1}
no_temporary.hint Make room there (df {1}), or name another folder: TMPDIR=/var/tmp|Faites-y de la place (df {1}), ou nommez un autre dossier : TMPDIR=/var/tmp
json_folder {1} is a folder, where Docker wants a file|{1} est un dossier, là où Docker veut un fichier
json_folder.hint Look what is in it; if it is empty: rmdir {1}|Regardez ce qu'il contient ; s'il est vide : rmdir {1}
json_read_only {1} cannot be written to|{1} n'est pas accessible en écriture
json_read_only.hint See lsattr {1} (chattr -i) and findmnt -T {1}.|Voir lsattr {1} (chattr -i) et findmnt -T {1}.
no_names_there {1} names no image|{1} ne nomme aucune image
no_names_there.hint Write one name a line, as dockyard images DIR prints them.|Écrivez un nom par ligne, comme dockyard images DIR les affiche.
puts_back {1}: as it was before|{1} : comme avant
ends_containers ending {1} running containers; their data stay|fin de {1} conteneurs en marche ; leurs données restent
no_right {1} may not speak to Docker|{1} n'a pas le droit de parler à Docker
no_right.hint Type it with sudo in front.|Tapez-le précédé de sudo.
not_installed There is no Docker here|Il n'y a pas de Docker ici
not_installed.hint Type: sudo sh install-docker.sh|Tapez : sudo sh install-docker.sh
not_enabled Docker works, and will not start at the next boot|Docker marche, et ne démarrera pas au prochain démarrage
not_enabled.hint Type: sudo systemctl enable docker, or run this without --check.|Tapez : sudo systemctl enable docker, ou relancez sans --check.
not_again Docker works, and would not start again with its daemon.json: {1}|Docker marche, et ne redémarrerait pas avec son daemon.json : {1}
not_again.hint Correct /etc/docker/daemon.json.|Corrigez /etc/docker/daemon.json.
purge_alone --purge belongs to --uninstall|--purge va avec --uninstall
no_file {1}: {2} is not there, or not readable|{1} : {2} n'existe pas, ou n'est pas lisible
no_user There is no account {1}|Il n'y a pas de compte {1}
no_user.hint Make it (useradd --create-home {1}), or correct the name.|Créez-le (useradd --create-home {1}), ou corrigez le nom.
rootless_root root cannot have a Docker without root|root ne peut pas avoir un Docker sans root
rootless_root.hint Name another account: --rootless NAME|Nommez un autre compte : --rootless NOM
rootless_member {1} is in the group docker, which is as good as root|{1} est dans le groupe docker, qui vaut root
rootless_member.hint Take it out (gpasswd -d {1} docker), and name it to --rootless alone.|Retirez-le (gpasswd -d {1} docker), et ne le nommez qu'à --rootless.
no_rootless_here {1}: rootless Docker is set up with Docker's own packages on Debian, Ubuntu and their children alone|{1} : Docker sans root n'est installé qu'avec les paquets de Docker sur Debian, Ubuntu et leurs dérivées
no_rootless_here.hint Leave --rootless and --source away, or see docs.docker.com/engine/security/rootless|Omettez --rootless et --source, ou voyez docs.docker.com/engine/security/rootless
no_rootless {1} has no working Docker of its own: {2}|{1} n'a pas de Docker à lui qui marche : {2}
no_rootless.hint See: journalctl --user -u docker (as that account); then run it again.|Voir : journalctl --user -u docker (avec ce compte) ; puis relancez.
broken_json {1}, line {2}: {3}|{1}, ligne {2} : {3}
broken_json.hint Mend that line and run it again; nothing was changed.|Corrigez cette ligne et relancez ; rien n'a été changé.
conflict_hosts daemon.json has "hosts", and the unit of Docker gives -H: the daemon would not start|daemon.json contient "hosts", et l'unité de Docker donne -H : le démon ne démarrerait pas
conflict_hosts.hint Take "hosts" out, or override ExecStart in /etc/systemd/system/docker.service.d first.|Retirez "hosts", ou remplacez d'abord ExecStart dans /etc/systemd/system/docker.service.d.
conflict_swarm {1} and a swarm exclude each other|{1} et un swarm s'excluent
conflict_swarm.hint Take it out of daemon.json, or leave --swarm away; nothing was changed.|Retirez-le de daemon.json, ou omettez --swarm ; rien n'a été changé.
conflict_pools The address pools {1} and {2} overlap|Les plages d'adresses {1} et {2} se recouvrent
conflict_pools.hint Correct default-address-pools; nothing was changed.|Corrigez default-address-pools ; rien n'a été changé.
conflict_api No Docker speaks an API as old as {1}|Aucun Docker ne parle une API aussi ancienne que {1}
conflict_api.hint The oldest min-api-version is 1.24.|La plus ancienne min-api-version est 1.24.
wrong_image {1} holds no image name: {2}|{1} contient autre chose qu'un nom d'image : {2}
wrong_arch {1} is built for {2} alone, and this machine is {3}|{1} n'existe que pour {2}, et cette machine est {3}
wrong_arch.hint Take an image that is built for both, or take it off the list.|Prenez une image qui existe pour les deux, ou retirez-la de la liste.
login_alone --login belongs to --images|--login va avec --images
no_password No password of {1} came on stdin|Aucun mot de passe de {1} n'est venu sur l'entrée standard
no_password.hint Type it when asked, or: sh install-docker.sh … <FILE|Tapez-le à la demande, ou : sh install-docker.sh … <FICHIER
no_login {1} lets {2} not in: {3}|{1} ne laisse pas entrer {2} : {3}
no_login.hint See the name, and make a new token where you made this one.|Vérifiez le nom, et refaites un jeton là où vous avez fait celui-ci.
no_tars There is no .tar in {1}|Il n'y a pas de .tar dans {1}
no_tars.hint Make one: docker save -o NAME.tar IMAGE|Faites-en un : docker save -o NAME.tar IMAGE
no_images Images cannot be pulled: {1}: {2}|Des images ne peuvent être tirées : {1}: {2}
no_images.hint Wrong name? One that needs --login? Network? Mend it and run it again: it goes on.|Mauvais nom ? Un qui demande --login ? Réseau ? Corrigez et relancez : il continue.
pull_limit The registry's limit of pulls is reached (toomanyrequests); not here yet: {1}|La limite de tirages du registre est atteinte (toomanyrequests) ; pas encore ici : {1}
pull_limit.hint Use --registry-mirror URL, --login NAME or --images DIR, or wait some hours, and run it again: it goes on.|Prenez --registry-mirror URL, --login NOM ou --images DIR, ou attendez quelques heures, et relancez : il continue.
not_loaded {1} cannot be loaded: {2}|{1} ne peut être chargé : {2}
not_loaded.hint Save it again (docker save -o NAME.tar IMAGE), and run it again.|Sauvez-le à nouveau (docker save -o NAME.tar IMAGE), et relancez.
no_packages There is no package (.{2}) in {1}|Il n'y a pas de paquet (.{2}) dans {1}
no_packages.hint Fill it where there is a network: apt-get download, dnf download.|Remplissez-le là où il y a un réseau : apt-get download, dnf download.
no_sums {1} has no SHA256SUMS, so its packages cannot be trusted|{1} n'a pas de SHA256SUMS, ses paquets ne sont donc pas sûrs
no_sums.hint Where you trust them, in that folder: sha256sum *.{2} >SHA256SUMS|Là où ils sont sûrs, dans ce dossier : sha256sum *.{2} >SHA256SUMS
no_sum {1} is not in SHA256SUMS|{1} n'est pas dans SHA256SUMS
no_sum.hint Take it away, or write its sum there where you trust it.|Retirez-le, ou écrivez-y sa somme là où il est sûr.
wrong_sum These differ from SHA256SUMS: {1}|Ceux-ci diffèrent de SHA256SUMS : {1}
wrong_sum.hint Copy them again; nothing was installed.|Copiez-les à nouveau ; rien n'a été installé.
folder_lacks {1} lacks: {2}|{1} manque de : {2}
folder_lacks.hint Add them and what they depend on, and their sums.|Ajoutez-les avec ce dont ils dépendent, et leurs sommes.
no_repository Docker publishes no packages for {1}, so there is no mirror and no channel of them|Docker ne publie pas de paquets pour {1}, donc ni miroir ni canal
no_repository.hint Leave --mirror and --channel away: the distribution's own packages are taken.|Omettez --mirror et --channel : les paquets de la distribution sont pris.
no_own_packages {1} has no Docker of its own|{1} n'a pas de Docker à elle
no_own_packages.hint Use --source docker.|Prenez --source docker.
unknown_system This system is not known: {1} ({2})|Ce système n'est pas connu : {1} ({2})
unknown_system.hint Use Debian 12 or 13, Ubuntu 22.04 to 26.04, or one of docs/installer.md.|Prenez Debian 12 ou 13, Ubuntu 22.04 à 26.04, ou un de docs/installer.fr.md.
clear_linux Clear Linux ended in July 2025 and gets no packages any more|Clear Linux est arrêtée depuis juillet 2025 et ne reçoit plus de paquets
clear_linux.hint Install Debian or Ubuntu on this machine.|Installez Debian ou Ubuntu sur cette machine.
brings_docker {1} brings its own Docker, and takes no packages|{1} apporte son propre Docker, et n'accepte pas de paquets
brings_docker.hint Start it: sudo systemctl enable --now docker|Démarrez-le : sudo systemctl enable --now docker
devuan Devuan has no systemd, which Docker's packages start it by|Devuan n'a pas systemd, par lequel les paquets de Docker le démarrent
devuan.hint Use Debian; or install docker.io and start it by hand.|Prenez Debian ; ou installez docker.io et démarrez-le à la main.
ostree {1} is an image, into which packages are layered by rpm-ostree|{1} est une image, où les paquets s'ajoutent par rpm-ostree
ostree.hint Type: sudo rpm-ostree install moby-engine docker-compose && sudo systemctl reboot|Tapez : sudo rpm-ostree install moby-engine docker-compose && sudo systemctl reboot
transactional {1} changes its packages in a snapshot that counts from the next boot on|{1} change ses paquets dans un instantané qui vaut dès le prochain démarrage
transactional.hint Type: sudo transactional-update pkg install docker docker-compose && sudo reboot|Tapez : sudo transactional-update pkg install docker docker-compose && sudo reboot
snap Docker is here as a snap, and both would want the same socket|Docker est ici comme snap, et les deux voudraient la même prise
snap.hint Remove it, its images go with it: sudo snap remove docker|Retirez-le, ses images partent avec : sudo snap remove docker
masked Docker's service is masked here: somebody wants it not to start|Le service de Docker est masqué ici : quelqu'un veut qu'il ne démarre pas
masked.hint If it may: sudo systemctl unmask docker.service docker.socket|S'il peut : sudo systemctl unmask docker.service docker.socket
i386 Docker has no packages for 32-bit x86 ({1})|Docker n'a pas de paquets pour x86 32 bits ({1})
i386.hint Install a 64-bit system; the processor most likely can (lscpu: op-mode).|Installez un système 64 bits ; le processeur le peut sans doute (lscpu : op-mode).
architecture Docker has no packages for {1}|Docker n'a pas de paquets pour {1}
architecture.hint Use a machine with amd64, arm64 or armhf.|Prenez une machine amd64, arm64 ou armhf.
wsl This WSL has no systemd, which starts Docker|Ce WSL n'a pas systemd, qui démarre Docker
wsl.hint Write systemd=true under [boot] in /etc/wsl.conf, then in Windows: wsl --shutdown|Écrivez systemd=true sous [boot] dans /etc/wsl.conf, puis dans Windows : wsl --shutdown
no_link No network link of this machine is up|Aucun lien réseau de cette machine n'est actif
no_link.hint Plug it in (ip link), or install from a folder: --repo-dir DIR.|Branchez-la (ip link), ou installez depuis un dossier : --repo-dir DIR.
no_route No route leads to {1}: this machine has no gateway|Aucune route ne mène à {1} : cette machine n'a pas de passerelle
no_route.hint See: ip route; a proxy is named by --proxy.|Voir : ip route ; un proxy se donne par --proxy.
no_name.hint See /etc/resolv.conf; a proxy is named by --proxy.|Voir /etc/resolv.conf ; un proxy se donne par --proxy.
no_name The name {1} is not found by DNS ({2})|Le nom {1} n'est pas trouvé par DNS ({2})
not_started Docker is installed and not started: nothing on this machine starts services|Docker est installé et pas démarré : rien sur cette machine ne démarre de services
not_started.hint Boot it with systemd, or start it yourself: sudo dockerd &|Démarrez-la avec systemd, ou lancez-le vous-même : sudo dockerd &
not_started_inside Docker is installed and not started: this is a container, in which nothing starts services|Docker est installé et pas démarré : ceci est un conteneur, où rien ne démarre de services
not_started_inside.hint Start the container with systemd and --privileged, or use its host's Docker: -v /var/run/docker.sock:/var/run/docker.sock|Lancez le conteneur avec systemd et --privileged, ou prenez le Docker de son hôte : -v /var/run/docker.sock:/var/run/docker.sock
no_volume A volume does not keep what is written to it: {1}|Un volume ne garde pas ce qu'on y écrit : {1}
no_names A container does not find another by its name: {1}|Un conteneur n'en trouve pas un autre par son nom : {1}
no_port A published port does not answer: {1}|Un port publié ne répond pas : {1}
no_network Containers do not reach the network: {1}|Les conteneurs n'atteignent pas le réseau : {1}
downgrade.hint Ask for it by --downgrade (images are kept, yet an older Docker may not read them).|Demandez-le par --downgrade (les images restent, mais un Docker plus ancien peut ne pas les lire).
version.hint Choose one of them; nothing was changed.|Choisissez-en une ; rien n'a été changé.
refused.hint Correct what you asked for, or daemon.json.|Corrigez ce que vous demandez, ou daemon.json.
wrong_key.hint Nothing was installed. A mirror has its own key: --mirror-key. Where none (-) is found, a page of the venue's may stand in its way: log in there.|Rien n'a été installé. Un miroir a sa propre clé : --mirror-key. Si aucune (-) n'est trouvée, une page du lieu la cache peut-être : connectez-vous-y.
no_member.hint Add it: sudo sh install-docker.sh --user NAME|Ajoutez-le : sudo sh install-docker.sh --user NOM
1.hint See /var/log/install-docker.log, and run it again.|Voir /var/log/install-docker.log, et relancez.
2.hint Type: sh install-docker.sh --help|Tapez : sh install-docker.sh --help
5.hint Look at network, DNS, proxy and --mirror, and run it again.|Vérifiez réseau, DNS, proxy et --mirror, et relancez.
6.hint See /var/log/install-docker.log and /etc/apt, and run it again.|Voir /var/log/install-docker.log et /etc/apt, et relancez.
7.hint See: journalctl -u docker; then run it again.|Voir : journalctl -u docker ; puis relancez.
waiting waiting for another run|attente d'une autre exécution
hostname naming this machine {1}|cette machine reçoit le nom {1}
hosts names of the seat: /etc/hosts|noms du poste : /etc/hosts
group making the group docker|création du groupe docker
user making the account {1}|création du compte {1}
member {1} joins the group docker (from the next login)|{1} rejoint le groupe docker (à la prochaine connexion)
keys public keys of {1}|clés publiques de {1}
sudo sudo without password: {1}|sudo sans mot de passe : {1}
source package source {1}|source de paquets {1}
index fetching the package index|lecture de l'index des paquets
install installing {1}|installation de {1}
fallback Docker's packages are out of reach, taking the distribution's: {1}|paquets de Docker hors d'atteinte, ceux de la distribution sont pris : {1}
replace removing, data kept: {1}|retrait, données gardées : {1}
repair finishing a cut off installation|fin d'une installation interrompue
lock waiting for process {1}, which holds the package lock|attente du processus {1}, qui tient le verrou des paquets
again {1}; again in {2} s|{1} ; nouvel essai dans {2} s
settings settings of the daemon|réglages du démon
daemon starting Docker|démarrage de Docker
container running a container, made here|exécution d'un conteneur, fait ici
ready ready: Docker {1}, after {2} s|prête : Docker {1}, en {2} s
nothing nothing to do: Docker {1} is ready|rien à faire : Docker {1} est prêt
not_understood This is not understood: {1}|Ceci n'est pas compris : {1}
no_settings The settings file {1} cannot be read|Le fichier de réglages {1} est illisible
not_root Only root can set this machine up|Seul root peut préparer cette machine
not_root.hint Type it with sudo in front.|Tapez-le précédé de sudo.
no_systemd This machine has no systemd, which starts Docker|Cette machine n'a pas systemd, qui démarre Docker
no_systemd.hint Use one that has; WSL 2: systemd=true under [boot] in /etc/wsl.conf.|Prenez-en une autre ; WSL 2 : systemd=true sous [boot] dans /etc/wsl.conf.
system Docker cannot be installed on this system: {1} ({2})|Docker ne peut être installé sur ce système : {1} ({2})
system.hint Use Debian 12 or 13, or Ubuntu 22.04 or 24.04.|Prenez Debian 12 ou 13, ou Ubuntu 22.04 ou 24.04.
read_only {1} cannot be written to|{1} n'est pas accessible en écriture
read_only.hint Type: mount -o remount,rw {1}|Tapez : mount -o remount,rw {1}
room Too little room in {1}: {2} MB needed, {3} MB free|Trop peu de place dans {1} : {2} Mo nécessaires, {3} Mo libres
room.hint Make room (apt-get clean) or enlarge the disk, and run it again.|Faites de la place (apt-get clean) ou agrandissez le disque, et relancez.
other_run Another run takes too long|Une autre exécution dure trop longtemps
locked Process {1} holds the package lock too long|Le processus {1} tient le verrou des paquets trop longtemps
account The account {1} cannot be made: {2}|Le compte {1} ne peut être créé : {2}
wrong_key {1} is not the trusted key: {2} expected, {3} found|{1} n'est pas la bonne clé : {2} attendue, {3} trouvée
wrong_key.hint Nothing was installed. Name a mirror's own key in docker.mirror_key.|Rien n'a été installé. Donnez la clé d'un miroir dans docker.mirror_key.
network Packages cannot be fetched: {1}|Les paquets ne peuvent être lus : {1}
clock The clock does not fit the package index: {1}|L'horloge contredit l'index des paquets : {1}
clock.hint Set the clock (timedatectl set-ntp true) and run it again.|Réglez l'horloge (timedatectl set-ntp true) et relancez.
untrusted The package index is not signed by a trusted key: {1}|L'index des paquets n'est pas signé par une bonne clé : {1}
missing The package source lacks it: {1}|La source de paquets ne l'a pas : {1}
full The disk is full: {1}|Le disque est plein : {1}
other Packages cannot be installed: {1}|Les paquets ne peuvent être installés : {1}
version There is no version {1} of {2}; there are: {3}|Il n'y a pas de version {1} de {2} ; il y a : {3}
version.hint Choose one in docker.version.|Choisissez-en une dans docker.version.
downgrade {1} {2} is installed, newer than {3}|{1} {2} est installé, plus récent que {3}
downgrade.hint Make the machine anew, or type: apt-get remove {1} (images are kept)|Refaites la machine, ou tapez : apt-get remove {1} (les images restent)
refused Docker refuses its new settings, the old ones are back: {1}|Docker refuse ses nouveaux réglages, les anciens sont remis : {1}
refused.hint Correct docker.daemon.|Corrigez docker.daemon.
down Docker does not answer: {1}|Docker ne répond pas : {1}
no_bridge Containers run, but not on a bridge: {1}|Les conteneurs marchent, mais pas sur un pont : {1}
no_bridge.hint /proc/sys must be writable (in a container machine it may not be).|/proc/sys doit être inscriptible (pas toujours dans un conteneur).
no_container No container runs: {1}|Aucun conteneur ne marche : {1}
not_ready Not ready, step {1}: {2}|Pas prête, étape {1} : {2}
no_member Not in the group docker: {1}|Pas dans le groupe docker : {1}
no_name Names that lead nowhere: {1}|Noms qui ne mènent nulle part : {1}
no_name.hint Reboot: they are written anew.|Redémarrez : ils sont réécrits.
stopped Stopped from outside|Arrêté de l'extérieur
unforeseen An unforeseen failure (code {1})|Une erreur imprévue (code {1})
1.hint See /var/log/dockyard.log, and run it again.|Voir /var/log/dockyard.log, et relancez.
2.hint Correct it (see provision/main.sh).|Corrigez (voir provision/main.sh).
4.hint Wait (see ps), and run it again.|Attendez (voir ps), et relancez.
5.hint Look at network, DNS, proxy and docker.mirror, and run it again.|Vérifiez réseau, DNS, proxy et docker.mirror, et relancez.
6.hint See /var/log/dockyard.log and /etc/apt, and run it again.|Voir /var/log/dockyard.log et /etc/apt, et relancez.
7.hint See: journalctl -u docker; then: sudo sh /var/lib/dockyard/provision/main.sh|Voir : journalctl -u docker ; puis : sudo sh /var/lib/dockyard/provision/main.sh
END
}

install_main() {
	options "$@"
	export STEP=preflight
	find_machine
	begin
	look_first
	case $MODE in
	dry-run)
		plan
		exit 0
		;;
	dry-uninstall)
		plan_undo
		exit 0
		;;
	uninstall) uninstall ;;
	*) ensure_machine ;;
	esac
	end
}

# begin: `--check` and `--dry-run` leave nothing, not even in /run. A hardened image's umask would
# hide from apt what it must read, and `su` without a login leaves out where dpkg looks for programs.
begin() {
	umask 022
	[ -n "$ROOT" ] || PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
	STARTED=$(now)
	WORK=$(mktemp -d 2>/dev/null) || die 3 no_temporary "${TMPDIR:-/tmp}"
	our_daemon
	find_settings
	trap 'rm -rf "$WORK"' EXIT
	export "OUT=$WORK/out"
	case $MODE in
	check) check_docker ;;
	dry-*) export LOG=/dev/null ;;
	*)
		[ "$(id -u)" = 0 ] || die 3 not_root
		export MARKING=yes
		trap end EXIT
		trap 'exit 143' TERM INT
		trap '' HUP
		check_writable
		mkdir -p "$STATE"
		cat "$STATE/files" >"$WORK/files.before" 2>/dev/null || :
		take_lock
		;;
	esac
}

# look_first: what was asked for, and what is here; nothing is changed before all of it is known.
look_first() {
	case $MODE in *uninstall) return 0 ;; esac
	look_at_others
	look_at_users
	look_at_rootless
	look_at_settings
	look_at_images
	look_at_folder
}

# our_daemon: this machine's, wherever the docker of the person who runs this leads.
our_daemon() {
	unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_TLS DOCKER_CERT_PATH DOCKER_API_VERSION
	export "DOCKER_HOST=unix://$ROOT/run/docker.sock"
}

# ensure_machine: what a run before this one did not finish is proven anew.
ensure_machine() {
	resume_man_db
	if [ -e "$STATE/unfinished" ]; then export CHANGED=yes CUT_OFF=yes; fi
	step docker
	ensure_proxy
	ensure_packages
	step daemon
	ensure_started
	step users
	ensure_members
	ensure_rootless
	step images
	ensure_images
	step verify
	[ -z "$CHANGED" ] || prove
	settled
}

settled() {
	daemon_answers || :
	if [ -z "$CHANGED" ]; then
		say nothing "$DOCKER"
		return 0
	fi
	rm -f "$STATE/unfinished"
	mark_result ready
	say ready "$DOCKER" $(($(now) - STARTED))
}

# end: what stops without a word of `die` leaves its mark, too.
end() {
	code=$?
	trap - EXIT
	case $code$TOLD in
	0 | *yes) ;;
	143) (die 143 stopped) || : ;;
	*) (die 1 unforeseen "$code") || : ;;
	esac
	turn_back
	wait
	log_out
	resume_man_db
	[ "$code" = 0 ] || take_back
	# nobody may read it any more
	[ -z "$AS_JSON" ] || cat "$STATE/result.json" 2>/dev/null >&3 || :
	rm -rf "$WORK"
	exit "$code"
}

if [ "${DOCKYARD_MAIN:-}" != noop ]; then install_main "$@"; fi
