#!/bin/sh
# Docker's packages, from Docker or from the distribution. What is installed and fits is left
# alone: no index is fetched for it.

OF_DOCKER='docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin'

ensure_docker() {
	choose_source
	wanted=$(wanted_packages)
	fits && return 0
	have dockerd || export NEW_DOCKER=yes
	check_room /var/cache/apt 200
	check_room /usr 600
	ensure_dpkg_whole
	fits && return 0
	if [ "$SOURCE" = docker ]; then
		ensure_repository
		FRESH=
	fi
	[ -n "${FRESH:-}" ] || refresh
	install_docker
}

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

install_docker() {
	engine=${wanted%% *} version=$(setting VERSION) exact=
	[ -z "$version" ] || find_exact
	set --
	for package in $wanted; do set -- "$@" "$(pinned "$package")"; done
	others=$(conflicting | tr '\n' ' ')
	[ -z "$others" ] || say replace "$others"
	for package in $others; do set -- "$@" "$package-"; done
	install "$@"
	for package in "$@"; do
		case $package in
		*=*) logged apt-mark hold "${package%=*}" ;;
		esac
	done
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
