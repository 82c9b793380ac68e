# shellcheck shell=sh
# The box for libvirt: a disk that is one file system, and its kernel beside it, which is
# booted directly: no partitions, no boot loader, no loop device. Sourced by build.sh.

libvirt_called() {
	echo "vagrant/box/out/libvirt/$1"
}

libvirt_is_there() {
	[ -f "${box:?}/out/libvirt/$1/dockyard.box" ] &&
		[ "$(cat "${box:?}/out/libvirt/$1/recipe" 2>/dev/null)" = "$(recipe)" ]
}

libvirt_build() {
	for program in mmdebstrap mke2fs qemu-img; do
		have "$program" || fail "$program, which builds a virtual machine's box, is not installed." \
			"Type: sudo apt-get install mmdebstrap e2fsprogs qemu-utils"
	done
	bootstraps || fail "$(keyring), by which packages are known to be genuine, is not here." \
		"Type: sudo apt-get install $(distribution)-archive-keyring. Or name an own box: local.box_url."
	folder=${box:?}/out/libvirt/$1
	bootstrap /dev/null --format=null \
		--customize-hook="chroot \"\$1\" ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf" \
		--customize-hook="sh ${box:?}/disk.sh \"\$1\"" \
		--customize-hook="download /dockyard.qcow2 ${work:?}/box.img" \
		--customize-hook="download /dockyard.vmlinuz ${work:?}/vmlinuz" \
		--customize-hook="download /dockyard.initrd ${work:?}/initrd.img"
	libvirt_pack
	mkdir -p "$folder"
	recipe >"$folder/recipe"
	mv -f "${work:?}/vmlinuz" "${work:?}/initrd.img" "${work:?}/dockyard.box" \
		"${work:?}/stamp" "$folder/"
}

libvirt_pack() {
	printf '{"provider":"libvirt","format":"qcow2","virtual_size":%s}\n' 10 >"${work:?}/metadata.json"
	# Vagrant and libvirt keep copies: their names change with what was built
	stamp=$(cksum <"${work:?}/box.img")
	printf '%s\n' "${stamp%% *}" >"${work:?}/stamp"
	tar -C "${work:?}" -cf "${work:?}/dockyard.box" metadata.json box.img
	rm -f "${work:?}/box.img"
}

libvirt_remove() {
	if [ -d "${box:?}/out/libvirt" ]; then
		rm -rf "${box:?}/out/libvirt"
		say "Removed ${box:?}/out/libvirt."
	fi
	if have virsh; then
		libvirt_volumes
	fi
	if have vagrant; then
		libvirt_boxes
	fi
}

# Copies that `vagrant up` made for the next machine: in libvirt's pool, and in Vagrant's
# own folder.
libvirt_volumes() {
	uri=${LIBVIRT_DEFAULT_URI:-qemu:///system}
	volumes=$(virsh --connect "$uri" vol-list default 2>/dev/null |
		awk '$1 ~ /^dockyard-box-(debian|ubuntu)-/ { print $1 }')
	for volume in $volumes; do
		virsh --connect "$uri" vol-delete --pool default "$volume" >/dev/null
		say "Removed volume $volume of libvirt's pool."
	done
}

libvirt_boxes() {
	boxes=$(vagrant box list 2>/dev/null |
		awk '$1 ~ /^dockyard-box-(debian|ubuntu)-/ { print $1 }')
	for name in $boxes; do
		vagrant box remove --force --provider libvirt "$name" >/dev/null
		say "Removed Vagrant's box $name."
	done
}
