#!/bin/sh
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
