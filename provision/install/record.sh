#!/bin/sh
# What was put on this machine, written down before it is done, so that it can be taken away.
# In STATE: files (paths), kept/ (what stood there before), sums (as we left them), ours
# (packages), removed (packages that had to leave), members, group.before (it was here).

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

make_folder() {
	[ ! -d "$ROOT$1" ] || return 0
	make_folder "${1%/*}"
	mkdir "$ROOT$1"
	printf '%s\n' "$1" >>"$STATE/folders"
}

# put_back PATH: as it was before us.
put_back() {
	if [ -e "$STATE/kept$1" ]; then
		cp -p "$STATE/kept$1" "$ROOT$1"
	else
		rm -f "$ROOT$1"
	fi
}

# note_before: a run that was cut off has written it already.
note_before() {
	[ -e "$STATE/packages.before" ] || all_packages >"$STATE/packages.before"
	! getent group docker >/dev/null 2>&1 || [ -e "$STATE/ours" ] || : >"$STATE/group.before"
}

note_after() {
	all_packages | comm -13 "$STATE/packages.before" - >"$WORK/new"
	cat "$WORK/new" >>"$STATE/ours"
	sort -u -o "$STATE/ours" "$STATE/ours"
	rm -f "$STATE/packages.before"
}

# note_sums: what was written here and is touched by a person later stays with that person.
note_sums() {
	[ -s "$STATE/files" ] || return 0
	while read -r path; do
		[ ! -f "$ROOT$path" ] || sha256sum "$ROOT$path"
	done <"$STATE/files" >"$STATE/sums"
}

# take_back: a run that failed before packages were touched leaves no source and no key behind,
# and nothing at all where no Docker was. What earlier runs wrote stays.
take_back() {
	[ "$STEP" = docker ] && [ -z "${TOUCHED:-}" ] && [ -s "$STATE/files" ] || return 0
	: >"$WORK/kept"
	while read -r path; do
		if stays_written "$path"; then
			printf '%s\n' "$path" >>"$WORK/kept"
		else
			put_back "$path"
			rm -f "$STATE/kept$path"
		fi
	done <"$STATE/files"
	mv "$WORK/kept" "$STATE/files"
	rm -f "$STATE/packages.before"
	take_folders
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
