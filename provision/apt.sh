#!/bin/sh
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

# complaint: apt's own first word on it, and the proxy, which is then a likely reason.
complaint() {
	said=$(sed -n '/^E: /{p;q;}' "$OUT" | cut -c1-300)
	printf '%s%s\n' "${said:-$(last_line)}" "${http_proxy:+ (http_proxy: $http_proxy)}"
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

refresh() {
	act index
	export FRESH=yes
	patiently apt_get 180 update -o Acquire::Languages=none || give_up
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
