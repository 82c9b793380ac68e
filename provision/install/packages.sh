#!/bin/sh
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
