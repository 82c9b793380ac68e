#!/bin/sh
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
