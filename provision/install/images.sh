#!/bin/sh
# The course's images: pulled from a list, four at a time, or loaded from a folder.

look_at_images() {
	[ -n "$IMAGES" ] || return 0
	if [ -d "$IMAGES" ]; then
		[ -n "$(tars)" ] || die 2 no_tars "$IMAGES"
		return 0
	fi
	image_list >"$WORK/images"
	wrong=$(grep -vxE '[a-z0-9][A-Za-z0-9._/:@-]*' "$WORK/images" | sed q) || :
	[ -z "$wrong" ] || die 2 wrong_image "$IMAGES" "$wrong"
}

tars() {
	ls "$IMAGES"/*.tar "$IMAGES"/*.tar.gz 2>/dev/null || :
}

# image_list: comments and doubles left out.
image_list() {
	sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$IMAGES" | awk '!seen[$0]++'
}

ensure_images() {
	[ -n "$IMAGES" ] || return 0
	if [ -d "$IMAGES" ]; then load_images; else pull_images; fi
}

# pull_images: what is here is not asked for again; Docker goes on where a pull was cut off.
pull_images() {
	: >"$WORK/missing"
	PULLED=0
	while read -r image; do
		PULLED=$((PULLED + 1))
		docker image inspect "$image" >/dev/null 2>&1 || printf '%s\n' "$image" >>"$WORK/missing"
	done <"$WORK/images"
	[ -s "$WORK/missing" ] || return 0
	act images "$(wc -l <"$WORK/missing" | tr -d ' ')"
	tries=0
	until pull_missing; do
		tries=$((tries + 1))
		if [ "$tries" -ge "${TRIES:-4}" ] || grep -q 'not found\|denied\|toomanyrequests' "$OUT"; then
			die 5 no_images "$(tr '\n' ' ' <"$WORK/missing")" "$(last_line)"
		fi
		say again "$(last_line)" $((tries * 3))
		sleep $((tries * 3))
	done
}

# pull_missing: missing is then what is still not here.
pull_missing() {
	xargs -n 1 -P 4 timeout 1800 docker pull -q <"$WORK/missing" >"$OUT" 2>&1 || :
	[ -z "$MARKING" ] || cat "$OUT" >>"$LOG"
	: >"$WORK/still"
	while read -r image; do
		docker image inspect "$image" >/dev/null 2>&1 || printf '%s\n' "$image" >>"$WORK/still"
	done <"$WORK/missing"
	mv "$WORK/still" "$WORK/missing"
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
		is_loaded "$sum" || die 6 not_loaded "${tar##*/}" "$(last_line)"
		PULLED=$((PULLED + 1))
	done
	export PULLED
}

is_loaded() {
	names=$(sed -n "s/^$1 //p" "$STATE/loaded" 2>/dev/null)
	[ -n "$names" ] || return 1
	for name in $names; do docker image inspect "$name" >/dev/null 2>&1 || return 1; done
}
