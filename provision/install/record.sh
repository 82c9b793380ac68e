#!/bin/sh
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
