#!/bin/sh
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
