#!/bin/sh
# install-docker.sh: Docker on a Linux machine, proven and undoable. May be run any number of
# times; a machine with a working Docker is left as it is.
#
# usage: sudo sh install-docker.sh [OPTION...]
#
#   --source docker|distro|auto   whose packages; auto: Docker's where they can be reached
#   --channel stable|test         of Docker's packages
#   --version 28|28.5|28.5.2      the newest that fits, and kept at it
#   --upgrade                     fetch the index, and install what is newer
#   --downgrade                   an older version than the one that is there is welcome
#   --lean                        without the packages that Docker's recommend (docs/installer.md)
#   --mirror URL                  stands in for https://download.docker.com
#   --mirror-key FINGERPRINT      40 hexadecimal digits, when its key is not Docker's
#   --repo-dir DIR                no network: packages and SHA256SUMS are in this folder
#   --user NAME                   into the group docker; again for another, or NAME,NAME
#   --rootless NAME               a Docker of its own, without root; again for another, or NAME,NAME
#   --registry-mirror URL         for Docker Hub's images; again for another
#   --insecure-registry HOST      a registry without TLS; again for another
#   --daemon-json FILE            further settings, merged key by key into daemon.json
#   --swarm                       this machine will be in a swarm: refuse what forbids that
#   --proxy URL|FILE              for packages and the daemon; by default https_proxy, http_proxy.
#                                 With a password: a file that holds the address
#   --images LIST|DIR             a file of image names, pulled; or a folder of tar files, loaded
#   --login NAME[@REGISTRY]       for these pulls alone; the password is read from stdin
#   --wait SECONDS                most to wait for another installer's locks (600)
#   --check                       change nothing; exit 0 when Docker works, 7 when not
#   --dry-run                     change nothing; say what would be done, or taken away
#   --uninstall                   take away what was put here; --purge: images and volumes, too
#   --json                        the result on stdout, all words on stderr
#   --quiet                       say nothing but what is wrong
#   --language en|fr              by default that of LC_ALL or LANG
#   --version-of-script, --help
#
# Result: /var/lib/install-docker/result.json. Log: /var/log/install-docker.log. All that is
# ever done to a machine, and its undo: docs/machine-actions.md.
#
# exit codes
#   0 Docker works (or what was asked is done, or there is nothing to do)
#   1 something unforeseen; the log's last lines say what
#   2 an option, or a file that one names, is wrong
#   3 this machine is not fit: no root, an unknown system, read-only, a full disk, no network link
#   4 waited too long: another run, or another program that installs packages
#   5 packages or images cannot be fetched, or not be trusted
#   6 packages cannot be installed: no such version, a downgrade, a failing package
#   7 Docker does not run as it should
#   8 installed, but not started: nothing on this machine starts services
# environment (for tests): ROOT, LOCK_WAIT, PATIENCE, TRIES, HUB, HUB_TOKEN

install_main() {
	options "$@"
	export STEP=preflight
	find_machine
	begin
	look_first
	case $MODE in
	dry-run)
		plan
		exit 0
		;;
	dry-uninstall)
		plan_undo
		exit 0
		;;
	uninstall) uninstall ;;
	*) ensure_machine ;;
	esac
	end
}

# begin: `--check` and `--dry-run` leave nothing, not even in /run. A hardened image's umask would
# hide from apt what it must read, and `su` without a login leaves out where dpkg looks for programs.
begin() {
	umask 022
	[ -n "$ROOT" ] || PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
	STARTED=$(now)
	WORK=$(mktemp -d 2>/dev/null) || die 3 no_temporary "${TMPDIR:-/tmp}"
	our_daemon
	find_settings
	trap 'rm -rf "$WORK"' EXIT
	export "OUT=$WORK/out"
	case $MODE in
	check) check_docker ;;
	dry-*) export LOG=/dev/null ;;
	*)
		[ "$(id -u)" = 0 ] || die 3 not_root
		export MARKING=yes
		trap end EXIT
		trap 'exit 143' TERM INT
		trap '' HUP
		check_writable
		mkdir -p "$STATE"
		cat "$STATE/files" >"$WORK/files.before" 2>/dev/null || :
		take_lock
		;;
	esac
}

# look_first: what was asked for, and what is here; nothing is changed before all of it is known.
look_first() {
	case $MODE in *uninstall) return 0 ;; esac
	look_at_others
	look_at_users
	look_at_rootless
	look_at_settings
	look_at_images
	look_at_folder
}

# our_daemon: this machine's, wherever the docker of the person who runs this leads.
our_daemon() {
	unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_TLS DOCKER_CERT_PATH DOCKER_API_VERSION
	export "DOCKER_HOST=unix://$ROOT/run/docker.sock"
}

# ensure_machine: what a run before this one did not finish is proven anew.
ensure_machine() {
	resume_man_db
	if [ -e "$STATE/unfinished" ]; then export CHANGED=yes CUT_OFF=yes; fi
	step docker
	ensure_proxy
	ensure_packages
	step daemon
	ensure_started
	step users
	ensure_members
	ensure_rootless
	step images
	ensure_images
	step verify
	[ -z "$CHANGED" ] || prove
	settled
}

settled() {
	daemon_answers || :
	if [ -z "$CHANGED" ]; then
		say nothing "$DOCKER"
		return 0
	fi
	rm -f "$STATE/unfinished"
	mark_result ready
	say ready "$DOCKER" $(($(now) - STARTED))
}

# end: what stops without a word of `die` leaves its mark, too.
end() {
	code=$?
	trap - EXIT
	case $code$TOLD in
	0 | *yes) ;;
	143) (die 143 stopped) || : ;;
	*) (die 1 unforeseen "$code") || : ;;
	esac
	turn_back
	wait
	log_out
	resume_man_db
	[ "$code" = 0 ] || take_back
	# nobody may read it any more
	[ -z "$AS_JSON" ] || cat "$STATE/result.json" 2>/dev/null >&3 || :
	rm -rf "$WORK"
	exit "$code"
}
