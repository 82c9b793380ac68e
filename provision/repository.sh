#!/bin/sh
# Docker's package repository, or a mirror of it: its key, checked, and its source.

KEYRING=/etc/apt/keyrings/docker.gpg
DOCKER_SOURCES=/etc/apt/sources.list.d/docker.sources

ensure_repository() {
	find_mirror
	ensure_key "$MIRROR/gpg" "$(setting MIRROR_KEY 9DC858229FC7DD38854AE2D88D81803C0EBFCD88)"
	ensure_source "$MIRROR"
}

# find_mirror: its address, and what https needs.
find_mirror() {
	MIRROR=$(setting MIRROR https://download.docker.com)/linux/$DISTRO
	[ "${MIRROR#https:}" != "$MIRROR" ] || return 0
	[ ! -s "$ROOT/etc/ssl/certs/ca-certificates.crt" ] || return 0
	refresh
	install ca-certificates
}

# ensure_key URL FINGERPRINT: apt would trust every key in the file, so it may hold just one;
# what is installed is what was looked at, not the armor around it.
ensure_key() {
	[ "$(fingerprint "$ROOT$KEYRING")" != "$2" ] || return 0
	act source "$1"
	patiently fetch "$1" || give_up
	tr -d '\r' <"$OUT.asc" | sed -e '1,/^$/d' -e '/^[=-]/d' | base64 -d 2>/dev/null >"$OUT.gpg" || :
	found=$(fingerprint "$OUT.gpg")
	[ "$found" = "$2" ] || die 5 wrong_key "$1" "$2" "${found:--}"
	mkdir -p "$ROOT${KEYRING%/*}"
	put "$ROOT$KEYRING" 0644 <"$OUT.gpg"
}

# fetch URL: by apt's own helper, which every machine with apt has, proxy and all.
fetch() {
	logged timeout 40 "$ROOT/usr/lib/apt/apt-helper" \
		-o Acquire::Retries=1 -o Acquire::http::Timeout=20 download-file "$1" "$OUT.asc"
}

# fingerprint FILE: of the one OpenPGP key in FILE, without gpg, which small images lack: the
# SHA-1 of 0x99, two bytes of length, and the first packet (RFC 4880, 12.2). Nothing when it is
# no key, or when it holds a second one.
fingerprint() {
	[ -s "$1" ] || return 0
	first=$(od -An -v -tu1 "$1" | first_packet)
	[ -n "$first" ] || return 0
	size=${first#* }
	{
		printf '%b' "\\0231\\0$(printf %03o $((size / 256)))\\0$(printf %03o $((size % 256)))"
		tail -c +$((${first% *} + 1)) "$1" | head -c "$size"
	} | sha1sum | cut -c1-40 | tr a-f A-F
}

# first_packet: of the bytes on stdin (numbers): length of its head and of its body, when it is
# a public key (6), no later packet is a key of its own (5, 6), and all lengths add up.
first_packet() {
	awk '
		{ for (i = 1; i <= NF; i++) b[n++] = $i }
		END {
			for (at = 0; at < n; at += head + size) {
				size = b[at + 1]; head = 2
				if (b[at] >= 192) {
					tag = b[at] - 192
					if (size >= 224) exit
					if (size >= 192) { size = (size - 192) * 256 + b[at + 2] + 192; head = 3 }
				} else {
					tag = int((b[at] - 128) / 4)
					if (b[at] < 128 || b[at] % 4 > 1) exit
					if (b[at] % 4 == 1) { size = size * 256 + b[at + 2]; head = 3 }
				}
				if (size < 1 || (at == 0) != (tag == 6) || tag == 5) exit
				if (at == 0) found = head " " size
			}
			if (n > 0 && at == n) print found
		}'
}

# ensure_source URL. The one-line source of other installers would contradict ours.
ensure_source() {
	text="Types: deb
URIs: $1
Suites: $SUITE
Components: $(setting CHANNEL stable)
Architectures: $ARCH
Signed-By: $KEYRING"
	rm -f "$ROOT${DOCKER_SOURCES%.*}.list"
	[ "$(cat "$ROOT$DOCKER_SOURCES" 2>/dev/null)" != "$text" ] || return 0
	act source "$1"
	printf '%s\n' "$text" | put "$ROOT$DOCKER_SOURCES" 0644
}
