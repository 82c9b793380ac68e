#!/bin/sh
# A stand-in for download.docker.com, for tests: real engines, taken from Debian's packages
# and packed again under Docker's names, in Docker's layout, signed with a throw-away key.
#
#	mirror.sh OUT
#
# OUT/linux/debian is then a repository for bookworm and trixie with several versions, so
# that pins and upgrades can be tried. OUT/fingerprint names the key, OUT/versions lists the
# engines, oldest first. Not real: the key, what the packages say about conflicts (they hold
# what an install needs, no more), and docker-model-plugin, a stub that says its version. amd64
# only.
#
# Needs apt, apt-utils, dpkg-dev and gnupg of a Debian system. DEBIAN_MIRROR is the Debian
# mirror that packages are taken from; by default the one that this computer's apt uses.
set -eu

SUITES='bookworm:~debian.12~bookworm trixie:~debian.13~trixie'
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
PLUGINS=usr/libexec/docker/cli-plugins
UNITS=lib/systemd/system

die() {
	printf 'mirror.sh: %s\n' "$*" >&2
	exit 1
}

need() {
	for tool in apt-get apt-ftparchive dpkg-deb gpg; do
		command -v "$tool" >/dev/null ||
			die "$tool is missing; install it: apt-get install apt-utils dpkg-dev gnupg"
	done
	[ -r "$KEYRING" ] ||
		die "$KEYRING is missing; install it: apt-get install debian-archive-keyring"
	: "${DEBIAN_MIRROR:=$(own_mirror)}"
	[ -n "$DEBIAN_MIRROR" ] ||
		die "apt knows no Debian mirror here; name one: DEBIAN_MIRROR=http://HOST/debian"
}

own_mirror() {
	apt-get indextargets 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
		sed -n 's/^Repo-URI: //p' | head -n 1
}

# --- taking packages from Debian

# apt_of SUITE: an apt of its own, so that this computer's lists and sources stay as they are.
# A mirror may hold a snapshot of sid, whose Release file is valid for a week only.
apt_of() {
	mkdir -p "$WORK/$1/lists/partial" "$WORK/$1/cache/archives/partial" "$WORK/$1/empty"
	echo "deb [signed-by=$KEYRING] $DEBIAN_MIRROR $1 main" >"$WORK/$1/sources.list"
	cat >"$WORK/$1/apt.conf" <<-CONF
		Dir::State "$WORK/$1";
		Dir::State::Lists "$WORK/$1/lists";
		Dir::State::Status "/dev/null";
		Dir::Cache "$WORK/$1/cache";
		Dir::Etc "$WORK/$1";
		Dir::Etc::SourceList "$WORK/$1/sources.list";
		Dir::Etc::SourceParts "$WORK/$1/empty";
		Dir::Etc::Parts "$WORK/$1/empty";
		Dir::Etc::PreferencesParts "$WORK/$1/empty";
		Acquire::Languages "none";
		Acquire::Check-Valid-Until "false";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
	CONF
	APT_CONFIG=$WORK/$1/apt.conf apt-get -qq update
}

# take SUITE PACKAGE...: each unpacked in $WORK/SUITE/PACKAGE, its version beside it.
take() {
	apt_of "$1"
	suite=$1
	shift
	(cd "$WORK/$suite" && APT_CONFIG=$WORK/$suite/apt.conf apt-get -qq download "$@")
	for package; do
		deb=$(echo "$WORK/$suite/${package}"_*.deb)
		dpkg-deb -x "$deb" "$WORK/$suite/$package"
		dpkg-deb -f "$deb" Version >"$WORK/$suite/$package.version"
	done
}

# upstream SUITE PACKAGE: 26.1.5 of 26.1.5+dfsg1-9+b11
upstream() {
	sed 's/^[0-9]*://; s/[^0-9.].*//' "$WORK/$1/$2.version"
}

# --- packing them as Docker does

new() {
	rm -rf "$TREE"
	mkdir -p "$TREE/DEBIAN"
}

# put DIRECTORY FILE...: programs into the package that is being made.
put() {
	mkdir -p "$TREE/$1"
	into=$1
	shift
	install -m 755 "$@" "$TREE/$into/"
}

