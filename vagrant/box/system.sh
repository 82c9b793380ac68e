# shellcheck shell=sh
# What every machine is built of, whatever it runs in. Sourced by build.sh, which sets
# box (this folder), work (a temporary one), kind, system, suite and inside.

DAEMON_JSON=../../provision/daemon.json

say() {
	printf '%s\n' "$*"
}

# A sentence, and what to type next.
fail() {
	printf '%s\n  %s\n' "$1" "$2" >&2
	exit 4
}

suite_of() {
	case $1 in
	debian-12) echo bookworm ;;
	debian-13) echo trixie ;;
	ubuntu-22.04) echo jammy ;;
	ubuntu-24.04) echo noble ;;
	*) return 1 ;;
	esac
}

have() {
	command -v "$1" >/dev/null 2>&1
}

distribution() {
	case ${system:?} in
	debian-*) echo debian ;;
	ubuntu-*) echo ubuntu ;;
	esac
}

# The distribution's keyring, by which its packages are known to be its own.
keyring() {
	echo "${KEYRINGS:-/usr/share/keyrings}/$(distribution)-archive-keyring.gpg"
}

# Whether this computer can build the system from packages.
bootstraps() {
	have mmdebstrap && [ -f "$(keyring)" ]
}

# The packages of this machine, as a comma list.
packages() {
	sed '/^#/d' "${box:?}/packages.txt" | tr '\n' ','
	case ${kind:?} in
	libvirt) printf 'initramfs-tools,lz4,udev,zstd,%s,%s' "$(kernel)" "$(resolved)" ;;
	esac
	[ -z "${inside?}" ] || docker_packages
}

# What provision/docker.sh would install from the distribution; a test compares the two.
docker_packages() {
	case ${suite:?} in
	bookworm) printf ',docker.io,iptables' ;;
	trixie) printf ',docker.io,docker-cli,docker-buildx,docker-compose,iptables' ;;
	*) printf ',docker.io,docker-buildx,docker-compose-v2,iptables' ;;
	esac
	# a virtual machine's kernel has AppArmor, and Docker wants its parser then
	[ "${kind:?}" = docker ] || printf ',apparmor'
}

kernel() {
	case ${system:?} in
	debian-*) echo "linux-image-cloud-$(dpkg --print-architecture)" ;;
	ubuntu-*) echo linux-image-virtual ;;
	esac
}

# Ubuntu 22.04 has it inside systemd.
resolved() {
	[ "${suite:?}" = jammy ] || echo systemd-resolved
}

# recipe: one word for how a box is built; one that was built otherwise is built anew.
recipe() {
	(cd "${box:?}" && find packages.txt ./*.sh Dockerfile tree "$DAEMON_JSON" -type f | LC_ALL=C sort |
		while IFS= read -r path; do cksum "$path"; done) | cksum | cut -d ' ' -f 1
}

# lay_tree: tree/, and where Docker is inside, the settings that provision/ gives it by
# default: then it need not be restarted for them.
lay_tree() {
	cp -R "${box:?}/tree" "${work:?}/"
	[ -n "${inside?}" ] || return 0
	mkdir -p "$work/tree/common/etc/docker"
	cp "$box/$DAEMON_JSON" "$work/tree/common/etc/docker/"
}

# tree_tar: the files of tree/ as they are laid over the system, owned by root.
tree_tar() {
	lay_tree
	tar -C "${work:?}/tree" --owner=0 --group=0 --mode=u=rwX,go=rX \
		--transform="s,^\./[a-z]*/,./," -cf "${work:?}/tree.tar" "./common" "./${kind:?}"
}

# The mirror that a person named; else mmdebstrap takes the distribution's own.
mirror() {
	case ${system:?} in
	debian-*) printf '%s' "${DEBIAN_MIRROR:-}" ;;
	ubuntu-*) printf '%s' "${UBUNTU_MIRROR:-}" ;;
	esac
}

# docker.io lies in Ubuntu's universe.
components() {
	case ${system:?} in
	debian-*) echo main ;;
	ubuntu-*) echo main,universe ;;
	esac
}

# bootstrap OUT OPTION...: makes the system by mmdebstrap.
bootstrap() {
	target=$1
	shift
	tree_tar
	mirror=$(mirror)
	say "Building ${system:?} for ${kind:?} from its packages; about a minute."
	mmdebstrap --quiet --variant=minbase \
		--include="$(packages)" --components="$(components)" \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--essential-hook="tar-in ${work:?}/tree.tar /" \
		--customize-hook="upload ${box:?}/setup.sh /setup.sh" \
		--customize-hook="chroot \"\$1\" sh /setup.sh ${kind:?}" \
		--customize-hook="chroot \"\$1\" rm -f /setup.sh /etc/resolv.conf" \
		"$@" "${suite:?}" "$target" ${mirror:+"$mirror"}
}
