#!/bin/sh
# disk.sh ROOT: makes /dockyard.qcow2, .vmlinuz and .initrd inside ROOT, the system that
# mmdebstrap has just unpacked. It runs where the files' owners are right (mmdebstrap may
# use a user namespace), and the caller fetches the three out of it.
set -eu

root=$1
size=10G
disk=$(mktemp)

clean() {
	! mountpoint -q "$disk.root" || umount "$disk.root"
	rm -rf "$disk" "$disk.qcow2" "$disk.boot"
	rmdir "$disk.root"
}
trap clean EXIT

# one kernel was installed; it is booted from outside, so the disk does without
mkdir "$disk.boot"
mv "$root"/boot/vmlinuz-* "$disk.boot/dockyard.vmlinuz"
mv "$root"/boot/initrd.img-* "$disk.boot/dockyard.initrd"
find "$root/boot" -mindepth 1 -delete
rm -f "$root/vmlinuz" "$root/initrd.img" "$root/vmlinuz.old" "$root/initrd.img.old"

# a second view of the tree, without what mmdebstrap has mounted in it
mkdir "$disk.root"
mount --bind "$root" "$disk.root"
truncate -s "$size" "$disk"
mke2fs -q -t ext4 -O '^metadata_csum_seed' \
	-E lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0 -L root -d "$disk.root" "$disk"
# compressed: Vagrant and libvirt copy it twice before the first machine starts
qemu-img convert -f raw -O qcow2 -c -o compression_type=zstd "$disk" "$disk.qcow2"
mv "$disk.qcow2" "$root/dockyard.qcow2"
mv "$disk.boot/dockyard.vmlinuz" "$disk.boot/dockyard.initrd" "$root/"
