#!/bin/sh
# provider.sh [--boot|--kvm|--list]: the Vagrant provider that really works here,
# on the first line of output, and a sentence why, on the second.
#
#   --boot  whether virtual machines run is judged by starting one (the default)
#   --kvm   succeeds if KVM boots a Linux kernel
#   --list  a line about each provider: works, emulated or no, and why
#
# First come those with hardware virtualisation, then container machines, then emulation.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mode=${1:---boot}
pool_uri=${LIBVIRT_DEFAULT_URI:-qemu:///system}

have() {
	command -v "$1" >/dev/null 2>&1
}

# within SECONDS COMMAND...: fails when it takes longer. macOS has no timeout(1).
within() {
	seconds=$1
	shift
	"$@" &
	pid=$!
	(
		# without the trap the sleep would outlive its watcher
		trap 'kill -9 "$!"; exit' TERM
		sleep "$seconds" &
		wait "$!"
		kill -9 "$pid"
	) >/dev/null 2>&1 &
	watch=$!
	status=0
	wait "$pid" 2>/dev/null || status=$?
	kill "$watch" 2>/dev/null || :
	wait "$watch" 2>/dev/null || :
	return "$status"
}

plugins() {
	vagrant plugin list 2>/dev/null | grep -q "^$1 "
}

# Each judge prints `works|emulated|no SENTENCE`.

judge_libvirt() {
	if ! have virsh; then
		echo "no libvirt is not installed."
	elif ! plugins vagrant-libvirt; then
		echo "no Vagrant's plugin vagrant-libvirt is not installed."
	elif ! within 10 virsh --quiet --connect "$pool_uri" version >/dev/null 2>&1; then
		echo "no libvirt does not answer at $pool_uri; is libvirtd running, and are you in the group libvirt?"
	elif [ ! -e /dev/kvm ]; then
		echo "emulated This computer has no KVM: virtual machines are emulated, which is slow."
	elif kernel=$(a_kernel); then
		if kvm_boots "$kernel"; then
			echo "works KVM booted a Linux kernel."
		else
			echo "emulated There is a /dev/kvm, but it boots no Linux kernel: virtual machines are emulated, which is slow."
		fi
	else
		echo "emulated There is a /dev/kvm, but no kernel to try it with: vagrant/box/build.sh libvirt makes one."
	fi
}

# A Linux kernel that may be read: of a box, or this computer's own.
a_kernel() {
	for file in "$here"/box/out/libvirt/*/vmlinuz /boot/vmlinuz-*; do
		if [ -f "$file" ] && [ -r "$file" ]; then
			echo "$file"
			return 0
		fi
	done
	return 1
}

# The kernel finds no root file system, says so, and restarts, which ends the emulator.
kvm_boots() {
	case $(uname -m) in
	x86_64) set -- "$1" qemu-system-x86_64 q35 ttyS0 ;;
	aarch64) set -- "$1" qemu-system-aarch64 virt ttyAMA0 ;;
	*) return 1 ;;
	esac
	have "$2" || return 1
	booted=$(mktemp)
	within 15 "$2" -machine "$3,accel=kvm" -cpu host -m 256 -display none -nodefaults \
		-serial "file:$booted" -no-reboot -kernel "$1" -append "console=$4 panic=-1" \
		>/dev/null 2>&1 </dev/null || :
	found=1
	if grep -q 'Linux version' "$booted"; then
		found=0
	fi
	rm -f "$booted"
	return "$found"
}

judge_virtualbox() {
	if ! have VBoxManage; then
		echo "no VirtualBox is not installed."
	elif ! within 20 VBoxManage list hostinfo >/dev/null 2>&1; then
		echo "no VirtualBox is installed, but VBoxManage does not answer."
	elif virtualbox_starts >/dev/null 2>&1; then
		echo "works VirtualBox started a virtual machine."
	else
		echo "no VirtualBox is installed, but can't start a virtual machine; type: VBoxManage list hostinfo"
	fi
}

# An empty machine: it starts if the processor and the kernel modules allow any.
virtualbox_starts() {
	name=dockyard-probe-$$
	folder=$(mktemp -d)
	VBoxManage createvm --name "$name" --basefolder "$folder" --register || return 1
	started=0
	VBoxManage modifyvm "$name" --memory 64 && within 30 VBoxManage startvm "$name" --type headless || started=1
	VBoxManage controlvm "$name" poweroff || :
	# VirtualBox holds a machine for a moment after it was powered off
	sleep 1
	VBoxManage unregistervm "$name" --delete || :
	rm -rf "$folder"
	return "$started"
}

judge_vmware_desktop() {
	if ! have vmrun && [ ! -d "/Applications/VMware Fusion.app" ]; then
		echo "no VMware is not installed."
	elif plugins vagrant-vmware-desktop; then
		echo "works VMware and its plugin are installed; no machine was started to try it."
	else
		echo "no Vagrant's plugin vagrant-vmware-desktop is not installed."
	fi
}

judge_hyperv() {
	if ! have powershell.exe; then
		echo "no Hyper-V is Windows' own."
	elif within 30 powershell.exe -NoProfile -Command 'Get-VMHost | Out-Null' >/dev/null 2>&1; then
		echo "works Hyper-V answers; no machine was started to try it."
	else
		echo "no Hyper-V does not answer; it wants an administrator's shell."
	fi
}

judge_docker() {
	if ! have docker; then
		echo "no Docker is not installed."
	elif ! about=$(within 20 docker info --format '{{.OSType}} {{.SecurityOptions}}' 2>/dev/null); then
		echo "no Docker is installed, but its daemon does not answer."
	else
		case $about in
		*rootless*) echo "no Docker runs rootless here; container machines need the one of the system." ;;
		linux*) echo "works Docker answers; machines are containers with systemd." ;;
		*) echo "no Docker runs Windows containers here; switch it to Linux containers." ;;
		esac
	fi
}

providers="libvirt virtualbox vmware_desktop hyperv docker"

list() {
	for provider in $providers; do
		verdict=$("judge_$provider")
		printf '%-15s %-9s %s\n' "$provider" "${verdict%% *}" "${verdict#* }"
	done
}

choose() {
	emulated=
	why=
	for provider in $providers; do
		verdict=$("judge_$provider")
		case $verdict in
		works*)
			printf '%s\n%s\n' "$provider" "${verdict#works }${why:+ ($why)}"
			return 0
			;;
		emulated*)
			emulated=$provider
			why=${verdict#emulated }
			;;
		no*) ;;
		esac
	done
	if [ -n "$emulated" ]; then
		printf '%s\n%s\n' "$emulated" "$why"
		return 0
	fi
	list | sed 's/^/  /' >&2
	return 1
}

case $mode in
--boot) choose ;;
--list) list ;;
--kvm) kernel=$(a_kernel) && kvm_boots "$kernel" ;;
*)
	echo "provider.sh: '$mode' is not understood; there is --boot, --kvm, --list" >&2
	exit 2
	;;
esac
