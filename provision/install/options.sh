#!/bin/sh
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