# pack NAME VERSION, fields of its control file on stdin: one package for each suite.
pack() {
	cat >"$WORK/fields"
	if [ -d "$TREE/etc" ]; then
		(cd "$TREE" && find etc -type f | sed 's,^,/,' >DEBIAN/conffiles)
	fi
	for pair in $SUITES; do
		pool=$REPOSITORY/dists/${pair%%:*}/pool/stable/amd64
		stamped=$2-1${pair#*:}
		mkdir -p "$pool"
		control "$1" "$stamped" >"$TREE/DEBIAN/control"
		dpkg-deb --root-owner-group -Zzstd -z1 -b "$TREE" \
			"$pool/$1_${stamped#*:}_amd64.deb" >/dev/null
	done
}

control() {
	cat <<-FIELDS
		Package: $1
		Version: $2
		Architecture: amd64
		Maintainer: Stand-in <nobody@example.invalid>
		Section: admin
		Priority: optional
		Installed-Size: $(du -sk "$TREE" | cut -f 1)
		$(cat "$WORK/fields")
		Description: stand-in for $1, packed again from Debian
	FIELDS
}

# starts UNIT...: maintainer scripts that enable, start and stop units, as Docker's do.
starts() {
	cat >"$TREE/DEBIAN/postinst" <<-SCRIPT
		#!/bin/sh
		set -e
		[ "\$1" = configure ] || exit 0
		getent group docker >/dev/null || groupadd --system docker
		for unit in $*; do
			deb-systemd-helper unmask \$unit >/dev/null || :
			if deb-systemd-helper --quiet was-enabled \$unit; then
				deb-systemd-helper enable \$unit >/dev/null || :
			fi
		done
		[ -d /run/systemd/system ] || exit 0
		systemctl daemon-reload
		if [ -n "\$2" ]; then
			deb-systemd-invoke restart $* >/dev/null || :
		else
			deb-systemd-invoke start $* >/dev/null || :
		fi
	SCRIPT
	cat >"$TREE/DEBIAN/prerm" <<-SCRIPT
		#!/bin/sh
		set -e
		[ "\$1" = remove ] && [ -d /run/systemd/system ] || exit 0
		deb-systemd-invoke stop $* >/dev/null || :
	SCRIPT
	cat >"$TREE/DEBIAN/postrm" <<-SCRIPT
		#!/bin/sh
		set -e
		if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi
		[ "\$1" = purge ] && [ -x /usr/bin/deb-systemd-helper ] || exit 0
		deb-systemd-helper purge $* >/dev/null || :
	SCRIPT
	chmod 755 "$TREE"/DEBIAN/p*
}

# unit SUITE PACKAGE NAME: a unit file, its paths and settings as in Docker's packages.
unit() {
	mkdir -p "$TREE/$UNITS"
	find "$WORK/$1/$2" -path "*/systemd/system/$3" -exec cat '{}' ';' |
		sed -e 's,/usr/sbin/dockerd,/usr/bin/dockerd,' -e 's, [$]DOCKER_OPTS,,' \
			-e /EnvironmentFile/d >"$TREE/$UNITS/$3"
}

# engine SUITE CLIENT-PACKAGE [DEPENDS]: docker-ce and its client, as the suite has them.
# Nothing is packed of an engine that does not run here, as sid's may not one day.
engine() {
	version=$(upstream "$1" docker.io)
	if ! "$WORK/$1/docker.io/usr/sbin/dockerd" --version >/dev/null; then
		printf 'mirror.sh: %s of %s does not run here; left out\n' "$version" "$1" >&2
		return 0
	fi
	new
	put usr/bin "$WORK/$1/docker.io/usr/sbin/dockerd" "$WORK/$1/docker.io/usr/sbin/docker-proxy"
	install -m 755 "$WORK/bookworm/tini/usr/bin/tini-static" "$TREE/usr/bin/docker-init"
	unit "$1" docker.io docker.service
	unit "$1" docker.io docker.socket
	starts docker.service docker.socket
	pack docker-ce "5:$version" <<-FIELDS
		Depends: containerd.io (>= 1.6.4), docker-ce-cli, iptables, libc6 (>= 2.34), libsystemd0${3:-}
		Recommends: apparmor, ca-certificates, docker-ce-rootless-extras, git, pigz, procps, xz-utils
		Conflicts: docker.io
	FIELDS
	rootless
	new
	put usr/bin "$WORK/$1/$2/usr/bin/docker"
	pack docker-ce-cli "5:$version" <<-FIELDS
		Depends: libc6 (>= 2.34)
		Recommends: docker-buildx-plugin, docker-compose-plugin
		Conflicts: docker.io, docker-cli
	FIELDS
	echo "$version" >>"$OUT/versions"
}

# rootless: of sid for every version, for the scripts are what they are of.
rootless() {
	new
	put usr/bin "$WORK/sid/docker.io/usr/share/docker.io/contrib/dockerd-rootless.sh" \
		"$WORK/sid/docker.io/usr/share/docker.io/contrib/dockerd-rootless-setuptool.sh" \
		"$WORK/trixie/rootlesskit/usr/bin/rootlesskit"
	pack docker-ce-rootless-extras "5:$version" <<-FIELDS
		Depends: dbus-user-session
		Recommends: slirp4netns
		Conflicts: rootlesskit
		Enhances: docker-ce
	FIELDS
}

containerd() {
	new
	put usr/bin "$WORK/$1/containerd/usr/bin/containerd" "$WORK/$1/containerd/usr/bin/ctr" \
		"$WORK/$1/containerd/usr/bin/containerd-shim-runc-v2" "$WORK/bookworm/runc/usr/sbin/runc"
	mkdir -p "$TREE/etc/containerd"
	echo 'disabled_plugins = ["cri"]' >"$TREE/etc/containerd/config.toml"
	unit "$1" containerd containerd.service
	starts containerd.service
	pack containerd.io "$(upstream "$1" containerd)" <<-FIELDS
		Depends: libc6 (>= 2.34), libseccomp2 (>= 2.5.0)
		Conflicts: containerd, runc
		Provides: containerd, runc
		Replaces: containerd, runc
	FIELDS
}

# plugin SUITE NAME: docker-compose-plugin, docker-buildx-plugin
plugin() {
	new
	put "$PLUGINS" "$WORK/$1/docker-$2/$PLUGINS/docker-$2"
	pack "docker-$2-plugin" "$(upstream "$1" "docker-$2")" <<-FIELDS
		Enhances: docker-ce-cli
	FIELDS
}

# model: what Docker's own script asks for besides; nothing here uses it.
model() {
	new
	mkdir -p "$TREE/$PLUGINS"
	cat >"$TREE/$PLUGINS/docker-model" <<-'PLUGIN'
		#!/bin/sh
		echo '{"SchemaVersion":"0.1.0","Vendor":"stand-in","Version":"v0.1.0"}'
	PLUGIN
	chmod 755 "$TREE/$PLUGINS/docker-model"
	pack docker-model-plugin 0.1.0 <<-FIELDS
		Enhances: docker-ce-cli
	FIELDS
}

# --- the repository

make_key() {
	GNUPGHOME=$WORK/gpg
	export GNUPGHOME
	mkdir -m 700 "$GNUPGHOME"
	gpg -q --batch --passphrase '' --quick-gen-key \
		'Docker Release (stand-in) <nobody@example.invalid>' rsa3072 sign 0 2>/dev/null
	gpg --with-colons --no-auto-check-trustdb --list-keys | sed -n 's/^fpr:*\([0-9A-F]*\):/\1/p' | head -n 1 \
		>"$OUT/fingerprint"
	gpg --export --armor >"$REPOSITORY/gpg"
}

# index SUITE: the lists of both channels (the same packages in each), signed.
index() {
	cd "$REPOSITORY"
	for channel in stable test; do
		mkdir -p "dists/$1/$channel/binary-amd64"
		apt-ftparchive --db "$WORK/$1.db" packages "dists/$1/pool/stable/amd64" \
			>"dists/$1/$channel/binary-amd64/Packages"
		gzip -9kf "dists/$1/$channel/binary-amd64/Packages"
	done
	release=APT::FTPArchive::Release
	apt-ftparchive -o "$release::Origin=Docker" -o "$release::Label=Docker CE" \
		-o "$release::Suite=$1" -o "$release::Codename=$1" \
		-o "$release::Architectures=amd64" -o "$release::Components=stable test" \
		release "dists/$1" >"$WORK/Release"
	mv "$WORK/Release" "dists/$1/Release"
	gpg -q --batch --clearsign -o "dists/$1/InRelease" "dists/$1/Release"
}

main() {
	[ $# -eq 1 ] || die "usage: mirror.sh OUT"
	need
	mkdir -p "$1"
	OUT=$(cd "$1" && pwd)
	WORK=$(mktemp -d)
	trap 'rm -rf "$WORK"' EXIT
	TREE=$WORK/tree
	REPOSITORY=$OUT/linux/debian
	[ ! -e "$OUT/versions" ] || die "$OUT holds a mirror already; remove it first"

	take bookworm docker.io containerd runc tini
	take trixie docker.io docker-cli containerd docker-compose docker-buildx rootlesskit
	take sid docker.io docker-cli containerd docker-compose docker-buildx

	engine bookworm docker.io ', libdevmapper1.02.1'
	engine trixie docker-cli
	engine sid docker-cli
	for from in bookworm trixie sid; do containerd "$from"; done
	for from in trixie sid; do
		plugin "$from" compose
		plugin "$from" buildx
	done
	model

	make_key
	for pair in $SUITES; do index "${pair%%:*}"; done
}

main "$@"
