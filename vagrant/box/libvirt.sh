# shellcheck shell=sh
# The box for libvirt: a disk that is one file system, and its kernel beside it, which is
# booted directly: no partitions, no boot loader, no loop device. Sourced by build.sh.

libvirt_called() {
	echo "vagrant/box/out/libvirt/$1"
}

libvirt_is_there() {
	[ -f "${box:?}/out/libvirt/$1/dockyard.box" ]
}

libvirt_build() {
	for program in mmdebstrap mke2fs qemu-img; do
		have "$program" || fail "$program, which builds a virtual machine's box, is not installed." \
			"Type: sudo apt-get install mmdebstrap e2fsprogs qemu-utils"
	done
	folder=${box:?}/out/libvirt/$1
	bootstrap /dev/null --format=null \
		--customize-hook="chroot \"\$1\" ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf" \
		--customize-hook="sh ${box:?}/disk.sh \"\$1\"" \
		--customize-hook="download /dockyard.qcow2 ${work:?}/box.img" \
		--customize-hook="download /dockyard.vmlinuz ${work:?}/vmlinuz" \
		--customize-hook="download /dockyard.initrd ${work:?}/initrd.img"
	libvirt_pack
	mkdir -p "$folder"
	mv -f "${work:?}/vmlinuz" "${work:?}/initrd.img" "${work:?}/dockyard.box" "$folder/"
}

libvirt_pack() {
	printf '{"provider":"libvirt","format":"qcow2","virtual_size":%s}\n' 10 >"${work:?}/metadata.json"
	tar -C "${work:?}" -cf "${work:?}/dockyard.box" metadata.json box.img
	rm -f "${work:?}/box.img"
}

libvirt_remove() {
	[ -d "${box:?}/out/libvirt" ] || return 0
	rm -rf "${box:?}/out/libvirt"
	say "Removed ${box:?}/out/libvirt."
	if have virsh; then
		libvirt_volumes
	fi
}

# What `vagrant up` copied into libvirt's pool stays there for the next machine.
libvirt_volumes() {
	uri=${LIBVIRT_DEFAULT_URI:-qemu:///system}
	volumes=$(virsh --connect "$uri" vol-list default 2>/dev/null |
		sed -n 's/^ *\(dockyard-[^ ]*\) .*/\1/p')
	for volume in $volumes; do
		virsh --connect "$uri" vol-delete --pool default "$volume" >/dev/null
		say "Removed volume $volume of libvirt's pool."
	done
}
